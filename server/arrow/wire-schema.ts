/** The schema message: the fields as they lie on the wire, next to the plain fields they are decoded to. */
import { SidecarError } from "../core/errors.ts";
import type { ColumnType, Field } from "./columns.ts";
import type { Table } from "./flatbuffer.ts";
import { columnsMax, malformed, nestingMax, quoted, within } from "./limits.ts";
import type { IntType } from "./wire-type.ts";
import { readInt, readType } from "./wire-type.ts";

export interface WireField {
  /** What the column is decoded to. */
  readonly field: Field;
  /** Values lie as 16-byte views. */
  readonly view: boolean;
  /** The wire carries indexes into the dictionary of this id. */
  readonly dictionary: { readonly id: bigint; readonly index: IntType } | undefined;
  readonly children: readonly WireField[];
}

/** A field whose wire carries indexes. */
export type EncodedField = WireField & { readonly dictionary: object };

export function isEncoded(wire: WireField): wire is EncodedField {
  return wire.dictionary !== undefined;
}

function readMetadata(table: Table, slot: number): ReadonlyMap<string, string> {
  return new Map(table.tables(slot).map((pair) => [pair.string(0) ?? "", pair.string(1) ?? ""]));
}

function readDictionary(field: Table): WireField["dictionary"] {
  const encoding = field.table(4);
  if (encoding === undefined) return undefined;
  const index = encoding.table(1);
  return {
    id: encoding.int64(0),
    index: index === undefined ? { kind: "int", bits: 32, signed: true } : readInt(index),
  };
}

function checkChildren(type: ColumnType, children: readonly WireField[]): void {
  switch (type.kind) {
    case "struct":
      return;
    case "list":
    case "fixed_list":
      if (children.length !== 1) throw malformed("A list in the schema has not exactly one child.");
      return;
    case "map":
      checkMap(children);
      return;
    default:
      if (children.length > 0) throw malformed("A field in the schema has children that its type cannot have.");
  }
}

function checkMap(children: readonly WireField[]): void {
  const entries = children[0];
  const plain = children.length === 1 && entries?.field.type.kind === "struct" && entries.dictionary === undefined;
  if (!plain || entries.children.length !== 2) throw malformed("A map in the schema is no list of keys and values.");
}

/** Reads fields and counts them on the way. */
class FieldReader {
  #count = 0;

  read(table: Table, path: string, level: number): WireField {
    this.#count += 1;
    within(this.#count, columnsMax, "columns");
    within(level, nestingMax, "levels of nested fields");
    const name = table.string(0) ?? "";
    const column = path === "" ? name : `${path}.${name}`;
    const parameters = table.table(3);
    if (parameters === undefined) throw malformed(`Column ${quoted(column)} has no type.`);
    const { type, view } = readType(table.uint8(2), parameters, column);
    const children = table.tables(5).map((child) => this.read(child, column, level + 1));
    checkChildren(type, children);
    const metadata = readMetadata(table, 6);
    const field: Field = {
      name,
      type,
      nullable: table.flag(1),
      children: children.map((child) => child.field),
      ...(metadata.size > 0 && { metadata }),
    };
    return { field, view, dictionary: readDictionary(table), children };
  }
}

function checkNames(fields: readonly WireField[]): void {
  const seen = new Set<string>();
  for (const { field } of fields) {
    if (seen.has(field.name)) {
      throw new SidecarError("schema_mismatch", `Two columns are named ${quoted(field.name)}.`, {
        remedy: "Rename one of them: columns are told apart by name.",
      });
    }
    seen.add(field.name);
  }
}

/** @throws SidecarError malformed_arrow, limit_exceeded; schema_mismatch for a type that is not read or a name given twice. */
export function readWireSchema(schema: Table): readonly WireField[] {
  if (schema.int16(0, 0) !== 0)
    throw malformed("The schema says that values are big-endian.", "Send little-endian values.");
  const tables = schema.tables(1);
  const reader = new FieldReader();
  const fields = tables.map((table) => reader.read(table, "", 1));
  checkNames(fields);
  return fields;
}
