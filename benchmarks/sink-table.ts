/** What the sink says of its one table, in the form of the service's metadata: an attribute for each column of make_rows.py. */

export const tableName = "bench_row";
export const primaryId = "bench_rowid";
/** The one attribute of the Active alternate key. */
export const keyName = "bench_code";
/** The path of a bulk message, up to its name. */
export const bulkTable = "/api/data/v9.2/bench_rows/Microsoft.Dynamics.CRM.";

type Definition = readonly [name: string, type: string, limits: Readonly<Record<string, unknown>>];

const wide = { MinValue: -100_000_000_000, MaxValue: 100_000_000_000 };

const definitions: readonly Definition[] = [
  [primaryId, "Uniqueidentifier", {}],
  [keyName, "String", { MaxLength: 100 }],
  ["bench_note", "String", { MaxLength: 4500 }],
  ["bench_guid", "Uniqueidentifier", {}],
  ["bench_segment", "Integer", { MinValue: -2_147_483_648, MaxValue: 2_147_483_647 }],
  ["bench_count", "Integer", { MinValue: -2_147_483_648, MaxValue: 2_147_483_647 }],
  ["bench_total", "BigInt", {}],
  ["bench_ratio", "Double", { ...wide, Precision: 5 }],
  ["bench_price", "Double", { ...wide, Precision: 2 }],
  ["bench_amount", "Decimal", { ...wide, Precision: 4 }],
  ["bench_active", "Boolean", {}],
  ["bench_seen", "DateTime", { DateTimeBehavior: { Value: "UserLocal" }, Format: "DateAndTime" }],
  ["bench_since", "DateTime", { DateTimeBehavior: { Value: "DateOnly" }, Format: "DateOnly" }],
];

const entity = {
  LogicalName: tableName,
  EntitySetName: "bench_rows",
  PrimaryIdAttribute: primaryId,
  PrimaryNameAttribute: keyName,
  TableType: "Standard",
  Attributes: definitions.map(([name, type]) => ({
    LogicalName: name,
    AttributeType: type,
    AttributeTypeName: { Value: `${type}Type` },
    IsValidForCreate: true,
    IsValidForUpdate: name !== primaryId,
    IsValidForRead: true,
    RequiredLevel: { Value: name === primaryId ? "SystemRequired" : "None" },
  })),
  Keys: [{ LogicalName: "bench_key", KeyAttributes: [keyName], EntityKeyIndexStatus: "Active" }],
  ManyToOneRelationships: [],
};

/** The answer to a metadata query, from its path; undefined if it is none. */
export function answerMetadata(path: string): unknown {
  // Each bulk message that is asked for is there.
  if (path.startsWith("/api/data/v9.2/sdkmessagefilters?")) return { value: [{ sdkmessagefilterid: "there" }] };
  if (!path.startsWith(`/api/data/v9.2/EntityDefinitions(LogicalName='${tableName}')`)) return undefined;
  const [, cast] = /\/Attributes\/Microsoft\.Dynamics\.CRM\.(\w+)AttributeMetadata/.exec(path) ?? [];
  if (cast === undefined) return entity;
  const value = definitions
    .filter(([, type]) => type === cast)
    .map(([name, , limits]) => ({ LogicalName: name, ...limits }));
  return { value };
}
