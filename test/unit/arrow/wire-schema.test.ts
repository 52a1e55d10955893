import { Field as ArrowField, Int32, Message, Schema, SparseUnion, Struct } from "apache-arrow";
import { describe, expect, it } from "vitest";
import type { Field } from "../../../server/arrow/columns.ts";
import { columnsMax, nestingMax } from "../../../server/arrow/limits.ts";
import { schemaHeader } from "../../../server/arrow/schema-writer.ts";
import { decodeAll, goldenMessages } from "../../support/golden.ts";
import { codeOf, readSchema } from "../../support/messages.ts";

const leaf: Field = { name: "n", type: { kind: "bool" }, nullable: true, children: [] };

function codeOfSchema(fields: readonly Field[]): unknown {
  return codeOf(() => readSchema(schemaHeader({ fields })));
}

function wide(count: number): readonly Field[] {
  return Array.from({ length: count }, (_, i) => ({ ...leaf, name: `n${i}` }));
}

function deep(levels: number): Field {
  const children = levels === 1 ? [] : [deep(levels - 1)];
  return levels === 1 ? leaf : { ...leaf, type: { kind: "struct" }, children };
}

describe("a schema", () => {
  it("may have as many columns as the limit, and not one more", () => {
    expect(codeOfSchema(wide(columnsMax))).toBeUndefined();
    expect(codeOfSchema(wide(columnsMax + 1))).toBe("limit_exceeded");
  });

  it("counts nested columns, too", () => {
    const children = wide(columnsMax / 2);
    const struct: Field = { ...leaf, type: { kind: "struct" }, children };
    expect(
      codeOfSchema([
        { ...struct, name: "a" },
        { ...struct, name: "b" },
      ]),
    ).toBe("limit_exceeded");
  });

  it("may be as deep as the limit, and not one level more", () => {
    expect(codeOfSchema([deep(nestingMax)])).toBeUndefined();
    expect(codeOfSchema([deep(nestingMax + 1)])).toBe("limit_exceeded");
  });

  it("may not name two columns alike", () => {
    expect(codeOfSchema([leaf, leaf])).toBe("schema_mismatch");
  });

  it("may not have lists of two children", () => {
    const struct: Field = { ...leaf, type: { kind: "struct" }, children: wide(2) };
    const header = schemaHeader({ fields: [struct] });
    // The struct's type number, the only byte 13 that turns the schema into another when it becomes a list's.
    const lists = [...header.keys()].filter((at) => header[at] === 13).map((at) => header.with(at, 12));
    expect(lists.map((list) => codeOf(() => readSchema(list)))).toContain("malformed_arrow");
  });

  it("may not have maps of anything but keys and values", () => {
    const entries = (count: number): Field => ({
      ...leaf,
      name: "entries",
      type: { kind: "struct" },
      children: wide(count),
    });
    const mapOf = (count: number): Field => ({
      ...leaf,
      type: { kind: "map", large: false },
      children: [entries(count)],
    });
    expect([1, 2, 3].map((count) => codeOfSchema([mapOf(count)]))).toEqual([
      "malformed_arrow",
      undefined,
      "malformed_arrow",
    ]);
  });

  it("names a nested column by its path", () => {
    const union = new SparseUnion([0], [new ArrowField("i", new Int32())]);
    const struct = new Struct([new ArrowField("inner", union)]);
    const bytes = Message.encode(Message.from(new Schema([new ArrowField("outer", struct)])));
    expect(() => readSchema(bytes)).toThrow('Column "outer.inner" is of type union');
  });

  it("keeps the metadata of a field", () => {
    const { schema } = decodeAll(goldenMessages("spark-types"));
    const variant = schema.fields.find(({ name }) => name === "variant");
    expect(variant?.children[1]?.metadata).toEqual(new Map([["variant", "true"]]));
    expect(variant?.children[0]).not.toHaveProperty("metadata");
  });

  it("shows dictionaries and views as the plain types they are read to", () => {
    const kinds = (["dictionaries", "views"] as const).flatMap((name) =>
      decodeAll(goldenMessages(name)).schema.fields.map(({ type }) => type.kind),
    );
    expect(kinds).toEqual(["utf8", "utf8", "binary", "list"]);
  });
});
