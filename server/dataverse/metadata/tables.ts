/** The table as the service's metadata tells it: what drives the mapping. Strict on what a write depends on. */
import { SidecarError } from "../../core/errors.ts";
import { arrayOf, fieldOf, textOf } from "../text/json.ts";
import { readAttributes, typeNameOf } from "./attribute-reading.ts";
import type { Attribute } from "./attributes.ts";
import type { Currency } from "./currency.ts";
import { currencyQuery, readCurrency } from "./currency.ts";
import type { Intersect } from "./intersect.ts";
import { intersectPath, readIntersect } from "./intersect.ts";

export interface AlternateKey {
  readonly logicalName: string;
  readonly attributes: readonly string[];
  readonly active: boolean;
  /** Pending, InProgress, Active or Failed. */
  readonly indexStatus: string;
}

export interface Table {
  readonly logicalName: string;
  readonly entitySetName: string;
  readonly primaryId: string;
  readonly primaryName: string | undefined;
  /** Standard, Elastic or Virtual. */
  readonly tableType: string;
  /** Bulk messages that the table takes: CreateMultiple, UpdateMultiple, UpsertMultiple, DeleteMultiple. */
  readonly messages: ReadonlySet<string>;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly keys: readonly AlternateKey[];
  /** Attribute, target table, navigation property (case-sensitive). */
  readonly navigation: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** What money without a currency of its own is taken to be; undefined: not read, or there is no money. */
  readonly currency?: Currency;
  /** Present for the table of a many-to-many relationship. */
  readonly intersect?: Intersect;
}

export interface TableQuery {
  readonly part: string;
  /** Relative to the service root, encoded. */
  readonly path: string;
  /** Without an answer rows are written in a slower way or less is checked before sending, and nothing else is lost. */
  readonly optional?: boolean;
  /** Types of attributes that it is about; absent: needed for every table. */
  readonly types?: readonly string[];
  /** Needed for the table of a many-to-many relationship alone. */
  readonly ofIntersect?: true;
}

/** UpsertMultiple is not listed for every table, but there where both of these are. */
const probed = ["CreateMultiple", "UpdateMultiple"];
const elasticMessages = ["CreateMultiple", "UpdateMultiple", "UpsertMultiple", "DeleteMultiple"];

/** Names go into URLs and header lines: nothing but these characters may. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

const COMMON =
  "LogicalName,AttributeType,AttributeTypeName,IsValidForCreate,IsValidForUpdate,IsValidForRead,RequiredLevel";

/** What only a cast to the attribute's own type exposes. */
const CASTS: readonly (readonly [type: string, query: string])[] = [
  ["String", "$select=LogicalName,MaxLength,AutoNumberFormat"],
  ["Memo", "$select=LogicalName,MaxLength"],
  ["Integer", "$select=LogicalName,MinValue,MaxValue,Format"],
  ["BigInt", "$select=LogicalName,MinValue,MaxValue"],
  ["Decimal", "$select=LogicalName,MinValue,MaxValue,Precision"],
  ["Double", "$select=LogicalName,MinValue,MaxValue,Precision"],
  ["Money", "$select=LogicalName,MinValue,MaxValue,Precision,PrecisionSource"],
  ["DateTime", "$select=LogicalName,DateTimeBehavior,Format"],
  ["Picklist", "$select=LogicalName&$expand=OptionSet,GlobalOptionSet"],
  ["State", "$select=LogicalName&$expand=OptionSet,GlobalOptionSet"],
  ["Status", "$select=LogicalName&$expand=OptionSet,GlobalOptionSet"],
  ["Boolean", "$select=LogicalName&$expand=OptionSet,GlobalOptionSet"],
  ["Lookup", "$select=LogicalName,Targets"],
  ["MultiSelectPicklist", "$select=LogicalName&$expand=OptionSet,GlobalOptionSet"],
  ["Image", "$select=LogicalName,MaxSizeInKB"],
  ["File", "$select=LogicalName,MaxSizeInKB"],
];

/** What is not of the table's own type is checked by the service alone where the cast is not to be had. */
const optionalCasts: ReadonlySet<string> = new Set(["MultiSelectPicklist", "Image", "File"]);

/** Types of attributes that share a cast. */
const castTypes: Readonly<Record<string, readonly string[]>> = {
  Lookup: ["LookupType", "CustomerType", "OwnerType", "PartyListType"],
};

/**
 * The reads that `readTable` needs, the first (`table`) always, the others where the table has such attributes.
 * @throws SidecarError unknown_table if the name cannot be one.
 */
export function tableQueries(logicalName: string): readonly TableQuery[] {
  if (!NAME.test(logicalName)) {
    throw new SidecarError("unknown_table", "The table's name is not a logical name.", {
      remedy: "Give the table's logical name, e.g. account: letters, digits and underscores.",
    });
  }
  const definition = `EntityDefinitions(LogicalName='${logicalName}')`;
  const base =
    "$select=LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,PrimaryImageAttribute,TableType,IsIntersect" +
    `&$expand=Attributes($select=${COMMON}),` +
    "Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)," +
    "ManyToOneRelationships($select=ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName)";
  return [
    { part: "table", path: `${definition}?${base}` },
    ...CASTS.map(([type, query]) => ({
      part: type,
      path: `${definition}/Attributes/Microsoft.Dynamics.CRM.${type}AttributeMetadata?${query}`,
      types: castTypes[type] ?? [`${type}Type`],
      ...(optionalCasts.has(type) ? { optional: true } : {}),
    })),
    currencyQuery,
    { part: "intersect", path: intersectPath(logicalName), ofIntersect: true },
    ...probed.map((message) => ({
      part: message,
      optional: true,
      path:
        "sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name%20eq%20@m%20and%20primaryobjecttypecode%20eq%20@t" +
        `&@m='${message}'&@t='${logicalName}'`,
    })),
  ];
}

/**
 * @param base the parsed reply to the first query.
 * @param wanted attributes whose limits are looked at, of a table that is only pointed to; absent: all, of one that is written.
 */
export function isNeeded({ types, ofIntersect }: TableQuery, base: unknown, wanted?: ReadonlySet<string>): boolean {
  if (types === undefined)
    return wanted === undefined && (ofIntersect === undefined || fieldOf(base, "IsIntersect") === true);
  const attributes = arrayOf(base, "Attributes");
  const looked =
    wanted === undefined ? attributes : attributes.filter((entry) => wanted.has(textOf(entry, "LogicalName") ?? ""));
  return looked.some((entry) => types.includes(typeNameOf(entry)));
}

/**
 * @param parts parsed replies by the `part` of their query; those of casts may be missing.
 * @throws SidecarError unknown_table if what a write depends on is missing.
 */
export function readTable(parts: ReadonlyMap<string, unknown>): Table {
  const base = parts.get("table");
  const logicalName = nameOf(base, "LogicalName", "?");
  const navigation = readNavigation(base);
  const casts = CASTS.map(([type]) => parts.get(type));
  const currency = readCurrency(parts.get(currencyQuery.part));
  const intersect = readIntersect(parts.get("intersect"));
  return {
    logicalName,
    entitySetName: nameOf(base, "EntitySetName", logicalName),
    primaryId: nameOf(base, "PrimaryIdAttribute", logicalName),
    primaryName: textOf(base, "PrimaryNameAttribute"),
    tableType: textOf(base, "TableType") ?? "Standard",
    messages: messagesOf(textOf(base, "TableType"), parts),
    attributes: readAttributes(base, casts, navigation),
    keys: arrayOf(base, "Keys").map(readKey),
    navigation,
    ...(currency === undefined ? {} : { currency }),
    ...(intersect === undefined ? {} : { intersect }),
  };
}

function messagesOf(tableType: string | undefined, parts: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  if (tableType === "Elastic") return new Set(elasticMessages);
  const found = probed.filter((message) => arrayOf(parts.get(message), "value").length > 0);
  return new Set(found.length === probed.length ? [...found, "UpsertMultiple"] : found);
}

function readKey(value: unknown): AlternateKey {
  const indexStatus = textOf(value, "EntityKeyIndexStatus") ?? "unknown";
  return {
    logicalName: textOf(value, "LogicalName") ?? "?",
    attributes: arrayOf(value, "KeyAttributes").map(String),
    active: indexStatus === "Active",
    indexStatus,
  };
}

function readNavigation(base: unknown): Map<string, Map<string, string>> {
  const navigation = new Map<string, Map<string, string>>();
  for (const relationship of arrayOf(base, "ManyToOneRelationships")) {
    const attribute = textOf(relationship, "ReferencingAttribute");
    const target = textOf(relationship, "ReferencedEntity");
    const property = textOf(relationship, "ReferencingEntityNavigationPropertyName");
    if (attribute === undefined || target === undefined || property === undefined) continue;
    if (!NAME.test(property)) continue;
    const targets = navigation.get(attribute) ?? new Map<string, string>();
    navigation.set(attribute, targets.set(target, property));
  }
  return navigation;
}

function nameOf(base: unknown, property: string, table: string): string {
  const value = textOf(base, property);
  if (value !== undefined && NAME.test(value)) return value;
  const found = fieldOf(base, property) === undefined ? "no" : "an unusable";
  throw new SidecarError("unknown_table", `The service describes table ${table} with ${found} ${property}.`, {
    remedy: "Check the table's logical name, and that the application user may read the table's metadata.",
  });
}
