/**
 * One end of a link: the row that is linked, named by its GUID, or by any values that name it. Those are always read and never put
 * into a URL: that `$ref` takes an alternate key is documented nowhere, and two names of one row must make one link.
 */
import type { RecordBatch } from "../../arrow/columns.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Flaw } from "../keys/address.ts";
import { bindBareKey, NULL_PART } from "../keys/address.ts";
import type { Found } from "../keys/found.ts";
import type { SoughtLookup } from "../lookups/lookup-context.ts";
import { lookupKey } from "../lookups/lookup-key.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Side } from "../metadata/intersect.ts";
import type { ColumnRequest } from "../request.ts";
import type { MappingContext } from "../rows/mapping-context.ts";
import type { Bytes } from "../text/bytes.ts";
import { columnCodec, findSources } from "./column-resolution.ts";

/** Writes the GUID of the row in lower case. */
export type WriteEnd = (row: number, out: Bytes) => Flaw | RowFailure | undefined;

export interface LinkEnd {
  /** Of the link: holds the id of this end's row. */
  readonly attribute: Attribute;
  /** Indexes of input columns. */
  readonly sources: readonly number[];
  /** Absent where the input has the GUID. */
  readonly sought?: SoughtLookup;
  readonly bind: (batch: RecordBatch, found: Found) => WriteEnd;
}

/** @returns the end, or what is wrong with it. */
export function linkEnd(side: Side, column: ColumnRequest | undefined, context: MappingContext): LinkEnd | string {
  const attribute = context.table.attributes.get(side.attribute);
  if (column === undefined || attribute === undefined) {
    return `${side.attribute} is one of the two ids of a link, but no input column maps to it`;
  }
  const sources = findSources(column, context.schema);
  if (typeof sources === "string") return sources;
  const idle = (["choice", "file", "onlyOn"] as const).find((option) => column[option] !== undefined);
  if (idle !== undefined) return `${column.target} is an end of a link: leave "${idle}" out`;
  const { lookup } = column;
  if (lookup?.tableFrom !== undefined) return `${column.target} leads to ${side.table} alone: leave "tableFrom" out`;
  if (lookup?.table !== undefined && lookup.table !== side.table) {
    return `${column.target} leads to ${side.table}, not to ${lookup.table}`;
  }
  const target = context.related.get(side.table);
  if (target === undefined) return `the table ${side.table} that ${column.target} leads to is not known`;
  const { by = [] } = lookup ?? {};
  const parts = { attribute, sources };
  if (by.length === 0 || (by.length === 1 && by[0] === target.primaryId)) return endById(column, parts);
  const key = lookupKey({ ...context, ...parts, column }, target);
  if (typeof key === "string") return key;
  const found = { ...key, kind: "business", table: target, by: key.parts.map((part) => part.attribute) } as const;
  const indexes = sources.map(({ index }) => index);
  return {
    attribute,
    sources: indexes,
    sought: { attribute, sources: indexes, targets: [found], tableFrom: undefined },
    bind: (_batch, { references }) => bindFound(attribute, references.get(attribute.logicalName)),
  };
}

interface EndParts {
  readonly attribute: Attribute;
  readonly sources: Exclude<ReturnType<typeof findSources>, string>;
}

function endById({ target }: ColumnRequest, { attribute, sources }: EndParts): LinkEnd | string {
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    return `${target} takes one input column, not ${sources.length}; only a key of several columns takes more`;
  }
  const codec = columnCodec(source.field, attribute, { excess: "REFUSE", naive: undefined });
  if (typeof codec === "string") return codec;
  const part = { attribute, source: source.index, codec };
  return { attribute, sources: [source.index], bind: (batch) => bindBareKey([part], batch) };
}

function bindFound({ logicalName }: Attribute, ids: ReturnType<Found["references"]["get"]>): WriteEnd {
  return (row, out) => {
    const id = ids?.[row];
    if (id === undefined) return { column: logicalName, is: NULL_PART };
    if (typeof id === "object") return id;
    out.ascii(id);
    return undefined;
  };
}
