import { MessageReader } from "apache-arrow";
import { describe, expect, it } from "vitest";
import type { Field } from "../../../server/arrow/columns.ts";
import { encapsulated, schemaHeader } from "../../../server/arrow/schema-writer.ts";
import { decodeAll, goldenMessages } from "../../support/golden.ts";
import { readSchema } from "../../support/messages.ts";

describe("a written schema", () => {
  it.each(["year_month", "day_time", "month_day_nano"] as const)("reads back intervals of %s", (unit) => {
    const field: Field = { name: "i", type: { kind: "interval", unit }, nullable: true, children: [] };
    expect(readSchema(schemaHeader({ fields: [field] })).fields).toEqual([field]);
  });

  it.each(["spark-types", "other-types", "large-types"] as const)("%s: reads back as it was", (name) => {
    const { schema } = decodeAll(goldenMessages(name));
    expect(readSchema(schemaHeader(schema))).toEqual(schema);
  });

  it("carries pairs of text with a field, for whoever asks for a table's schema", () => {
    const field: Field = {
      name: "industrycode",
      type: { kind: "int", bits: 32, signed: true },
      nullable: true,
      children: [],
      metadata: new Map([["choice", "1=Accounting"]]),
    };
    expect(readSchema(schemaHeader({ fields: [field] })).fields).toEqual([field]);
  });

  it("is found by other libraries behind its length", () => {
    const { schema } = decodeAll(goldenMessages("small"));
    const message = encapsulated(schema);
    expect([message.length % 8, message.length - 8 - schemaHeader(schema).length < 8]).toEqual([0, true]);
    const read = new MessageReader(message).readSchema();
    expect(read?.fields.map(String)).toEqual(["n: Int32", "s: Utf8"]);
  });
});
