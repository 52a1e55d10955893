/**
 * How the rows of a mapping are found by the values of their key: all of them by a business key, those that no URL can name by an
 * alternate key, and any of them to see what stands there.
 */

import type { RecordBatch } from "../../arrow/columns.ts";
import type { KeyPart } from "../keys/address.ts";
import type { Found } from "../keys/found.ts";
import type { ReadKey } from "../keys/key-texts.ts";
import { bindKeyTexts, bindUnaddressable } from "../keys/key-texts.ts";
import type { MatchKey } from "../keys/match-key.ts";
import type { ResolvedLookup } from "../lookups/lookup-context.ts";
import { isLookup, resolveLookup } from "../lookups/lookups.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { BodyField } from "../rows/body-property.ts";
import { namesPartition } from "../rows/elastic.ts";
import { FoundRowEncoder } from "../rows/found-row-encoder.ts";
import type { MappingContext, ResolvedColumn } from "../rows/mapping-context.ts";
import { postsRows } from "../rows/post-half.ts";
import type { RowEncoder, RowPlan } from "../rows/row-encoder.ts";
import { OperationEncoder } from "../rows/row-encoder.ts";
import { columnAt } from "../text/value.ts";
import type { Frame } from "../wire/way.ts";

export interface Finding {
  readonly by: readonly Attribute[];
  /** Binds a record batch, and what was read about it: the keys of its rows. */
  readonly keys: (batch: RecordBatch, found?: Found) => ReadKey;
  /** Binds a record batch: the rows that must be found before they are encoded; undefined when there are none. */
  readonly wanted: (batch: RecordBatch) => ((row: number) => boolean) | undefined;
}

export interface KeyContext {
  readonly matchKey: MatchKey;
  readonly key: readonly KeyPart[];
  readonly columns: readonly ResolvedColumn[];
}

const always = (): boolean => true;

/** Undefined where rows are named by their primary key, or by none. */
export function findingOf(context: MappingContext, { matchKey, key, columns }: KeyContext): Finding | undefined {
  if (matchKey.kind === "none" || matchKey.kind === "primary") return undefined;
  // The id alone would name a row of another partition.
  if (namesPartition(context.request, context.table)) return undefined;
  const keys = (batch: RecordBatch): ReadKey => bindKeyTexts(key, batch);
  const by = key.map(({ attribute }) => attribute);
  if (matchKey.kind === "business") return { by, keys, wanted: () => always };
  // What could not be created must not be called absent.
  const isMakeable =
    context.request.mode !== "UPSERT" || keyFields(context, key, columns).every((field) => typeof field !== "string");
  return { by, keys, wanted: (batch) => (isMakeable ? bindUnaddressable(key, batch) : undefined) };
}

/** What keeps an UPSERT by a business key, or with parties, from creating a row that it would find again. */
export function findingFaults(context: MappingContext, { matchKey, key, columns }: KeyContext): readonly string[] {
  const needsFields = matchKey.kind === "business" || postsRows(context.request, columns);
  if (!needsFields || context.request.mode !== "UPSERT") return [];
  return keyFields(context, key, columns).flatMap((field) => (typeof field === "string" ? [`matchOn: ${field}`] : []));
}

/** @param plans `byKey` is that of rows addressed by their key, `byId` the frame of those that are not. */
export function findingEncoder(
  { byKey, byId }: { readonly byKey: RowPlan; readonly byId: Frame },
  context: MappingContext & KeyContext,
): RowEncoder {
  const { matchKey, key, columns } = context;
  const plan = { ...byKey, byId: true, frame: byId };
  const own = keyFields(context, key, columns).filter((field) => typeof field !== "string");
  const fields = plan.fields === undefined ? undefined : [...own, ...plan.fields];
  return new FoundRowEncoder({
    byKey: matchKey.kind === "business" ? undefined : new OperationEncoder(byKey),
    existing: new OperationEncoder(plan),
    absent: new OperationEncoder({ ...plan, fields }),
  });
}

/** The key among the properties of a row that is created; a text says why an attribute cannot be there. */
export function keyFields(
  context: MappingContext,
  key: readonly KeyPart[],
  columns: readonly ResolvedColumn[],
): readonly (BodyField | string)[] {
  return key.map((part) => {
    const { attribute, source, codec } = part;
    const { logicalName, validForCreate } = attribute;
    if (!validForCreate) return `${logicalName} cannot be set when a row is created, so that no row could be made`;
    const common = { attribute: logicalName, sources: [source], whenNull: "refuse" } as const;
    if (!isLookup(attribute)) {
      return { ...common, property: logicalName, bind: (batch) => codec.json(columnAt(batch, source)) };
    }
    const request = columns.find((column) => column.attribute === attribute)?.request;
    const lookup = referenceTo(part, context, request?.lookup?.table);
    return typeof lookup === "string" ? lookup : { ...common, property: lookup.property, bind: lookup.bind };
  });
}

/** A lookup that is part of the key holds the GUID of its row. */
function referenceTo(
  { attribute, source }: KeyPart,
  { schema, table, related }: MappingContext,
  target: string | undefined,
): ResolvedLookup | string {
  const field = schema.fields[source];
  if (field === undefined) throw new RangeError(`no column ${source} in the schema`);
  const lookup = { by: [], ...(target === undefined ? {} : { table: target }) };
  const column = { sources: [field.name], target: attribute.logicalName, lookup };
  return resolveLookup({ column, sources: [{ index: source, field }], attribute, schema, table, related });
}
