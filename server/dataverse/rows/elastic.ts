/**
 * What elastic tables have of their own: rows are named by id and partition, and an upsert puts a whole row in the place of the old
 * one, without a word about what it erased.
 */

import type { Schema } from "../../arrow/columns.ts";
import type { KeyPart } from "../keys/address.ts";
import type { Table } from "../metadata/tables.ts";
import type { PublishRequest } from "../request.ts";
import { columnAt } from "../text/value.ts";
import type { BodyField } from "./body-property.ts";
import type { MappingContext, ResolvedColumn } from "./mapping-context.ts";

/** Microsoft's advice: requests of a hundred rows, and many at a time. */
export const elasticTargetsMax = 100;

/** Immutable; a row without one has a partition of its own, named by its id. */
export const partitionAttribute = "partitionid";

/** Columns that the service keeps for its own clients: nobody misses what an upsert leaves out of them. */
const housekeeping: ReadonlySet<string> = new Set(["timezoneruleversionnumber", "utcconversiontimezonecode"]);

export function isElastic({ tableType }: Table): boolean {
  return tableType === "Elastic";
}

/** The request, matching on the partition too where rows are given one: the id alone does not name such a row. */
export function withPartition(request: PublishRequest, table: Table, schema: Schema): PublishRequest {
  const { mode, matchOn, columns, ignore } = request;
  if (!isElastic(table) || mode === "INSERT" || matchOn.length !== 1 || matchOn[0] !== table.primaryId) return request;
  const isMapped =
    columns.length > 0
      ? columns.some(({ target }) => target === partitionAttribute)
      : schema.fields.some(({ name }) => name === partitionAttribute) && !ignore.includes(partitionAttribute);
  return isMapped ? { ...request, matchOn: [...matchOn, partitionAttribute] } : request;
}

/** Whether an operation names its row by id and partition. */
export function namesPartition({ mode, matchOn }: PublishRequest, table: Table): boolean {
  return isElastic(table) && mode !== "INSERT" && matchOn.includes(partitionAttribute);
}

/**
 * The partition among the properties of an upsert's part, as Microsoft's examples have it beside the address: what the body leaves
 * out is erased. A target holds it anyway.
 */
export function partitionFields({ request, table }: MappingContext, key: readonly KeyPart[]): readonly BodyField[] {
  if (request.mode !== "UPSERT" || !namesPartition(request, table)) return [];
  return key
    .filter(({ attribute }) => attribute.logicalName === partitionAttribute)
    .map(({ attribute, source, codec }) => ({
      attribute: attribute.logicalName,
      property: attribute.logicalName,
      sources: [source],
      whenNull: "refuse",
      bind: (batch) => codec.json(columnAt(batch, source)),
    }));
}

export function elasticFaults(
  { request, table }: MappingContext,
  columns: readonly ResolvedColumn[],
): readonly string[] {
  if (request.mode !== "UPSERT" || !isElastic(table) || request.replaceRow) return [];
  const mapped = new Set(columns.map(({ attribute }) => attribute.logicalName));
  const erased = [...table.attributes.values()]
    .filter(({ validForCreate, validForUpdate }) => validForCreate && validForUpdate)
    .map(({ logicalName }) => logicalName)
    .filter((name) => !mapped.has(name) && !housekeeping.has(name));
  const remedy = 'map them, use INSERT or UPDATE, or set "replaceRow" if that is meant';
  const upsert = `${table.logicalName} is an elastic table, whose upsert erases`;
  return [
    ...(erased.length > 0 ? [`${upsert} every attribute that is left out (${erased.join(", ")}): ${remedy}`] : []),
    ...(request.nulls === "IGNORE"
      ? [`${upsert} what a null leaves out too: use nulls CLEAR, or set "replaceRow" if that is meant`]
      : []),
  ];
}

export function elasticWarnings(request: PublishRequest, table: Table): readonly string[] {
  const { mode, replaceRow } = request;
  if (!isElastic(table)) {
    return replaceRow
      ? ["replaceRow has no part in a table that is not elastic: an upsert keeps what is left out."]
      : [];
  }
  if (mode === "INSERT" || namesPartition(request, table)) return [];
  return [
    `No input column maps to ${partitionAttribute}: each row is looked for in the partition that its own id names, and nowhere else.`,
  ];
}
