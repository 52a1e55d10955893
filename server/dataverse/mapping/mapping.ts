/**
 * Input schema, request and table to what one row becomes. Refuses before the first row, all faults at once, whatever the
 * service would ignore, round or reject for every row.
 */

import type { Schema } from "../../arrow/columns.ts";
import { SidecarError } from "../../core/errors.ts";
import type { Finding } from "../finding/finding.ts";
import { findingFaults, findingOf } from "../finding/finding.ts";
import { firstEncoder, foundRows } from "../finding/first-encoder.ts";
import type { KeyPart } from "../keys/address.ts";
import type { MatchKey } from "../keys/match-key.ts";
import { findKey, isComparable } from "../keys/match-key.ts";
import type { SoughtLookup } from "../lookups/lookup-context.ts";
import { isLookup, lookupTargets } from "../lookups/lookups.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Table } from "../metadata/tables.ts";
import { PlanEncoder } from "../plans/plan.ts";
import { rowSteps } from "../plans/plan-steps.ts";
import type { ColumnRequest, PublishRequest } from "../request.ts";
import type { BodyField } from "../rows/body-property.ts";
import { elasticWarnings, withPartition } from "../rows/elastic.ts";
import type { MappedTarget, MappingContext, ResolvedColumn } from "../rows/mapping-context.ts";
import type { RowEncoder, RowPlan } from "../rows/row-encoder.ts";
import { rowVersionOf } from "../rows/row-version.ts";
import { wallClockWarnings } from "../rows/wall-clock.ts";
import { bulkMessages } from "../wire/bulk-body.ts";
import type { Way } from "../wire/way.ts";
import type { AssociationContext } from "./association.ts";
import { associationEncoder, linkEnds, linkFinding } from "./association.ts";
import { attributeOf, columnCodec, inMatchKey, resolveColumn } from "./column-resolution.ts";
import { mappingFaults, requestedColumns } from "./mapping-faults.ts";
import { currencyWarnings } from "./money.ts";
import { partyAttributes, partyTables } from "./party-list.ts";

export type { RowEncoder } from "../rows/row-encoder.ts";

export interface Mapping {
  readonly request: PublishRequest;
  readonly table: Table;
  readonly related: ReadonlyMap<string, Table>;
  /** Operations in a row's plan. */
  readonly steps: number;
  /** The step that follows where the first one was refused because the row exists already; undefined: the first one writes it. */
  readonly updateStep?: number | undefined;
  /** INSERT whose primary key is not among the targets. */
  readonly mintsIds: boolean;
  /** Indexes of input columns. */
  readonly rowKeyColumns: readonly number[];
  /** Indexes of input columns that are sent, ascending. */
  readonly mappedColumns: readonly number[];
  /** What the body holds; the key of an address is in `matchKey`. */
  readonly targets: readonly MappedTarget[];
  /** Lookups among the targets, and ends of links, with their tables and keys. */
  readonly references: readonly SoughtLookup[];
  readonly matchKey: MatchKey;
  /** Undefined where rows are named by their primary key, or by none. */
  readonly finding?: Finding | undefined;
  readonly warnings: readonly string[];
  /** AUTO and BULK only where the table takes the bulk message of the mode. */
  readonly strategy: PublishRequest["strategy"];
  /** A new encoder, for one stream and way: it holds the record batch it is bound to. */
  encoder(way: Way): RowEncoder;
}

/** Keeps the refusal below the 8 KiB that a gRPC status may have, trailers included. */
const MESSAGE_MAX = 5_000;

/**
 * Tables whose metadata the lookups need, without `table` itself.
 * @param schema needed only for a request without `columns`, whose lookups are the input columns of their name.
 */
export function relatedTables(request: PublishRequest, table: Table, schema?: Schema): readonly string[] {
  const names = new Set<string>();
  if (table.intersect !== undefined) return [...new Set([table.intersect.first.table, table.intersect.second.table])];
  for (const column of requestedColumns(request, schema ?? { fields: [] })) {
    const attribute = attributeOf(column.target, table);
    // Only a row that is created takes the lookups of its key along.
    if (attribute === undefined || (inMatchKey(attribute, request) && request.mode !== "UPSERT")) continue;
    for (const target of tablesOf(column, attribute)) names.add(target);
  }
  names.delete(table.logicalName);
  return [...names];
}

/** Attributes of the related tables whose limits are looked at: those of keys and of parties. */
export function relatedAttributes({ columns }: PublishRequest): ReadonlySet<string> {
  return new Set([...columns.flatMap(({ lookup }) => lookup?.by ?? []), ...partyAttributes]);
}

function tablesOf(column: ColumnRequest, attribute: Attribute): readonly string[] {
  if (attribute.kind === "partylist") return partyTables(column, attribute);
  const { targets } = attribute;
  const names = isLookup(attribute) ? lookupTargets(column, attribute) : [];
  return names.filter((name) => targets.length === 0 || targets.includes(name));
}

/**
 * @param related by logical name, at least those of `relatedTables`.
 * @throws SidecarError schema_mismatch that names every fault.
 */
export function compileMapping(
  schema: Schema,
  asked: PublishRequest,
  table: Table,
  related: ReadonlyMap<string, Table>,
): Mapping {
  const request = withPartition(asked, table, schema);
  const context: MappingContext = { schema, request, table, related };
  const faults: string[] = [];
  if (table.intersect !== undefined) return compileAssociation({ ...context, intersect: table.intersect }, faults);
  const columns: ResolvedColumn[] = [];
  for (const column of requestedColumns(request, schema)) {
    const resolved = resolveColumn(column, context);
    if (typeof resolved === "string") faults.push(resolved);
    else columns.push(resolved);
  }
  faults.push(...mappingFaults(context, columns));
  const matchKey = request.mode === "INSERT" ? ({ kind: "none" } as const) : findKey(request.matchOn, table);
  const key = matchParts(context, columns, faults);
  if (typeof matchKey !== "string") faults.push(...findingFaults(context, { matchKey, key, columns }));
  if (faults.length > 0 || typeof matchKey === "string") throw mismatch(table, faults);
  return assemble(context, { columns, matchKey, key });
}

function compileAssociation(context: AssociationContext, faults: string[]): Mapping {
  const { request, table, related } = context;
  const ends = linkEnds(context, faults);
  if (faults.length > 0) throw mismatch(table, faults);
  return {
    request,
    table,
    related,
    steps: 1,
    mintsIds: false,
    rowKeyColumns: [],
    mappedColumns: [...new Set(ends.flatMap(({ sources }) => sources))].sort((a, b) => a - b),
    targets: [],
    references: ends.flatMap(({ sought }) => sought ?? []),
    matchKey: { kind: "none" },
    finding: linkFinding(ends),
    warnings: warningsOf(request, { kind: "none" }),
    strategy: "BATCH",
    encoder: () => associationEncoder(ends, context),
  };
}

interface Compiled {
  readonly columns: readonly ResolvedColumn[];
  readonly matchKey: MatchKey;
  readonly key: readonly KeyPart[];
}

/** The parts of the key, or of the mapped primary key of an INSERT. */
function matchParts(context: MappingContext, columns: readonly ResolvedColumn[], faults: string[]): readonly KeyPart[] {
  const { schema, request, table } = context;
  const names = request.mode === "INSERT" ? [table.primaryId] : request.matchOn;
  const parts: KeyPart[] = [];
  for (const name of names) {
    const column = columns.find((candidate) => candidate.attribute.logicalName === name);
    const field = schema.fields[column?.sources[0] ?? -1];
    if (column === undefined || field === undefined) continue;
    if (!isComparable(column.attribute)) {
      faults.push(`${name} is ${column.attribute.typeName}, which cannot stand in a key`);
      continue;
    }
    const { timestamp, choice } = column.request;
    const options = { excess: "REFUSE", naive: timestamp?.naive, choice } as const;
    const codec = columnCodec(field, column.attribute, options);
    if (typeof codec !== "string") parts.push({ attribute: column.attribute, source: column.sources[0] ?? 0, codec });
  }
  return parts;
}

function assemble(context: MappingContext, compiled: Compiled): Mapping {
  const { columns, matchKey, key } = compiled;
  const finding = findingOf(context, compiled);
  const { schema, request, table, related } = context;
  const body = columns.filter(({ attribute, file }) => file === undefined && !inMatchKey(attribute, request));
  const mintsIds = request.mode === "INSERT" && key.length === 0;
  const named: Omit<RowPlan, "frame" | "fields"> = {
    key: matchKey.kind === "none" ? [] : key,
    keyIsPrimary: matchKey.kind === "primary",
    identity: key,
    mintedProperty: mintsIds ? table.primaryId : undefined,
    version: rowVersionOf(context),
  };
  const parties = body.filter(({ attribute }) => attribute.kind === "partylist");
  const steps = rowSteps(context, {
    plan: named,
    found: foundRows(finding, matchKey),
    body: body.filter(({ attribute }) => attribute.kind !== "partylist"),
    parties,
    files: columns.flatMap(({ file }) => file ?? []),
    fieldOf: (column) => bodyField(column, context),
  });
  const { fields, updateStep } = steps;
  const first = { plan: named, fields, splits: updateStep !== undefined, finding };
  return {
    request,
    table,
    related,
    steps: 1 + steps.later.length,
    updateStep,
    mintsIds,
    rowKeyColumns: request.rowKey.map((name) => schema.fields.findIndex((field) => field.name === name)),
    mappedColumns: [...new Set(columns.flatMap(inputsOf))].sort((a, b) => a - b),
    targets: body.flatMap(targetsOf),
    references: body.flatMap(({ reference }) => reference ?? []),
    matchKey,
    finding,
    warnings: [
      ...warningsOf(request, matchKey),
      ...elasticWarnings(request, table),
      ...currencyWarnings(context, body),
      ...wallClockWarnings(schema, body),
    ],
    strategy:
      takesBulk(request, table) && updateStep === undefined && parties.length === 0 ? request.strategy : "BATCH",
    encoder: (way) => {
      const encoder = firstEncoder(way, { ...context, ...compiled }, first);
      if (way === "bulk" || steps.later.length === 0) return encoder;
      return new PlanEncoder(
        encoder,
        steps.later.map((step) => step()),
      );
    },
  };
}

/** Only a part of a `$batch` has headers of its own, and so a version. */
function takesBulk({ mode, rowVersion }: PublishRequest, { messages }: Table): boolean {
  return messages.has(bulkMessages[mode]) && rowVersion === "";
}

function inputsOf({ sources, reference }: ResolvedColumn): readonly number[] {
  return reference?.tableFrom === undefined ? sources : [...sources, reference.tableFrom];
}

/** A lookup to several tables may set any one of its properties. */
function targetsOf({ attribute, property, reference }: ResolvedColumn): readonly MappedTarget[] {
  if (reference === undefined) return [{ attribute, property }];
  return reference.targets.map((lookup) => ({ attribute, property: lookup.property, lookup }));
}

function bodyField(column: ResolvedColumn, { request, table }: MappingContext): BodyField {
  const { attribute } = column;
  // An id that is left out is chosen by the service, and a lost reply would then make a second row.
  const isId = attribute.logicalName === table.primaryId;
  const isLost = isId && request.mode === "INSERT";
  const clears = request.nulls === "CLEAR";
  const whenNull = clears ? "clear" : "omit";
  return {
    attribute: attribute.logicalName,
    property: column.property,
    namesItself: column.reference?.tableFrom !== undefined,
    sources: column.sources,
    whenNull: isLost || (clears && attribute.required) ? "refuse" : whenNull,
    isUnquoted: column.isUnquoted ?? false,
    bind: column.bind,
  };
}

function warningsOf(request: PublishRequest, matchKey: MatchKey): readonly string[] {
  if (matchKey.kind === "business") {
    return [
      `${request.matchOn.join(", ")} is no key of ${request.table}: rows are found by query, and nothing in Dataverse keeps it unique. An alternate key would be faster and safe.`,
    ];
  }
  return request.mode === "INSERT" && request.matchOn.length > 0
    ? ["matchOn has no part in an INSERT: every row is a new one."]
    : [];
}

function mismatch(table: Table, faults: readonly string[]): SidecarError {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  let message = `The input does not fit table ${table.logicalName}; ${count}:`;
  for (const [index, fault] of faults.entries()) {
    const line = ` (${index + 1}) ${fault}${/[.?]$/.test(fault) ? "" : "."}`;
    if (message.length + line.length > MESSAGE_MAX) {
      message += ` … and ${faults.length - index} more.`;
      break;
    }
    message += line;
  }
  return new SidecarError("schema_mismatch", message, {
    remedy: "Nothing was sent: mend the mapping and start again.",
  });
}
