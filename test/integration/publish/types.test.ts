/** Types beyond numbers and text: what a client sends is what stands in Dataverse, by real metadata; what cannot be sent costs one row. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ColumnValues, OutcomeRow, Report } from "../../support/flight-clients.ts";
import { Stack, summaryOf } from "../../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

interface Target {
  readonly name: string;
  readonly type: string;
  readonly how?: Readonly<Record<string, unknown>>;
}

/** Inserts one row per value; the order of the input is that of `dv_name`. */
async function insert({ name, type, how = {} }: Target, values: readonly unknown[]): Promise<Report> {
  const names: ColumnValues = { name: "dv_name", type: "string", values: values.map((_, index) => `row ${index}`) };
  return await stack.publish({
    command: {
      table: "dv_sample",
      mode: "INSERT",
      runId: `${name} ${type} ${JSON.stringify(values)}`.slice(0, 128),
      rowKey: ["dv_name"],
      returning: "ALL",
      columns: [
        { source: "dv_name", target: "dv_name" },
        { source: name, target: name, ...how },
      ],
    },
    columns: [names, { name, type, values }],
  });
}

async function roundTrip(target: Target, values: readonly unknown[]): Promise<readonly unknown[]> {
  const report = await insert(target, values);
  expect(failures(report)).toEqual([]);
  expect(summaryOf(report)).toMatchObject({ received: values.length, created: values.length, failed: 0 });
  const rows = new Map((await stack.emulator.rows("dv_sample")).map((row) => [row["dv_name"], row]));
  return values.map((_, index) => rows.get(`row ${index}`)?.[target.name]);
}

function failures(report: Report): readonly OutcomeRow[] {
  return report.rows.filter((row) => row._dv_outcome === "failed");
}

const byLabel = { choice: { by: "LABEL" } };
const inGerman = { choice: { by: "LABEL", language: 1031 } };
const gif = Buffer.from("GIF89a and so on").toString("hex");

describe("values stand as they were sent", () => {
  it.each<[Target, readonly unknown[], readonly unknown[]]>([
    [{ name: "dv_shade", type: "string", how: byLabel }, ["Dark", "LIGHT"], [1, 2]],
    [{ name: "dv_shade", type: "string", how: inGerman }, ["hell", "Dunkel"], [2, 1]],
    [{ name: "dv_choice", type: "float64" }, [1, 100000000], [1, 100000000]],
    [{ name: "dv_flag", type: "int32" }, [1, 0, null], [true, false, null]],
    [{ name: "dv_flag", type: "string", how: byLabel }, ["yes", "No"], [true, false]],
    [{ name: "dv_hobbies", type: "list<int32>" }, [[14, 1], [], null], ["1,14", null, null]],
    [{ name: "dv_hobbies", type: "list<string>", how: byLabel }, [["go", "chess"]], ["1,9"]],
    [{ name: "dv_hobbies", type: "string" }, ["1, 9,14"], ["1,9,14"]],
    [{ name: "dv_effort", type: "duration" }, [5_400_000_000, 0], [90, 0]],
    [{ name: "dv_effort", type: "int64" }, [45], [45]],
    [{ name: "dv_int", type: "decimal(38,0)" }, ["2147483647"], [2147483647]],
    [{ name: "dv_int", type: "float64" }, [-3], [-3]],
    [{ name: "dv_wall", type: "timestamp_naive" }, ["1700000000000000"], ["2023-11-14T22:13:20Z"]],
    [{ name: "dv_wall", type: "date" }, ["2024-02-29"], ["2024-02-29T00:00:00Z"]],
    [
      { name: "dv_instant", type: "date", how: { timestamp: { naive: "UTC" } } },
      ["2024-02-29"],
      ["2024-02-29T00:00:00Z"],
    ],
    [{ name: "dv_day", type: "timestamp_naive" }, ["1699920000000000"], ["2023-11-14"]],
    [{ name: "dv_picture", type: "binary" }, [gif], [Buffer.from(gif, "hex").toString("base64")]],
  ])("%j", async (target, sent, stored) => {
    expect(await roundTrip(target, sent)).toEqual(stored);
  });
});

describe("values that cannot be sent fail alone, before they are sent", () => {
  it.each<[Target, unknown, unknown, string]>([
    [{ name: "dv_shade", type: "string", how: byLabel }, "Dark", "Dusky", "none of its 2 options"],
    [{ name: "dv_flag", type: "int32" }, 1, 2, "other than 0 and 1"],
    [{ name: "dv_hobbies", type: "list<int32>" }, [1], [1, 2], "not among its 3 options"],
    [{ name: "dv_effort", type: "duration" }, 60_000_000, 1, "not of whole minutes"],
    [{ name: "dv_int", type: "float64" }, 1, 1.5, "more than its 0 digits"],
    [{ name: "dv_picture", type: "binary" }, gif, "00".repeat(1025), "maximum of 1 KiB"],
    [{ name: "dv_price", type: "decimal(19,4)" }, "1.25", "1.255", "more than its 2 digits"],
  ])("%j: not %j, but %j", async (target, good, bad, flaw) => {
    const report = await insert(target, [good, bad]);
    expect(summaryOf(report)).toMatchObject({ received: 2, created: 1, failed: 1, requests: 1 });
    expect(failures(report)).toEqual([
      expect.objectContaining({
        _dv_error_code: "value_not_mappable",
        _dv_error_column: target.name,
        _dv_error_message: expect.stringContaining(flaw),
      }),
    ]);
  });
});

describe("the summary", () => {
  it("names the currency that money without one is taken to be in", async () => {
    const report = await insert({ name: "dv_price", type: "decimal(19,4)" }, ["1.25"]);
    expect(report.summary).toMatchObject({
      warnings: [expect.stringContaining("the amounts in dv_price are taken to be in USD")],
    });
  });
});
