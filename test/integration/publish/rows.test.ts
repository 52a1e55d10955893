/** What becomes of a row under each mode, key and option, and what comes back of one that fails. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Row } from "../../support/emulator-process.ts";
import type { ColumnValues, OutcomeRow, Report } from "../../support/flight-clients.ts";
import { Stack, summaryOf } from "../../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

const text = (name: string, values: readonly (string | null)[]): ColumnValues => ({ name, type: "string", values });
const whole = (name: string, values: readonly (number | null)[]): ColumnValues => ({ name, type: "int32", values });

async function publish(command: Readonly<Record<string, unknown>>, ...columns: ColumnValues[]): Promise<Report> {
  const report = await stack.publish({
    command: { table: "dv_sample", runId: `run ${Math.random()}`, returning: "ALL", ...command },
    columns,
  });
  const { received, acknowledged, failed, notSent } = summaryOf(report);
  expect(received).toBe(acknowledged + failed + notSent);
  return report;
}

const insert = (...columns: ColumnValues[]): Promise<Report> => publish({ mode: "INSERT" }, ...columns);

async function stored(): Promise<ReadonlyMap<unknown, Row>> {
  return new Map((await stack.emulator.rows("dv_sample")).map((row) => [row["dv_code"], row]));
}

const outcomes = (report: Report): readonly string[] =>
  report.rows.toSorted((a, b) => a._dv_row - b._dv_row).map((row) => row._dv_outcome);

function failure(report: Report): OutcomeRow {
  const [row] = report.rows.filter(({ _dv_outcome }) => _dv_outcome === "failed");
  if (row === undefined) throw new Error("No row failed.");
  return row;
}

describe("by alternate key", () => {
  it("upserts rows that are there and rows that are not", async () => {
    await insert(text("dv_code", ["a"]), text("dv_name", ["old"]));
    const report = await publish(
      { mode: "UPSERT", matchOn: ["dv_code"] },
      text("dv_code", ["a", "b"]),
      text("dv_name", ["new", "born"]),
    );
    expect(outcomes(report).every((outcome) => outcome !== "failed")).toBe(true);
    const rows = await stored();
    expect([rows.size, rows.get("a")?.["dv_name"], rows.get("b")?.["dv_name"]]).toEqual([2, "new", "born"]);
  });

  it("updates rows that are there and says which are missing", async () => {
    await insert(text("dv_code", ["a"]), text("dv_name", ["old"]));
    const report = await publish(
      { mode: "UPDATE", matchOn: ["dv_code"] },
      text("dv_code", ["a", "nobody"]),
      text("dv_name", ["new", "ghost"]),
    );
    expect(outcomes(report)).toEqual(["updated", "failed"]);
    expect(failure(report)).toMatchObject({ _dv_row: 1, _dv_error_code: "row_missing", _dv_http_status: 404 });
    expect((await stored()).size).toBe(1);
  });

  it("finds rows by a key of two columns, quotes and blanks in it", async () => {
    const regions = ["O'Brien", "two  blanks", "(a,b)=c;$d@e", "Ünïcode 😀"];
    await insert(text("dv_region", regions), whole("dv_number", [1, 2, 3, 4]), text("dv_code", regions));
    const report = await publish(
      { mode: "UPDATE", matchOn: ["dv_region", "dv_number"] },
      text("dv_region", regions),
      whole("dv_number", [1, 2, 3, 4]),
      text("dv_name", regions),
    );
    expect(outcomes(report)).toEqual(["updated", "updated", "updated", "updated"]);
    const rows = await stored();
    expect(regions.map((region) => rows.get(region)?.["dv_name"])).toEqual(regions);
  });

  it("finds the rows of keys that no address of the service can hold, and makes those that are missing", async () => {
    const codes = ["a/b", "50%", "x&y", "fine"];
    for (const names of [
      ["a", "b", "c", "d"],
      ["e", "f", "g", "h"],
    ]) {
      const report = await publish(
        { mode: "UPSERT", matchOn: ["dv_code"] },
        text("dv_code", codes),
        text("dv_name", names),
      );
      expect(outcomes(report)).toEqual(codes.map(() => "upserted"));
    }
    const rows = await stack.emulator.rows("dv_sample");
    expect(rows.map((row) => [row["dv_code"], row["dv_name"]]).sort()).toEqual([
      ["50%", "f"],
      ["a/b", "e"],
      ["fine", "h"],
      ["x&y", "g"],
    ]);
  });

  it("refuses a row whose key is null or empty, and sends the others", async () => {
    const report = await publish(
      { mode: "UPSERT", matchOn: ["dv_code"] },
      text("dv_code", [null, "", "c"]),
      text("dv_name", ["x", "y", "z"]),
    );
    expect(outcomes(report)).toEqual(["failed", "failed", "upserted"]);
    expect(summaryOf(report).failedByCode).toEqual({ value_not_mappable: 2 });
  });

  it("applies rows of one key in input order, however the key is written", async () => {
    const codes = ["key", "KEY", "key ", "other", "Key"];
    await publish({ mode: "UPSERT", matchOn: ["dv_code"] }, text("dv_code", codes), whole("dv_int", [1, 2, 3, 4, 5]));
    const written = (await stack.emulator.effects("dv_sample")).map((effect) => effect.values?.["dv_int"]);
    expect(written.filter((value) => value !== 4)).toEqual([1, 2, 3, 5]);
  });

  it("deletes, and settles a row that is gone as unchanged or failed, as asked", async () => {
    await insert(text("dv_code", ["a", "b", "c"]));
    const accepted = await publish({ mode: "DELETE", matchOn: ["dv_code"] }, text("dv_code", ["a", "gone"]));
    expect(outcomes(accepted)).toEqual(["deleted", "unchanged"]);
    const strict = await publish(
      { mode: "DELETE", matchOn: ["dv_code"], onMissing: "FAIL" },
      text("dv_code", ["b", "gone"]),
    );
    expect(outcomes(strict)).toEqual(["deleted", "failed"]);
    expect(failure(strict)._dv_error_code).toBe("row_missing");
    expect([...(await stored()).keys()]).toEqual(["c"]);
  });
});

describe("by primary key", () => {
  const ids = ["11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"];

  it("creates, changes and deletes the row of the id", async () => {
    await insert(text("dv_sampleid", ids), text("dv_code", ["a", "b"]));
    const by = { matchOn: ["dv_sampleid"] };
    await publish({ mode: "UPSERT", ...by }, text("dv_sampleid", ids.slice(0, 1)), text("dv_name", ["upserted"]));
    const updated = await publish(
      { mode: "UPDATE", ...by },
      { name: "dv_sampleid", type: "guid", values: ids },
      whole("dv_int", [1, 2]),
    );
    expect(outcomes(updated)).toEqual(["updated", "updated"]);
    const deleted = await publish({ mode: "DELETE", ...by }, text("dv_sampleid", ids.slice(1)));
    expect(outcomes(deleted)).toEqual(["deleted"]);
    const [row, ...others] = await stack.emulator.rows("dv_sample");
    expect(others).toEqual([]);
    expect(row).toMatchObject({ dv_sampleid: ids[0], dv_code: "a", dv_name: "upserted", dv_int: 1 });
  });

  it("names the minted id of each inserted row", async () => {
    const report = await insert(text("dv_code", ["a", "b"]));
    const rows = await stored();
    expect(["a", "b"].map((code) => rows.get(code)?.["dv_sampleid"])).toEqual(
      report.rows.toSorted((a, b) => a._dv_row - b._dv_row).map((row) => row._dv_id),
    );
  });
});

describe("lookups", () => {
  it("point to rows by id and by alternate key", async () => {
    const accounts = await publish(
      { table: "account", mode: "INSERT" },
      text("accountnumber", ["A-1"]),
      text("name", ["Target"]),
    );
    const id = accounts.rows[0]?._dv_id ?? null;
    await publish({ mode: "INSERT" }, text("dv_code", ["by id"]), text("dv_account", [id]));
    const columns = [
      { source: "dv_code", target: "dv_code" },
      { source: "number", target: "dv_account", lookup: { table: "account", by: ["accountnumber"] } },
    ];
    await publish({ mode: "INSERT", columns }, text("dv_code", ["by key"]), text("number", ["A-1"]));
    const rows = await stored();
    expect([rows.get("by id")?.["dv_account"], rows.get("by key")?.["dv_account"]]).toEqual([
      { table: "account", id },
      { table: "account", id },
    ]);
  });

  it("point to rows by a key of two columns, and are cleared by null", async () => {
    await insert(text("dv_region", ["north"]), whole("dv_number", [7]), text("dv_code", ["parent"]));
    const columns = [
      { source: "dv_code", target: "dv_code" },
      { sources: ["r", "n"], target: "dv_parent", lookup: { table: "dv_sample", by: ["dv_region", "dv_number"] } },
    ];
    const upsert = { mode: "UPSERT", matchOn: ["dv_code"], columns };
    await publish(upsert, text("dv_code", ["child"]), text("r", ["north"]), whole("n", [7]));
    const child = (await stored()).get("child");
    expect(child?.["dv_parent"]).toEqual({ table: "dv_sample", id: (await stored()).get("parent")?.["dv_sampleid"] });
    await publish(upsert, text("dv_code", ["child"]), text("r", [null]), whole("n", [null]));
    expect((await stored()).get("child")?.["dv_parent"]).toBeNull();
  });

  it("fail a row whose target is not there, and may be replayed", async () => {
    const columns = [
      { source: "dv_code", target: "dv_code" },
      { source: "number", target: "dv_account", lookup: { table: "account", by: ["accountnumber"] } },
    ];
    const report = await publish({ mode: "INSERT", columns }, text("dv_code", ["orphan"]), text("number", ["nobody"]));
    expect(failure(report)).toMatchObject({ _dv_error_code: "lookup_missing", _dv_retryable: true });
    expect((await stored()).size).toBe(0);
  });
});

describe("nulls", () => {
  it.each([
    ["CLEAR", null],
    ["IGNORE", 5],
  ])("under %s leave %s", async (nulls, expected) => {
    await insert(text("dv_code", ["a"]), whole("dv_int", [5]));
    await publish({ mode: "UPDATE", matchOn: ["dv_code"], nulls }, text("dv_code", ["a"]), whole("dv_int", [null]));
    expect((await stored()).get("a")?.["dv_int"]).toBe(expected);
  });
});

describe("more than the column holds", () => {
  const given = [
    text("dv_code", ["a"]),
    text("dv_short", ["abcd😀x"]),
    { name: "dv_cents", type: "decimal(19,4)", values: ["1.2351"] },
    { name: "dv_instant", type: "timestamp_ns", values: ["1700000000123456789"] },
  ];

  it("is refused where nothing else was said, naming the column", async () => {
    const report = await insert(...given);
    expect(failure(report)).toMatchObject({
      _dv_error_code: "value_not_mappable",
      _dv_retryable: false,
      _dv_attempts: 0,
    });
    expect(["dv_short", "dv_cents", "dv_instant"]).toContain(failure(report)._dv_error_column);
    expect((await stack.emulator.requests()).filter(({ path }) => path.endsWith("$batch"))).toEqual([]);
  });

  it("is cut by TRUNCATE, between characters", async () => {
    await publish({ mode: "INSERT", excess: "TRUNCATE" }, ...given);
    expect((await stored()).get("a")).toMatchObject({ dv_short: "abcd", dv_cents: "1.23" });
  });

  it("is rounded by ROUND where it is a number", async () => {
    await publish({ mode: "INSERT", excess: "ROUND" }, ...given.filter(({ name }) => name !== "dv_short"));
    expect((await stored()).get("a")).toMatchObject({ dv_cents: "1.24", dv_instant: "2023-11-14T22:13:20.123457Z" });
  });
});

describe("a failed row", () => {
  it("brings back its input unchanged, with column, reason and service code", async () => {
    await insert(text("dv_code", ["taken"]), text("dv_region", ["r"]), whole("dv_number", [1]));
    const report = await publish(
      { mode: "INSERT", returning: "FAILED" },
      text("dv_code", ["fine", "taken", "broke", "hue"]),
      { name: "dv_cents", type: "decimal(19,2)", values: ["1.00", "2.00", "-3.00", null] },
      whole("dv_choice", [1, null, 2, 77]),
      { name: "dv_big", type: "int64", values: ["1", "9007199254740993", "-9223372036854775808", null] },
      { name: "dv_instant", type: "timestamp", values: ["1", null, "1700000000123456", "3"] },
      text("dv_memo", ["", "漢", "a\r\nb", null]),
    );
    expect(report.unchanged).toBe(true);
    const byRow = new Map(report.rows.map((row) => [row._dv_row, row]));
    expect([...byRow.keys()].toSorted()).toEqual([1, 2, 3]);
    expect(byRow.get(1)).toMatchObject({
      _dv_error_code: "row_rejected",
      _dv_http_status: 412,
      _dv_service_code: "0x80060892",
    });
    expect(byRow.get(2)).toMatchObject({ _dv_error_code: "value_not_mappable", _dv_error_column: "dv_cents" });
    expect(byRow.get(3)).toMatchObject({ _dv_error_code: "value_not_mappable", _dv_error_column: "dv_choice" });
    expect(byRow.get(2)?._dv_error_message).not.toContain("-3");
  });

  it("gives back every row under ALL, unchanged in Arrow's terms", async () => {
    const values = Array.from({ length: 1500 }, (_, index) => `row ${index}`);
    const report = await insert(
      text("dv_code", values),
      whole(
        "dv_int",
        values.map((_, index) => (index % 3 === 0 ? null : index)),
      ),
    );
    expect(report.unchanged).toBe(true);
    expect(new Set(report.rows.map((row) => row._dv_row)).size).toBe(1500);
    expect(summaryOf(report)).toMatchObject({ received: 1500, created: 1500 });
  });
});
