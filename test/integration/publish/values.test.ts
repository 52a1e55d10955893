/** What a client sends is what stands in Dataverse, to the last digit, microsecond and code point: read back from the rows. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { boundary } from "../../../server/dataverse/wire/part.ts";
import type { ColumnValues, OutcomeRow } from "../../support/flight-clients.ts";
import { Stack, summaryOf } from "../../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

const named = (values: readonly unknown[]): ColumnValues => ({
  name: "dv_name",
  type: "string",
  values: values.map((_, index) => `row ${index}`),
});

/** Inserts one column of values and returns what stands there, in the order of the input. */
async function roundTrip(attribute: string, type: string, values: readonly unknown[]): Promise<unknown[]> {
  const report = await stack.publish({
    command: {
      table: "dv_sample",
      mode: "INSERT",
      runId: `${attribute} ${type}`,
      rowKey: ["dv_name"],
      returning: "ALL",
    },
    columns: [named(values), { name: attribute, type, values }],
  });
  expect(failures(report.rows)).toEqual([]);
  expect(summaryOf(report)).toMatchObject({ received: values.length, created: values.length, failed: 0, notSent: 0 });
  const rows = new Map((await stack.emulator.rows("dv_sample")).map((row) => [row["dv_name"], row]));
  return values.map((_, index) => rows.get(`row ${index}`)?.[attribute]);
}

function failures(rows: readonly OutcomeRow[]): readonly (string | null)[] {
  return rows.filter((row) => row._dv_outcome === "failed").map((row) => row._dv_error_message);
}

const numbers: readonly [attribute: string, type: string, values: readonly string[]][] = [
  ["dv_big", "int64", ["9223372036854775807", "-9223372036854775808", "9007199254740993", "0", "-1"]],
  ["dv_big", "uint64", ["9223372036854775807", "9007199254740993"]],
  ["dv_decimal", "decimal(21,10)", ["99999999999.9999999999", "-99999999999.9999999999", "0.0000000001"]],
  ["dv_decimal", "decimal(38,10)", ["12345678901.2345678901", "-12345678901.2345678901"]],
  ["dv_decimal", "decimal(76,10)", ["12345678901.2345678901", "-0.0000000001"]],
  ["dv_money", "decimal(19,4)", ["922337203685476.5807", "-922337203685476.5807", "0.0001", "123456789012345.6789"]],
];

describe("numbers", () => {
  it.each(numbers)("keep every digit in %s from %s", async (attribute, type, values) => {
    expect(await roundTrip(attribute, type, values)).toEqual(values);
  });

  it.each(["int8", "int16", "int32"])("arrive as whole numbers from %s", async (type) => {
    expect(await roundTrip("dv_int", type, [-128, 127, 0])).toEqual([-128, 127, 0]);
  });

  it("reach the bounds of a whole-number column", async () => {
    expect(await roundTrip("dv_int", "int32", [2147483647, -2147483648])).toEqual([2147483647, -2147483648]);
  });

  it("keep the shortest digits of a float", async () => {
    expect(await roundTrip("dv_float", "float64", [0.1, -2.51828, 12345678.9, 0])).toEqual([
      0.1, -2.51828, 12345678.9, 0,
    ]);
    await stack.emulator.reset();
    expect(await roundTrip("dv_float", "float32", [0.1, 2.51828])).toEqual([0.1, 2.51828]);
  });

  it("come from a double to a decimal without a tail of nines", async () => {
    expect(await roundTrip("dv_decimal", "float64", [0.3, 1234.56])).toEqual(["0.3", "1234.56"]);
  });
});

describe("instants and days", () => {
  it("keep microseconds", async () => {
    const micros = ["1700000000123456", "-1", "253402214398999999", "0"];
    expect(await roundTrip("dv_instant", "timestamp", micros)).toEqual([
      "2023-11-14T22:13:20.123456Z",
      "1969-12-31T23:59:59.999999Z",
      "9999-12-30T23:59:58.999999Z",
      "1970-01-01T00:00:00Z",
    ]);
  });

  it("come from milliseconds and from whole-microsecond nanoseconds", async () => {
    expect(await roundTrip("dv_instant", "timestamp_ms", ["1700000000123"])).toEqual(["2023-11-14T22:13:20.123Z"]);
    await stack.emulator.reset();
    const nanos = await roundTrip("dv_instant", "timestamp_ns", ["1700000000123456000"]);
    expect(nanos).toEqual(["2023-11-14T22:13:20.123456Z"]);
  });

  it("keep leap days and days before 1970", async () => {
    const days = ["2024-02-29", "1900-03-01", "1753-01-01", "9999-12-30"];
    expect(await roundTrip("dv_day", "date", days)).toEqual(days);
  });
});

describe("text", () => {
  const texts = [
    "plain",
    "quote \" and ' and `",
    "back\\slash \\n \\u0041 \\",
    "CR\rLF\nboth\r\nand\ttab",
    "\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "--batch_dataverse_flight--\r\n--changeset\r\nContent-Type: application/http\r\n",
    "astral 😀 𝒳 \u{10FFFD} and a family 👨‍👩‍👧‍👦",
    "combining e\u0301 a\u0308\u0323 and composed \u00e9",
    "right to left \u202Eשלום\u202C مرحبا",
    "汉字 かな 한국어 ไทย",
    "private \uE000, nonbreaking \u00A0, zero width \u200B\u200D\uFEFF end",
    "separators \u2028 \u2029 \u0085",
    "  blanks before and after  ",
    '\'; DROP TABLE account; -- <b>&amp;</b> %41 {"a":1} #{x} {{y}}',
  ];

  it.each(["string", "large_string"])("keeps every code point from %s", async (type) => {
    expect(await roundTrip("dv_text", type, texts)).toEqual(texts);
  });

  it("keeps the boundary line of the request that carries it", async () => {
    const lookAlikes = [
      `--${boundary}`,
      `\r\n--${boundary}--\r\n`,
      `a\r\n--${boundary}\r\nContent-Type: application/http\r\n\r\n`,
    ];
    expect(await roundTrip("dv_text", "string", lookAlikes)).toEqual(lookAlikes);
  });

  it("fills a column to its last UTF-16 unit", async () => {
    const full = ["x".repeat(4000), "é".repeat(4000), "😀".repeat(2000)];
    expect(await roundTrip("dv_text", "string", full)).toEqual(full);
  });

  it("carries a memo of 100,000 characters", async () => {
    const memo = 'Zeile\r\n"漢" '.repeat(8333);
    expect(await roundTrip("dv_memo", "string", [memo])).toEqual([memo]);
  });
});

describe("other types", () => {
  it("arrive as they are", async () => {
    expect(await roundTrip("dv_flag", "bool", [true, false, null])).toEqual([true, false, null]);
    await stack.emulator.reset();
    expect(await roundTrip("dv_choice", "int32", [1, 2, 100000000])).toEqual([1, 2, 100000000]);
  });

  it.each(["string", "guid"])("keep a GUID from %s", async (type) => {
    const guids = ["00112233-4455-6677-8899-aabbccddeeff", "ffffffff-ffff-4fff-bfff-ffffffffffff"];
    expect(await roundTrip("dv_guid", type, guids)).toEqual(guids);
  });
});
