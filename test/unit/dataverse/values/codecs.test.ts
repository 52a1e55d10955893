import { describe, expect, it } from "vitest";
import type { ColumnType, Field } from "../../../../server/arrow/columns.ts";
import type { Attribute, AttributeKind } from "../../../../server/dataverse/metadata/attributes.ts";
import type { CodecOptions } from "../../../../server/dataverse/values/codecs.ts";
import { chooseCodec } from "../../../../server/dataverse/values/codecs.ts";
import {
  bool,
  columnOf,
  date32,
  date64,
  decimal,
  float,
  int,
  naive,
  timestamp,
  utf8,
} from "../../../support/dataverse/columns.ts";
import { attribute, jsonValue } from "../../../support/dataverse/tables.ts";

const guidBytes: ColumnType = { kind: "fixed_binary", width: 16 };
const list: ColumnType = { kind: "list", large: false };
const duration: ColumnType = { kind: "duration", unit: "us" };
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
  "list of int": list,
  duration,
  time: { kind: "time", bits: 64, unit: "ns" },
  null: { kind: "null" },
};
const numbers = ["int8", "uint64", "float32", "float64", "decimal", "null"];
const labels = new Map([[1, { label: "One", labels: new Map([[1033, "One"]]) }]]);

function sourceOf(type: ColumnType, element: ColumnType = int(32)): Pick<Field, "type" | "children"> {
  const children = type === list ? [{ name: "element", type: element, nullable: true, children: [] }] : [];
  return { type, children };
}

function accepted(target: Attribute, options: Partial<CodecOptions> = {}): readonly string[] {
  const all = { excess: "REFUSE", naive: undefined, ...options } as const;
  const names = Object.entries(types).filter(
    ([, type]) => typeof chooseCodec(sourceOf(type), target, all) !== "string",
  );
  return names.map(([name]) => name);
}

function expectation(type: ColumnType, kind: AttributeKind, more: Partial<Attribute> = {}): string {
  const codec = chooseCodec(sourceOf(type), attribute("x", kind, more), { excess: "REFUSE", naive: undefined });
  return typeof codec === "string" ? codec : "accepted";
}

describe("what can be sent to an attribute of type", () => {
  it.each([
    ["text", ["utf8", "null"]],
    ["memo", ["utf8", "null"]],
    ["integer", numbers],
    ["bigint", numbers],
    ["decimal", numbers],
    ["money", numbers],
    ["float", numbers],
    ["boolean", ["bool", ...numbers]],
    ["choice", numbers],
    ["state", numbers],
    ["status", numbers],
    ["choices", ["utf8", "list of int", "null"]],
    ["dateonly", ["date32", "date64", "no zone", "null"]],
    ["datetime", ["instant", "null"]],
    ["guid", ["utf8", "guid", "null"]],
    ["lookup", ["utf8", "guid", "null"]],
    ["customer", ["utf8", "guid", "null"]],
    ["owner", ["utf8", "guid", "null"]],
    ["image", ["utf8", "bytes", "null"]],
    ["partylist", []],
    ["file", []],
    ["other", []],
  ] as const)("%s", (kind, expected) => {
    expect(accepted(attribute("x", kind)).toSorted()).toEqual(expected.toSorted());
  });

  it("date-time takes days and a timestamp without zone once they have a meaning", () => {
    const expected = ["date32", "date64", "instant", "no zone", "null"];
    expect(accepted(attribute("x", "datetime"), { naive: "UTC" })).toEqual(expected);
    expect(accepted(attribute("x", "datetime", { behavior: "TimeZoneIndependent" }))).toEqual(expected);
  });

  it("whole number takes durations where its format is Duration", () => {
    expect(accepted(attribute("x", "integer", { format: "Duration" }))).toContain("duration");
  });

  it.each(["choice", "state", "status", "boolean"] as const)("%s by label takes text alone", (kind) => {
    const target = attribute("x", kind, { options: labels });
    expect(accepted(target, { choice: { by: "LABEL" } })).toEqual(["utf8", "null"]);
  });

  it("choices by label take lists of text alone", () => {
    const choices = attribute("x", "choices", { options: labels });
    const options = { excess: "REFUSE", naive: undefined, choice: { by: "LABEL" } } as const;
    expect(accepted(choices, options)).toEqual(["null"]);
    expect(chooseCodec(sourceOf(list, utf8), choices, options)).not.toBeTypeOf("string");
  });
});

describe("what is expected instead", () => {
  it.each([
    [int(32), "text", "utf8; cast the column to string"],
    [bool, "integer", "an integer type; cast the column to int or bigint"],
    [utf8, "money", "a decimal, integer or float type"],
    [utf8, "float", "a float, integer or decimal type"],
    [utf8, "boolean", "bool, or integers 0 and 1; cast the column to boolean"],
    [utf8, "choice", 'an integer type: the value of the choice; for its label say "choice": {"by": "LABEL"}'],
    [bool, "choice", "an integer type: the value of the choice"],
    [int(32), "choices", "a list of integers or utf8 such as 1,9,14"],
    [timestamp("us"), "dateonly", "date32 or date64; cast the column to date"],
    [
      date32,
      "datetime",
      "a timestamp with a time zone; a date names no instant: cast the column to timestamp, " +
        'or say "timestamp": {"naive": "UTC"} for midnight in UTC',
    ],
    [utf8, "datetime", "a timestamp with a time zone; cast the column to timestamp"],
    [
      naive("us"),
      "datetime",
      'a timestamp with a time zone; if its values are UTC, say so with "timestamp": {"naive": "UTC"}',
    ],
    [int(64), "guid", "a GUID: utf8 of 36 characters or fixed_size_binary(16)"],
    [int(8), "image", "binary: the bytes of a gif, jpg, tif, bmp or png file, or utf8: their base64"],
    [utf8, "other", "nothing: attributes of type otherType are not in this version"],
  ] as const)("of %j for %s", (type, kind, expected) => {
    expect(expectation(type, kind)).toBe(expected);
  });

  it("of a duration, where the attribute holds minutes", () => {
    expect(expectation(utf8, "integer", { format: "Duration" })).toBe(
      "an integer type, or a duration of whole minutes; cast the column to int or bigint",
    );
  });

  it.each([
    [{ by: "LABEL" }, {}, "its value as an integer: the labels of its options could not be read"],
    [{ by: "LABEL", language: 1031 }, { options: labels }, "labels in a language that its options have: 1033"],
  ] as const)("of a label, %j", (choice, more, expected) => {
    const options = { excess: "REFUSE", naive: undefined, choice } as const;
    expect(chooseCodec(sourceOf(utf8), attribute("x", "choice", more), options)).toBe(expected);
  });

  it("of the elements of a list", () => {
    const codec = chooseCodec(sourceOf(list, bool), attribute("x", "choices"), { excess: "REFUSE", naive: undefined });
    expect(codec).toBe("a list, each element an integer type: the value of the choice");
  });
});

describe("a number of 64 bits", () => {
  const numbers = columnOf("x", decimal(128, 0), [2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n]);

  it("is as large and as small as 64 bits hold, and no more", () => {
    const written = [0, 1, 2, 3].map((row) => jsonValue(numbers, attribute("x", "bigint"), {}, row));
    expect(written).toEqual([
      String(2n ** 63n - 1n),
      expect.stringContaining("The value for x"),
      String(-(2n ** 63n)),
      expect.stringContaining("The value for x"),
    ]);
  });
});
