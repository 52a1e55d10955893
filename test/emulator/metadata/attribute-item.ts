/** Columns as AttributeMetadata of their types, and the shadow columns that the service shows beside them. */
import { stableGuid } from "../core/stable-guid.ts";
import type { Catalog } from "../rows/catalog.ts";
import type { Column, Table } from "../schema/types.ts";
import type { TypeNames } from "./attribute-types.ts";
import { entityName, typeNames, typeOf, virtualText } from "./attribute-types.ts";
import type { Item, Linked, MetadataObject } from "./item.ts";
import { label, managed, RawNumber } from "./item.ts";
import { choiceItem, globalChoiceOf, localChoiceItem } from "./option-item.ts";

export function attributeId(table: Table, column: string): string {
  return stableGuid(`${table.name}.${column}`);
}

export function attributeItems(catalog: Catalog, table: Table): readonly Item[] {
  return table.columns.flatMap((column) => [attributeItem(catalog, table, column), ...shadows(table, column)]);
}

export function attributeItem(catalog: Catalog, table: Table, column: Column): Item {
  const type = typeOf(column);
  return {
    type: type.cast,
    base: { ...facts(table, column.name, type), ...factsOf(table, column) },
    extra: typedProperties(column),
    links: choiceLinks(catalog, table, column),
  };
}

/** What every attribute has; for shadows all of it. */
function facts(table: Table, name: string, type: TypeNames): MetadataObject {
  return {
    MetadataId: attributeId(table, name),
    HasChanged: null,
    EntityLogicalName: table.name,
    LogicalName: name,
    SchemaName: name,
    AttributeType: type.code,
    AttributeTypeName: { Value: type.name },
    AttributeOf: null,
    LinkedAttributeId: null,
    InheritsFrom: null,
    ColumnNumber: 0,
    DisplayName: label(""),
    Description: label(""),
    AutoNumberFormat: null,
    SourceType: null,
    DeprecatedVersion: null,
    IntroducedVersion: "1.0.0.0",
    ExternalName: null,
    IsCustomAttribute: false,
    IsPrimaryId: false,
    IsPrimaryName: false,
    IsLogical: false,
    IsValidForCreate: false,
    IsValidForRead: true,
    IsValidForUpdate: false,
    IsValidForForm: true,
    IsValidForGrid: true,
    IsValidODataAttribute: true,
    IsValidForAdvancedFind: managed(true, "canmodifysearchsettings"),
    IsFilterable: true,
    IsSearchable: true,
    IsRetrievable: true,
    IsRequiredForForm: false,
    IsSecured: false,
    IsManaged: false,
    IsDataSourceSecret: false,
    CanBeSecuredForCreate: false,
    CanBeSecuredForRead: false,
    CanBeSecuredForUpdate: false,
    CanModifyAdditionalSettings: managed(true, "canmodifyadditionalsettings"),
    IsAuditEnabled: managed(true, "canmodifyauditsettings"),
    IsCustomizable: managed(true, "iscustomizable"),
    IsGlobalFilterEnabled: managed(false, "canmodifyglobalfiltersettings"),
    IsRenameable: managed(true, "isrenameable"),
    IsSortableEnabled: managed(false, "canmodifyissortablesettings"),
    RequiredLevel: managed("None", "canmodifyrequirementlevelsettings"),
  };
}

const sources: Readonly<Record<Column["source"], number>> = { simple: 0, calculated: 1, rollup: 2 };
const computable: ReadonlySet<Column["type"]> = new Set([
  ...(["text", "integer", "decimal", "money", "boolean", "choice", "datetime", "dateonly", "multiselect"] as const),
]);

function factsOf(table: Table, column: Column): MetadataObject {
  return {
    SchemaName: column.schemaName,
    ColumnNumber: column.ordinal + 1,
    DisplayName: label(column.label),
    Description: label(column.description),
    AutoNumberFormat: column.type === "text" ? column.autoNumber : null,
    SourceType: computable.has(column.type) ? sources[column.source] : null,
    RequiredLevel: managed(column.required, "canmodifyrequirementlevelsettings"),
    IsCustomAttribute: column.custom,
    IsPrimaryId: column === table.primaryId,
    IsPrimaryName: column.name === table.primaryName,
    IsValidForCreate: column.creatable,
    IsValidForUpdate: column.updatable,
    IsRequiredForForm: column.required === "SystemRequired",
  };
}

function typedProperties(column: Column): MetadataObject {
  if (column.kind === "entityname") {
    return { IsEntityReferenceStored: false };
  }
  switch (column.type) {
    case "text":
      return {
        MaxLength: column.maxLength,
        DatabaseLength: column.maxLength * 2,
        Format: column.format,
        FormatName: { Value: column.format },
        FormulaDefinition: "",
        ImeMode: "Auto",
        IsLocalizable: false,
        YomiOf: null,
      };
    case "memo":
      return {
        MaxLength: column.maxLength,
        Format: column.format,
        FormatName: { Value: column.format },
        ImeMode: "Auto",
        IsLocalizable: false,
      };
    case "integer":
      return { ...range(column), Format: column.format, FormulaDefinition: "", SourceTypeMask: 0 };
    case "bigint":
      return range(column);
    case "decimal":
    case "float":
      return { ...range(column), Precision: column.precision, ImeMode: "Auto" };
    case "money":
      return {
        ...range(column),
        Precision: column.precision,
        PrecisionSource: column.precisionSource,
        IsBaseCurrency: column.baseOf !== undefined,
        CalculationOf: column.baseOf ?? null,
        ImeMode: "Auto",
      };
    case "datetime":
    case "dateonly":
      return dates(column);
    case "boolean":
      return { DefaultValue: column.defaultValue === 1 };
    case "choice":
    case "multiselect":
    case "state":
    case "status":
      return { DefaultFormValue: column.defaultValue ?? -1 };
    case "image":
      return { MaxSizeInKB: column.maxSizeKb, MaxHeight: 144, MaxWidth: 144, CanStoreFullImage: true };
    case "file":
      return { MaxSizeInKB: column.maxSizeKb };
    case "lookup":
    case "partylist":
      return { Targets: column.targets.map((target) => target.table), Format: "None" };
    case "guid":
      return {};
  }
}

function dates(column: Column): MetadataObject {
  const dateOnly = column.type === "dateonly";
  return {
    DateTimeBehavior: { Value: dateOnly ? "DateOnly" : column.behavior },
    Format: dateOnly ? "DateOnly" : column.format,
    CanChangeDateTimeBehavior: managed(true, "canchangedatetimebehavior"),
    MinSupportedValue: "1753-01-01T00:00:00Z",
    MaxSupportedValue: "9999-12-30T23:59:59Z",
    ImeMode: "Inactive",
  };
}

function range(column: Pick<Column, "min" | "max">): MetadataObject {
  return { MinValue: new RawNumber(column.min), MaxValue: new RawNumber(column.max) };
}

function choiceLinks(catalog: Catalog, table: Table, column: Column): Readonly<Record<string, Linked>> {
  switch (column.type) {
    case "boolean":
    case "choice":
    case "multiselect":
    case "state":
    case "status": {
      const type = column.type === "boolean" ? "BooleanOptionSetMetadata" : "OptionSetMetadata";
      const shared = globalChoiceOf(catalog, column);
      const item = (): Item => (shared === undefined ? localChoiceItem(table, column) : choiceItem(shared));
      return {
        OptionSet: { type, items: item },
        GlobalOptionSet: { type, items: () => (shared === undefined ? null : choiceItem(shared)) },
      };
    }
    default:
      return {};
  }
}

/** The columns that exist only to show another's value: names of lookups and choices, parts of images and files. */
function shadows(table: Table, column: Column): readonly Item[] {
  return shadowNames(column)
    .filter(([suffix]) => !table.byName.has(column.name + suffix))
    .map(([suffix, type]) => {
      const name = column.name + suffix;
      const own = { SchemaName: column.schemaName + suffix, AttributeOf: column.name, IsLogical: true };
      return { type: type.cast, base: { ...facts(table, name, type), ...own }, extra: shadowExtra(type), links: {} };
    });
}

function shadowExtra(type: TypeNames): MetadataObject {
  if (type === typeNames.bigint) return range({ min: "-9223372036854775808", max: "9223372036854775807" });
  return type === typeNames.text ? { MaxLength: 100, Format: "Text", FormatName: { Value: "Text" } } : {};
}

export function shadowNames(column: Column): readonly (readonly [suffix: string, type: TypeNames])[] {
  switch (column.type) {
    case "lookup":
      return [["name", typeNames.text], ...(column.targets.length > 1 ? [["type", entityName] as const] : [])];
    case "boolean":
    case "choice":
    case "multiselect":
    case "state":
    case "status":
      return [["name", virtualText]];
    case "image":
      return [
        ["id", typeNames.guid],
        ["_timestamp", typeNames.bigint],
        ["_url", typeNames.text],
      ];
    case "file":
      return [["_name", typeNames.text]];
    default:
      return [];
  }
}
