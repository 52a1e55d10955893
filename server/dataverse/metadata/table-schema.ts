/** A table as the schema of an input that fills every attribute that can be written: what GetSchema shows. */
import type { ColumnType, Field, Schema } from "../../arrow/columns.ts";
import type { Attribute } from "./attributes.ts";
import type { Table } from "./tables.ts";

/** What a double cannot hold of money and decimals, a decimal of this width can. */
const digitsMax = 38;
const placesDefault = 4;

const text: ColumnType = { kind: "utf8", large: false };

function plain(name: string, type: ColumnType): Field {
  return { name, type, nullable: false, children: [] };
}

const choiceValue = plain("element", { kind: "int", bits: 32, signed: true });
const party: Field = {
  ...plain("element", { kind: "struct" }),
  children: [plain("partyid", text), plain("table", text)],
};

/** Attributes in the order of metadata, the primary key first. */
export function tableSchema(table: Table): Schema {
  const attributes = [...table.attributes.values()].filter((attribute) => isWritable(attribute, table));
  const isPrimary = (attribute: Attribute): boolean => attribute.logicalName === table.primaryId;
  const ordered = [...attributes.filter(isPrimary), ...attributes.filter((attribute) => !isPrimary(attribute))];
  return { fields: ordered.flatMap(fieldOf) };
}

function isWritable(attribute: Attribute, table: Table): boolean {
  return attribute.validForCreate || attribute.validForUpdate || attribute.logicalName === table.primaryId;
}

function fieldOf(attribute: Attribute): Field[] {
  const type = typeOf(attribute);
  const children = attribute.kind === "choices" ? [choiceValue] : attribute.kind === "partylist" ? [party] : [];
  return type === undefined ? [] : [{ name: attribute.logicalName, type, nullable: !attribute.required, children }];
}

function typeOf(attribute: Attribute): ColumnType | undefined {
  switch (attribute.kind) {
    case "text":
    case "memo":
    case "guid":
    case "lookup":
    case "customer":
    case "owner":
      return text;
    case "integer":
    case "choice":
    case "state":
    case "status":
      return { kind: "int", bits: 32, signed: true };
    case "bigint":
      return { kind: "int", bits: 64, signed: true };
    case "decimal":
    case "money":
      return { kind: "decimal", bits: 128, precision: digitsMax, scale: attribute.precision ?? placesDefault };
    case "float":
      return { kind: "float", bits: 64 };
    case "boolean":
      return { kind: "bool" };
    case "datetime":
      return { kind: "timestamp", unit: "us", zone: attribute.behavior === "TimeZoneIndependent" ? undefined : "UTC" };
    case "dateonly":
      return { kind: "date", unit: "day" };
    case "choices":
    case "partylist":
      return { kind: "list", large: false };
    case "image":
    case "file":
      return { kind: "binary", large: false };
    case "other":
      return undefined;
  }
}
