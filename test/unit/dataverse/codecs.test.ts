import { describe, expect, it } from "vitest";
import type { ColumnType } from "../../../server/arrow/columns.ts";
import type { AttributeKind } from "../../../server/dataverse/attributes.ts";
import { chooseCodec } from "../../../server/dataverse/codecs.ts";
import { bool, date32, date64, decimal, float, int, naive, timestamp, utf8 } from "../../support/dataverse/columns.ts";
import { attribute } from "../../support/dataverse/tables.ts";

const guidBytes: ColumnType = { kind: "fixed_binary", width: 16 };
const types: Readonly<Record<string, ColumnType>> = {
  utf8,
  bool,
  date32,
  date64,
  int8: int(8),
  uint64: int(64, false),
  float16: float(16),
  float32: float(32),
  float64: float(64),
  decimal: decimal(128, 4),
  "negative scale": decimal(128, -2),
  instant: timestamp("ns"),
  "no zone": naive("us"),
  guid: guidBytes,
  bytes: { kind: "binary", large: false },
  struct: { kind: "struct" },
  list: { kind: "list", large: false },
  duration: { kind: "duration", unit: "us" },
  time: { kind: "time", bits: 64, unit: "ns" },
  null: { kind: "null" },
};

function accepted(kind: AttributeKind, naiveMeans?: "UTC"): readonly string[] {
  const options = { excess: "REFUSE", naive: naiveMeans } as const;
  const names = Object.entries(types).filter(
    ([, type]) => typeof chooseCodec(type, attribute("x", kind), options) !== "string",
  );
  return names.map(([name]) => name);
}

function expectation(type: ColumnType, kind: AttributeKind): string {
  const codec = chooseCodec(type, attribute("x", kind), { excess: "REFUSE", naive: undefined });
  return typeof codec === "string" ? codec : "accepted";
}

describe("what can be sent to an attribute of type", () => {
  it.each([
    ["text", ["utf8", "null"]],
    ["memo", ["utf8", "null"]],
    ["integer", ["int8", "uint64", "null"]],
    ["bigint", ["int8", "uint64", "null"]],
    ["decimal", ["int8", "uint64", "float32", "float64", "decimal", "null"]],
    ["money", ["int8", "uint64", "float32", "float64", "decimal", "null"]],
    ["float", ["int8", "uint64", "float32", "float64", "decimal", "null"]],
    ["boolean", ["bool", "null"]],
    ["choice", ["int8", "uint64", "null"]],
    ["state", ["int8", "uint64", "null"]],
    ["status", ["int8", "uint64", "null"]],
    ["dateonly", ["date32", "date64", "null"]],
    ["datetime", ["instant", "null"]],
    ["guid", ["utf8", "guid", "null"]],
    ["lookup", ["utf8", "guid", "null"]],
    ["customer", ["utf8", "guid", "null"]],
    ["owner", ["utf8", "guid", "null"]],
    ["other", []],
  ] as const)("%s", (kind, expected) => {
    expect(accepted(kind)).toEqual(expected);
  });

  it("date-time takes a timestamp without zone once it has a meaning", () => {
    expect(accepted("datetime", "UTC")).toEqual(["instant", "no zone", "null"]);
  });
});

describe("what is expected instead", () => {
  it.each([
    [int(32), "text", "utf8; cast the column to string"],
    [decimal(128, 0), "integer", "an integer type; cast the column to int or bigint"],
    [utf8, "money", "a decimal, integer or float type"],
    [utf8, "float", "a float, integer or decimal type"],
    [int(8), "boolean", "bool; cast the column to boolean"],
    [utf8, "choice", "an integer type: the value of the choice"],
    [timestamp("us"), "dateonly", "date32 or date64; cast the column to date"],
    [date32, "datetime", "a timestamp with a time zone; a date names no instant: cast the column to timestamp"],
    [utf8, "datetime", "a timestamp with a time zone; cast the column to timestamp"],
    [
      naive("us"),
      "datetime",
      'a timestamp with a time zone; if its values are UTC, say so with "timestamp": {"naive": "UTC"}',
    ],
    [int(64), "guid", "a GUID: utf8 of 36 characters or fixed_size_binary(16)"],
    [utf8, "other", "nothing: attributes of type otherType are not in this version"],
  ] as const)("of %j for %s", (type, kind, expected) => {
    expect(expectation(type, kind)).toBe(expected);
  });
});
