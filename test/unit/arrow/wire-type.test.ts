import { Field, Int32, Message, Schema, SparseUnion, Utf8 } from "apache-arrow";
import { describe, expect, it } from "vitest";
import type { ColumnType } from "../../../server/arrow/columns.ts";
import { Table } from "../../../server/arrow/flatbuffer.ts";
import { schemaHeader } from "../../../server/arrow/schema-writer.ts";
import { readType } from "../../../server/arrow/wire-type.ts";
import { codeOf, readSchema } from "../../support/messages.ts";

function header(type: ColumnType): Uint8Array {
  return schemaHeader({ fields: [{ name: "n", type, nullable: true, children: [] }] });
}

/** Of a type that has none. */
const noParameters = Table.root(header({ kind: "bool" }));

function codeOfType(type: object): unknown {
  return codeOf(() => readSchema(header(type as ColumnType)));
}

describe("a type", () => {
  it.each<ColumnType>([
    { kind: "int", bits: 8, signed: false },
    { kind: "float", bits: 16 },
    { kind: "decimal", bits: 256, precision: 76, scale: -3 },
    { kind: "date", unit: "ms" },
    { kind: "time", bits: 64, unit: "us" },
    { kind: "timestamp", unit: "ns", zone: "Europe/Zurich" },
    { kind: "timestamp", unit: "s", zone: undefined },
    { kind: "duration", unit: "ms" },
    { kind: "interval", unit: "day_time" },
    { kind: "fixed_binary", width: 16 },
    { kind: "utf8", large: true },
  ])("is read as it was written: %o", (type) => {
    expect(readSchema(header(type)).fields[0]?.type).toEqual(type);
  });

  it.each<object>([
    { kind: "int", bits: 24, signed: true },
    { kind: "decimal", bits: 128, precision: 39, scale: 0 },
    { kind: "decimal", bits: 128, precision: 0, scale: 0 },
    { kind: "decimal", bits: 128, precision: 10, scale: 1000 },
    { kind: "decimal", bits: 96, precision: 10, scale: 1 },
    { kind: "time", bits: 32, unit: "ns" },
    { kind: "fixed_binary", width: -1 },
  ])("that does not exist is refused: %o", (type) => {
    expect(codeOfType(type)).toBe("malformed_arrow");
  });

  it("that is not read is refused by column and name", () => {
    const union = new SparseUnion([0, 1], [new Field("i", new Int32()), new Field("s", new Utf8())]);
    const bytes = Message.encode(Message.from(new Schema([new Field("either", union)])));
    expect(() => readSchema(bytes)).toThrow('Column "either" is of type union, which is not read.');
    expect(codeOf(() => readSchema(bytes))).toBe("schema_mismatch");
  });

  it.each([
    [14, "union"],
    [22, "run_end_encoded"],
    [25, "list_view"],
    [26, "large_list_view"],
  ])("number %i is named as %s, which is not read", (number, name) => {
    const message = `Column "n" is of type ${name}, which is not read.`;
    expect(() => readType(number, noParameters, "n")).toThrow(
      expect.objectContaining({ code: "schema_mismatch", message }),
    );
  });

  it("may lie as views", () => {
    const kinds = [23, 24].map((number) => readType(number, noParameters, "n"));
    expect(kinds).toEqual([
      { type: { kind: "binary", large: false }, view: true },
      { type: { kind: "utf8", large: false }, view: true },
    ]);
  });
});
