import { describe, expect, it } from "vitest";
import type { FindQuery } from "../../../../server/dataverse/finding/find.ts";
import { Search } from "../../../../server/dataverse/finding/find.ts";
import { attribute } from "../../../support/dataverse/tables.ts";

const table = { entitySetName: "accounts", primaryId: "accountid" };
const code = attribute("code", "text");
const line = attribute("line", "integer");

type Row = Readonly<Record<string, unknown>>;

function searchOf(...keys: readonly string[]): Search {
  return new Search(
    { table, by: [code], select: [] },
    keys.map((key) => [key]),
  );
}

function filterOf({ path }: FindQuery): string {
  return decodeURIComponent(/\$filter=([^&]*)/.exec(path)?.[1] ?? "");
}

function body(rows: readonly Row[], more: Row = {}): string {
  return JSON.stringify({ value: rows, ...more });
}

/** Answers each query as `answer` says, until there is none. */
function run(search: Search, answer: (query: FindQuery) => string): readonly string[] {
  const filters: string[] = [];
  for (let queries = search.next(10); queries.length > 0; queries = search.next(10)) {
    for (const query of queries) {
      filters.push(filterOf(query));
      expect(search.read(query, answer(query))).toBe(true);
    }
  }
  return filters;
}

function counts(search: Search): readonly number[] {
  return search.rows.map((rows) => rows.length);
}

const nextLink = { "@odata.nextLink": "https://x/next" };

describe("a query", () => {
  it("reads key, primary key and what is asked beside, and is encoded", () => {
    const search = new Search({ table, by: [code], select: ["name", "code"] }, [["A&1"], ["ü"]]);
    expect(search.next(1).map(({ path }) => path)).toEqual([
      "/api/data/v9.2/accounts?$select=accountid,code,name&$filter=Microsoft.Dynamics.CRM.In(PropertyName%3D'code'%2CPropertyValues%3D%5B%22A%261%22%2C%22%C3%BC%22%5D)",
    ]);
  });

  it("compares texts that In cannot quote beside those that it can", () => {
    const [query] = searchOf("a", 'b"c').next(1);
    expect(query === undefined ? "" : filterOf(query)).toBe(
      "Microsoft.Dynamics.CRM.In(PropertyName='code',PropertyValues=[\"a\"]) or (code eq 'b\"c')",
    );
  });

  it("compares the parts of a composite key together", () => {
    const search = new Search({ table, by: [code, line], select: [] }, [
      ["a", "1"],
      ["a", "2"],
    ]);
    expect(search.next(1).map(filterOf)).toEqual(["(code eq 'a' and line eq 1) or (code eq 'a' and line eq 2)"]);
  });

  it("stays below 16 KiB, and takes one key however long it is", () => {
    const keys = Array.from({ length: 400 }, (_, i) => `${i} ${"/".repeat(100)}`);
    const queries = searchOf(...keys, "x".repeat(20_000)).next(100);
    expect(queries.flatMap(({ keys: asked }) => asked)).toHaveLength(401);
    expect(Math.max(...queries.slice(0, -1).map(({ path }) => path.length))).toBeLessThan(16_800);
    expect(queries.at(-1)?.keys).toEqual([400]);
    const pairs = Array.from({ length: 180 }, (_, i) => [`${i} ${"/".repeat(100)}`, "1"]);
    const long = new Search({ table, by: [code, line], select: [] }, pairs).next(100);
    expect(Math.max(...long.map(({ path }) => path.length))).toBeLessThan(16_800);
  });

  it("takes a thousand values, and 400 conditions", () => {
    const keys = Array.from({ length: 1200 }, (_, i) => String(i));
    expect(
      searchOf(...keys)
        .next(9)
        .map((query) => query.keys.length),
    ).toEqual([1000, 200]);
    const pairs = new Search(
      { table, by: [code, line], select: [] },
      keys.map((key) => [key, "1"]),
    );
    expect(pairs.next(1)[0]?.keys.length).toBeLessThan(200);
  });
});

describe("a search", () => {
  it("gives each key its rows, whatever their order", () => {
    const search = searchOf("a", "b", "c");
    run(search, () => body([{ code: "c" }, { code: "a" }]));
    expect(search.rows).toEqual([[{ code: "a" }], [], [{ code: "c" }]]);
  });

  it("takes the service's equality: case and trailing blanks mean nothing", () => {
    const search = searchOf("Abc ", "x");
    run(search, () => body([{ code: "aBC" }]));
    expect(counts(search)).toEqual([1, 0]);
  });

  it("asks once for keys that are the same", () => {
    const search = searchOf("a", "A ", "b");
    const filters = run(search, () => body([{ code: "a" }]));
    expect(filters.join()).not.toContain("A ");
    expect(counts(search)).toEqual([1, 1, 0]);
  });

  it("never asks at once for keys that the service may take for one: its answer tells which it does", () => {
    const accentless = searchOf("é", "e", "b");
    const filters = run(accentless, (query) => body(filterOf(query).includes('"b"') ? [] : [{ code: "e" }]));
    expect(filters).toHaveLength(2);
    const exact = searchOf("é", "e");
    run(exact, (query) => body(filterOf(query).includes('"e"') ? [{ code: "e" }] : []));
    expect(counts(exact)).toEqual([0, 1]);
  });

  it("asks for keys one by one after a row that it cannot tell to be whose: it may be the second of its key", () => {
    const search = searchOf("a", "b", "c");
    const strange = { code: "something else" };
    const filters = run(search, ({ keys }) => {
      if (keys.length > 1) return body([{ code: "a" }, strange]);
      return body(keys[0] === 0 ? [{ code: "a" }, strange] : keys[0] === 1 ? [strange] : []);
    });
    expect(filters.slice(1)).toEqual(["code eq 'a'", "code eq 'b'", "code eq 'c'"]);
    expect(counts(search)).toEqual([2, 1, 0]);
  });

  it("tells an ambiguous key by two rows, and keeps no more", () => {
    const search = searchOf("a");
    run(search, () =>
      body([
        { code: "a", n: 1 },
        { code: "a", n: 2 },
        { code: "a", n: 3 },
      ]),
    );
    expect(counts(search)).toEqual([2]);
  });

  it("asks again for what a full page left open, without the keys that filled it", () => {
    const search = searchOf("a", "b", "c");
    const filters = run(search, ({ keys }) =>
      keys.includes(0)
        ? body([{ code: "b" }, { code: "a" }, { code: "a" }], nextLink)
        : body([{ code: "c" }, { code: "b" }]),
    );
    expect(filters).toHaveLength(2);
    expect(counts(search)).toEqual([2, 1, 1]);
  });

  it("asks one by one when pages are smaller than its keys are many", () => {
    const search = searchOf("a", "b");
    run(search, ({ keys }) =>
      keys.length > 1 ? body([{ code: "a" }], nextLink) : body([{ code: keys[0] === 0 ? "a" : "b" }]),
    );
    expect(counts(search)).toEqual([1, 1]);
  });

  it("reads numbers exactly", () => {
    const serial = attribute("serial", "bigint");
    const search = new Search({ table, by: [serial], select: [] }, [["9007199254740993"], ["9007199254740992"]]);
    for (const query of search.next(9)) search.read(query, '{"value":[{"serial":9007199254740993}]}');
    expect(counts(search)).toEqual([1, 0]);
  });

  it.each(["<html>", "{}", '{"value":{}}'])("does not take %s for an answer", (text) => {
    const search = searchOf("a");
    const [query] = search.next(1);
    expect(query !== undefined && search.read(query, text)).toBe(false);
  });

  it("of no keys asks nothing", () => {
    expect(searchOf().next(9)).toEqual([]);
  });
});
