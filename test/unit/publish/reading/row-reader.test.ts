import { describe, expect, it } from "vitest";
import { Guid } from "../../../../server/core/guid.ts";
import type { ReadBack } from "../../../../server/dataverse/answers/read-back.ts";
import { nothingFound } from "../../../../server/dataverse/keys/found.ts";
import type { Mapping } from "../../../../server/dataverse/mapping/mapping.ts";
import { Finder } from "../../../../server/publish/preparing/finder.ts";
import { RowReader } from "../../../../server/publish/reading/row-reader.ts";
import type { Operation } from "../../../../server/publish/rows/batch.ts";
import type { PartAnswer, SentPart } from "../../../support/publish/batch-service.ts";
import { answerEach, partsOf } from "../../../support/publish/batch-service.ts";
import {
  accountBatch,
  accountMapping,
  byNumberRequest,
  insertRequest,
  operationOf,
  operationsOf,
  slabOf,
  testId,
} from "../../../support/publish/scenes.ts";
import { errorBody, ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { byRegion, mappingFor, operation, otherId, rowId } from "../../dataverse/wire-mapping.ts";

interface Reading {
  readonly found: readonly ReadBack[];
  /** Of each request the URLs, decoded. */
  readonly urls: readonly (readonly string[])[];
}

async function read(
  mapping: Mapping,
  operations: readonly Operation[],
  answer: (part: SentPart) => PartAnswer,
): Promise<Reading> {
  const clock = new VirtualClock();
  const lane = new ScriptedLane(clock, (request) =>
    answerEach(request, (part) => answer({ ...part, url: decodeURIComponent(part.url) })),
  );
  const signal = new AbortController().signal;
  const finder = new Finder({ clock, signal, patience: "short", learn: () => undefined });
  const found = await clock.run(new RowReader(mapping, finder).read(operations, lane));
  return {
    found,
    urls: lane.requests.map((request) => partsOf(request).map(({ url }) => decodeURIComponent(url))),
  };
}

const rows = (...value: readonly Record<string, unknown>[]): PartAnswer => ({ status: 200, body: { value } });

/** An operation as it was sent, of a row that is not looked at. */
function sent(part: Buffer, id?: string): Operation {
  const slab = { ...slabOf(accountBatch([["A", "x"]])), found: nothingFound };
  return { ...operationOf(slab, 0, part), id: id === undefined ? id : Guid.of(id), key: 0, attempts: 1 };
}

describe("rows of operations", () => {
  it("are read by the ids that were minted, all in one request", async () => {
    const mapping = accountMapping(insertRequest);
    const operations = operationsOf(mapping, [
      ["A0", "x"],
      ["A1", "x"],
      ["A2", "x"],
    ]);
    const { found, urls } = await read(mapping, operations, () =>
      rows(
        { accountid: testId(2), accountnumber: "A2", name: "y" },
        { accountid: testId(0), accountnumber: "A0", name: "x" },
      ),
    );
    expect(found).toEqual([{ kind: "same", id: testId(0) }, { kind: "absent" }, { kind: "different", id: testId(2) }]);
    expect(urls).toEqual([[expect.stringContaining("In(PropertyName='accountid'")]]);
  });

  it("are read by the key that names them", async () => {
    const mapping = accountMapping(byNumberRequest);
    const operations = operationsOf(mapping, [["A0", "x"]]);
    const { found, urls } = await read(mapping, operations, () =>
      rows({ accountid: testId(5), accountnumber: "a0 ", name: "x" }),
    );
    expect(found).toEqual([{ kind: "same", id: testId(5) }]);
    expect(urls).toEqual([[expect.stringContaining("In(PropertyName='accountnumber',PropertyValues=[\"A0\"])")]]);
  });

  it("cannot be told where two have the key", async () => {
    const mapping = accountMapping(byNumberRequest);
    const operations = operationsOf(mapping, [["A0", "x"]]);
    const { found } = await read(mapping, operations, () =>
      rows({ accountid: testId(5), accountnumber: "A0" }, { accountid: testId(6), accountnumber: "A0" }),
    );
    expect(found).toEqual([{ kind: "unreadable" }]);
  });

  it("cannot be told where nothing names them", async () => {
    const part = operation("PATCH", "accounts(accountnumber='A')", '{"name":"x"}');
    const { found, urls } = await read(mappingFor("UPSERT"), [sent(part)], () => rows());
    expect([found, urls]).toEqual([[{ kind: "unreadable" }], []]);
  });

  it("of an elastic table are read each in its partition", async () => {
    const mapping = mappingFor("INSERT");
    const elastic = { ...mapping, table: { ...mapping.table, tableType: "Elastic" } };
    const part = operation("POST", "accounts", `{"accountid":"${rowId}","partitionid":"p","name":"x"}`);
    const there = await read(elastic, [sent(part, rowId)], () => ({
      status: 200,
      body: { accountid: rowId, name: "x" },
    }));
    expect(there.urls).toEqual([[`accounts(${rowId})?partitionId='p'&$select=accountid,name`]]);
    expect(there.found).toEqual([{ kind: "same", id: rowId }]);
    const gone = await read(elastic, [sent(part, rowId)], () => ({ status: 404, body: errorBody("0x80040217") }));
    expect(gone.found).toEqual([{ kind: "absent" }]);
  });
});

describe("a row of an elastic table", () => {
  it("is read with the session token of the answer that left it in doubt", async () => {
    const mapping = mappingFor("INSERT");
    const elastic = { ...mapping, table: { ...mapping.table, tableType: "Elastic" } };
    const part = operation("POST", "accounts", `{"accountid":"${rowId}","name":"x"}`);
    const headers: string[] = [];
    const seen = (answered: SentPart): PartAnswer => {
      headers.push(answered.headers);
      return { status: 404, body: errorBody("0x80040217") };
    };
    await read(elastic, [{ ...sent(part, rowId), sessionToken: "240:8#7#7=-1" }, sent(part, otherId)], seen);
    expect(headers).toEqual(["MSCRM.SessionToken: 240:8#7#7=-1", ""]);
  });
});

describe("lookups bound by key", () => {
  const mapping = mappingFor("INSERT", { lookups: [byRegion] });
  const bound = (id: string, code: string): Operation =>
    sent(
      operation("POST", "accounts", `{"accountid":"${id}","new_Region@odata.bind":"/new_regions(new_code='${code}')"}`),
      id,
    );
  const stored = [rowId, otherId].map((accountid) => ({ accountid, _new_region_value: otherId }));

  it.each([
    ["the same row", [{ new_regionid: otherId, new_code: "EU" }], "same"],
    ["another row", [{ new_regionid: rowId, new_code: "EU" }], "different"],
    ["a row that is gone", [], "different"],
    [
      "two rows",
      [
        { new_regionid: rowId, new_code: "EU" },
        { new_regionid: otherId, new_code: "EU" },
      ],
      "unreadable",
    ],
    ["a row without an id", [{ new_code: "EU" }], "unreadable"],
  ])("are compared through the row that they lead to: %s", async (_name, regions, kind) => {
    const { found, urls } = await read(mapping, [bound(rowId, "EU"), bound(otherId, "EU")], ({ url }) =>
      url.startsWith("new_regions") ? rows(...regions) : rows(...stored),
    );
    expect(found.map((each) => each.kind)).toEqual([kind, kind]);
    expect(urls.map((request) => request.length)).toEqual([1, 1]);
  });

  it("are looked for only where the row stands there", async () => {
    const { urls } = await read(mapping, [bound(rowId, "EU")], () => rows());
    expect(urls).toHaveLength(1);
  });

  it("are looked for together, by table and key", async () => {
    const { urls } = await read(mapping, [bound(rowId, "EU"), bound(otherId, "US")], ({ url }) =>
      url.startsWith("new_regions") ? rows() : rows(...stored),
    );
    expect(urls[1]).toEqual([expect.stringContaining('PropertyValues=["EU","US"]')]);
  });
});

describe("rows that later ones of their key may have overwritten", () => {
  const mapping = accountMapping(byNumberRequest);
  const [first, second, third] = operationsOf(mapping, [
    ["A", "1"],
    ["A ", "2"],
    ["A", "3"],
  ]);
  if (first === undefined || second === undefined || third === undefined) throw new Error("no operations");
  const chain = new Map([[first, [second, third]]]);

  async function readAhead(answer: (part: SentPart) => PartAnswer): Promise<unknown> {
    const clock = new VirtualClock();
    const lane = new ScriptedLane(clock, (request) => answerEach(request, answer));
    const { signal } = new AbortController();
    const finder = new Finder({ clock, signal, patience: "short", learn: () => undefined });
    return await clock.run(new RowReader(mapping, finder).readAhead([first as Operation], chain, lane));
  }

  it.each([
    ["1", { kind: "same", id: rowId }],
    ["2", { kind: "superseded", id: rowId, rows: 2, stands: true, hides: false }],
    ["3", { kind: "superseded", id: rowId, rows: 3, stands: true, hides: false }],
    ["4", { kind: "different", id: rowId }],
  ])("stand as the last of them has left them that was applied (%s)", async (name, found) => {
    const stands = (): PartAnswer => rows({ accountid: rowId, accountnumber: "A", name });
    expect(await readAhead(stands)).toEqual([found]);
  });

  it("are absent where there is none", async () => {
    expect(await readAhead(() => rows())).toEqual([{ kind: "absent" }]);
  });

  it("are compared for themselves where keys that fold alike are those of two rows", async () => {
    const [accented] = operationsOf(mapping, [["\u00c1", "2"]]);
    if (accented === undefined) throw new Error("no operation");
    const clock = new VirtualClock();
    const lane = new ScriptedLane(clock, (request) =>
      answerEach(request, ({ url }) => {
        const isOther = decodeURIComponent(url).includes("\u00c1");
        const row = isOther
          ? { accountid: otherId, accountnumber: "\u00c1", name: "2" }
          : { accountid: rowId, accountnumber: "A", name: "2" };
        return rows(row);
      }),
    );
    const { signal } = new AbortController();
    const finder = new Finder({ clock, signal, patience: "short", learn: () => undefined });
    const reading = new RowReader(mapping, finder).readAhead([first], new Map([[first, [accented]]]), lane);
    expect(await clock.run(reading)).toEqual([{ kind: "different", id: rowId }]);
  });
});
