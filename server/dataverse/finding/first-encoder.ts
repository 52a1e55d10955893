/** The encoder of the first operation of each row: by the way in which it goes, and by what names the row. */
import type { BodyField } from "../rows/body-property.ts";
import { namesPartition, partitionFields } from "../rows/elastic.ts";
import type { MappingContext } from "../rows/mapping-context.ts";
import { postEncoder, postsRows } from "../rows/post-half.ts";
import type { RowEncoder, RowPlan } from "../rows/row-encoder.ts";
import { OperationEncoder } from "../rows/row-encoder.ts";
import type { Frame, Way } from "../wire/way.ts";
import { createOnly, frameOf, withKeyInBody, withVersion } from "../wire/way.ts";
import type { Finding, KeyContext } from "./finding.ts";
import { findingEncoder, keyFields } from "./finding.ts";

export interface FirstStep {
  readonly plan: Omit<RowPlan, "frame" | "fields">;
  readonly fields: readonly BodyField[];
  /** The row is created by it, or left to a step that only updates. */
  readonly splits: boolean;
  readonly finding: Finding | undefined;
}

export function firstEncoder(way: Way, context: MappingContext & KeyContext, step: FirstStep): RowEncoder {
  const { request, matchKey, key, columns } = context;
  const { plan: named, fields, splits, finding } = step;
  const own = way === "batch" ? partitionFields(context, key) : [];
  const plan = { ...named, fields: request.mode === "DELETE" ? undefined : [...own, ...fields] };
  if (postsRows(request, columns)) {
    const keys = keyFields(context, key, columns).filter((field) => typeof field !== "string");
    return postEncoder(context, { plan, own: keys, found: foundRows(finding, matchKey) });
  }
  const frame = (keyIsPrimary: boolean): Frame => {
    const whole = frameFor(way, context, keyIsPrimary);
    return splits ? createOnly(whole) : whole;
  };
  const byKey = { ...plan, frame: frame(matchKey.kind === "primary") };
  if (finding === undefined) return new OperationEncoder(byKey);
  return findingEncoder({ byKey, byId: frame(true) }, context);
}

/** Which rows are found by query: none, just those whose key no URL can name, or all. */
export function foundRows(finding: Finding | undefined, { kind }: KeyContext["matchKey"]): "none" | "some" | "all" {
  if (finding === undefined) return "none";
  return kind === "business" ? "all" : "some";
}

function frameFor(way: Way, { request, table }: MappingContext, keyIsPrimary: boolean): Frame {
  const { mode, rowVersion } = request;
  const frame = frameOf(way, mode, table, keyIsPrimary);
  if (way === "batch") return rowVersion === "" ? frame : withVersion(frame, mode);
  return namesPartition(request, table) ? withKeyInBody(frame, mode, table) : frame;
}
