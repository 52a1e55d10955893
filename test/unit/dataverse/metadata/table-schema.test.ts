import { describe, expect, it } from "vitest";
import type { AttributeKind } from "../../../../server/dataverse/metadata/attributes.ts";
import { tableSchema } from "../../../../server/dataverse/metadata/table-schema.ts";
import { attribute, tableOf } from "../../../support/dataverse/tables.ts";

function typeOf(kind: AttributeKind): unknown {
  return tableSchema(tableOf([attribute("it", kind)])).fields.find(({ name }) => name === "it")?.type;
}

describe("tableSchema", () => {
  it("begins with the primary key", () => {
    const table = tableOf([attribute("name", "text"), attribute("line", "integer")]);
    expect(tableSchema(table).fields[0]?.name).toBe(table.primaryId);
  });

  it.each([
    ["text", { kind: "utf8", large: false }],
    ["lookup", { kind: "utf8", large: false }],
    ["choice", { kind: "int", bits: 32, signed: true }],
    ["bigint", { kind: "int", bits: 64, signed: true }],
    ["money", { kind: "decimal", bits: 128, precision: 38, scale: expect.any(Number) }],
    ["float", { kind: "float", bits: 64 }],
    ["boolean", { kind: "bool" }],
    ["datetime", { kind: "timestamp", unit: "us", zone: "UTC" }],
    ["dateonly", { kind: "date", unit: "day" }],
    ["choices", { kind: "list", large: false }],
    ["partylist", { kind: "list", large: false }],
    ["image", { kind: "binary", large: false }],
    ["file", { kind: "binary", large: false }],
  ] as const)("shows %s as the type that holds all of it", (kind, type) => {
    expect(typeOf(kind)).toEqual(type);
  });

  it("shows several choices as a list of integers", () => {
    const field = tableSchema(tableOf([attribute("it", "choices")])).fields.find(({ name }) => name === "it");
    expect(field?.children).toEqual([expect.objectContaining({ type: { kind: "int", bits: 32, signed: true } })]);
  });

  it("shows the parties of an activity as a list of structs", () => {
    const field = tableSchema(tableOf([attribute("it", "partylist")])).fields.find(({ name }) => name === "it");
    expect(field?.children[0]?.children.map(({ name }) => name)).toEqual(["partyid", "table"]);
  });

  it("shows what time zones do not apply to as a timestamp without zone", () => {
    const local = attribute("it", "datetime", { behavior: "TimeZoneIndependent" });
    const field = tableSchema(tableOf([local])).fields.find(({ name }) => name === "it");
    expect(field?.type).toEqual({ kind: "timestamp", unit: "us", zone: undefined });
  });

  it("leaves out what cannot be written, or not in this version", () => {
    const readOnly = { ...attribute("made", "datetime"), validForCreate: false, validForUpdate: false };
    const names = tableSchema(tableOf([readOnly, attribute("picture", "other")])).fields.map(({ name }) => name);
    expect(names).not.toContain("made");
    expect(names).not.toContain("picture");
  });
});
