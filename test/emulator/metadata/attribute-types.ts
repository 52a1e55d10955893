/** What metadata calls the types of columns. */
import type { Column, ColumnType } from "../schema/types.ts";

export interface TypeNames {
  /** `AttributeType`. */
  readonly code: string;
  /** `AttributeTypeName.Value`. */
  readonly name: string;
  /** The cast, without namespace. */
  readonly cast: string;
}

function named(code: string): TypeNames {
  return { code, name: `${code}Type`, cast: `${code}AttributeMetadata` };
}

function virtual(kind: string): TypeNames {
  return { code: "Virtual", name: `${kind}Type`, cast: `${kind}AttributeMetadata` };
}

export const typeNames: Readonly<Record<ColumnType, TypeNames>> = {
  text: named("String"),
  memo: named("Memo"),
  integer: named("Integer"),
  bigint: named("BigInt"),
  decimal: named("Decimal"),
  money: named("Money"),
  float: named("Double"),
  boolean: named("Boolean"),
  choice: named("Picklist"),
  multiselect: virtual("MultiSelectPicklist"),
  state: named("State"),
  status: named("Status"),
  datetime: named("DateTime"),
  dateonly: named("DateTime"),
  guid: { ...named("Uniqueidentifier"), cast: "UniqueIdentifierAttributeMetadata" },
  lookup: named("Lookup"),
  image: virtual("Image"),
  file: virtual("File"),
  partylist: { ...named("PartyList"), cast: "LookupAttributeMetadata" },
};

export const entityName = named("EntityName");
export const virtualText: TypeNames = { code: "Virtual", name: "VirtualType", cast: "AttributeMetadata" };

/** Casts that the service knows though no column may have that type. */
export const casts: ReadonlySet<string> = new Set([
  ...Object.values(typeNames).map(({ cast }) => cast),
  entityName.cast,
  virtualText.cast,
  "ManagedPropertyAttributeMetadata",
]);

export function typeOf(column: Column): TypeNames {
  switch (column.kind) {
    case "owner":
      return { code: "Owner", name: "OwnerType", cast: "LookupAttributeMetadata" };
    case "customer":
      return { code: "Customer", name: "CustomerType", cast: "LookupAttributeMetadata" };
    case "entityname":
      return entityName;
    case "plain":
      return typeNames[column.type];
  }
}
