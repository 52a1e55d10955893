/** Tables, columns, keys and relationships as the metadata objects of the Web API. */
import { stableGuid } from "../core/stable-guid.ts";
import type { AlternateKey, Column, ColumnType, Option, Table } from "../schema/types.ts";

export type MetadataObject = Readonly<Record<string, unknown>>;

interface TypeNames {
  /** `AttributeType`. */
  readonly code: string;
  /** `AttributeTypeName.Value`. */
  readonly name: string;
  /** Cast segment. */
  readonly cast: string;
}

const typeNames: Readonly<Record<ColumnType, TypeNames>> = {
  text: names("String"),
  memo: names("Memo"),
  integer: names("Integer"),
  bigint: { code: "BigInt", name: "BigIntType", cast: "BigIntAttributeMetadata" },
  decimal: names("Decimal"),
  money: names("Money"),
  float: names("Double"),
  boolean: names("Boolean"),
  choice: names("Picklist"),
  multiselect: {
    code: "Virtual",
    name: "MultiSelectPicklistType",
    cast: "MultiSelectPicklistAttributeMetadata",
  },
  state: names("State"),
  status: names("Status"),
  datetime: names("DateTime"),
  dateonly: names("DateTime"),
  guid: { code: "Uniqueidentifier", name: "UniqueidentifierType", cast: "UniqueIdentifierAttributeMetadata" },
  lookup: names("Lookup"),
  image: { code: "Virtual", name: "ImageType", cast: "ImageAttributeMetadata" },
  file: { code: "Virtual", name: "FileType", cast: "FileAttributeMetadata" },
  partylist: { code: "PartyList", name: "PartyListType", cast: "LookupAttributeMetadata" },
};

function names(code: string): TypeNames {
  return { code, name: `${code}Type`, cast: `${code}AttributeMetadata` };
}

export function describeTable(table: Table): MetadataObject {
  return {
    MetadataId: stableGuid(table.name),
    LogicalName: table.name,
    SchemaName: table.schemaName,
    EntitySetName: table.setName,
    LogicalCollectionName: table.setName,
    CollectionSchemaName: table.setName,
    PrimaryIdAttribute: table.primaryId.name,
    PrimaryNameAttribute: table.primaryName,
    ObjectTypeCode: table.objectTypeCode,
    TableType: "Standard",
    OwnershipType: "UserOwned",
    DisplayName: label(table.label),
    DisplayCollectionName: label(`${table.label}s`),
    Description: label(""),
    ChangeTrackingEnabled: false,
    IsActivity: false,
    IsCustomEntity: table.objectTypeCode >= 10_000,
    IsOptimisticConcurrencyEnabled: true,
    IsIntersect: false,
    IsPrivate: false,
    IsValidForAdvancedFind: true,
  };
}

/** The properties that every attribute has. */
export function describeAttribute(table: Table, column: Column): MetadataObject {
  const { code, name } = typeNames[column.type];
  const polymorphicOwner = column.name === "ownerid";
  return {
    MetadataId: stableGuid(`${table.name}.${column.name}`),
    EntityLogicalName: table.name,
    LogicalName: column.name,
    SchemaName: column.schemaName,
    AttributeType: polymorphicOwner ? "Owner" : code,
    AttributeTypeName: { Value: polymorphicOwner ? "OwnerType" : name },
    AttributeOf: null,
    DisplayName: label(column.label),
    Description: label(""),
    RequiredLevel: {
      Value: column.required,
      CanBeChanged: true,
      ManagedPropertyLogicalName: "canmodifyrequirementlevelsettings",
    },
    IsPrimaryId: column === table.primaryId,
    IsPrimaryName: column.name === table.primaryName,
    IsValidForCreate: column.creatable,
    IsValidForUpdate: column.updatable,
    IsValidForRead: true,
    IsLogical: false,
    IsCustomAttribute: column.name.includes("_"),
    ColumnNumber: column.ordinal + 1,
  };
}

/** The columns that a cast segment shows, with the properties that only the cast exposes; undefined for an unknown cast. */
export function describeCast(table: Table, cast: string): readonly MetadataObject[] | undefined {
  if (!Object.values(typeNames).some((type) => type.cast === cast)) {
    return undefined;
  }
  return table.columns
    .filter((column) => typeNames[column.type].cast === cast)
    .map((column) => describeTyped(table, column));
}

export function castOf(column: Column): string {
  return typeNames[column.type].cast;
}

export function describeTyped(table: Table, column: Column): MetadataObject {
  return { ...describeAttribute(table, column), ...typedProperties(column) };
}

function typedProperties(column: Column): MetadataObject {
  switch (column.type) {
    case "text":
      return { MaxLength: column.maxLength, Format: "Text", FormatName: { Value: "Text" }, AutoNumberFormat: "" };
    case "memo":
      return { MaxLength: column.maxLength, Format: "TextArea" };
    case "integer":
      return { ...range(column), Format: "None" };
    case "bigint":
      return range(column);
    case "decimal":
    case "float":
      return { ...range(column), Precision: column.precision };
    case "money":
      return {
        ...range(column),
        Precision: column.precision,
        PrecisionSource: column.precisionSource,
        IsBaseCurrency: false,
      };
    case "datetime":
      return { DateTimeBehavior: { Value: column.behavior }, Format: "DateAndTime" };
    case "dateonly":
      return { DateTimeBehavior: { Value: "DateOnly" }, Format: "DateOnly" };
    case "boolean":
      return {
        OptionSet: { TrueOption: option({ value: 1, label: "Yes" }), FalseOption: option({ value: 0, label: "No" }) },
        GlobalOptionSet: null,
      };
    case "choice":
    case "multiselect":
    case "state":
    case "status":
      return { OptionSet: { Options: column.options.map(option), IsGlobal: false }, GlobalOptionSet: null };
    case "image":
      return { MaxSizeInKB: 30_720, IsPrimaryImage: true };
    case "file":
      return { MaxSizeInKB: 32_768 };
    case "lookup":
    case "partylist":
      return { Targets: column.targets.map((target) => target.table) };
    case "guid":
      return {};
  }
}

/** Properties that a client sees only when it expands them. */
export const expandable: ReadonlySet<string> = new Set(["OptionSet", "GlobalOptionSet"]);

/** Written as digits: 64-bit bounds do not fit a double, and these names are never rounded on the way out. */
function range(column: Column): MetadataObject {
  return { MinValue: new RawNumber(column.min), MaxValue: new RawNumber(column.max) };
}

/** A number that JSON shows by these digits. */
export class RawNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function describeKey(table: Table, key: AlternateKey): MetadataObject {
  return {
    MetadataId: stableGuid(`${table.name}:${key.name}`),
    LogicalName: key.name,
    SchemaName: key.name,
    EntityLogicalName: table.name,
    KeyAttributes: key.columns.map((column) => column.name),
    EntityKeyIndexStatus: key.status,
    DisplayName: label(key.label),
  };
}

/** One relationship for every table that a lookup column may point to. */
export function describeRelationships(table: Table, primaryIdOf: (table: string) => string): readonly MetadataObject[] {
  return table.columns.flatMap((column) =>
    column.targets.map((target) => ({
      MetadataId: stableGuid(`${table.name}>${column.name}>${target.table}`),
      SchemaName: `${target.table}_${table.name}_${column.name}`,
      RelationshipType: "OneToManyRelationship",
      ReferencingEntity: table.name,
      ReferencingAttribute: column.name,
      ReferencedEntity: target.table,
      ReferencedAttribute: primaryIdOf(target.table),
      ReferencingEntityNavigationPropertyName: target.navigation,
      ReferencedEntityNavigationPropertyName: `${target.table}_${table.name}_${column.name}`,
    })),
  );
}

function option({ value, label: text, state }: Option): MetadataObject {
  return { Value: value, Label: label(text), ...(state === undefined ? {} : { State: state }) };
}

function label(text: string): MetadataObject {
  const localized = text === "" ? null : { Label: text, LanguageCode: 1033 };
  return { LocalizedLabels: localized === null ? [] : [localized], UserLocalizedLabel: localized };
}
