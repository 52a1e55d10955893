/**
 * The first half of an upsert whose rows are created with others inside them, as an activity is with its parties. A PATCH that holds
 * rows is refused as a deep update, even where it would create; so such a row is created by a POST with its key among its values,
 * and one that is there refuses it by that key.
 */

import type { PublishRequest } from "../request.ts";
import { frameOf } from "../wire/way.ts";
import type { BodyField } from "./body-property.ts";
import { FoundRowEncoder } from "./found-row-encoder.ts";
import type { MappingContext, ResolvedColumn } from "./mapping-context.ts";
import type { RowEncoder, RowPlan } from "./row-encoder.ts";
import { OperationEncoder } from "./row-encoder.ts";

/** Whether rows of an UPSERT are created so. */
export function postsRows({ mode }: PublishRequest, columns: readonly ResolvedColumn[]): boolean {
  return mode === "UPSERT" && columns.some(({ attribute }) => attribute.kind === "partylist");
}

export interface PostHalf {
  readonly plan: Omit<RowPlan, "frame">;
  /** The key, as `keyFields` gives it. */
  readonly own: readonly BodyField[];
  /** Whether rows are found by query: all, or just those whose key no URL can name. */
  readonly found: "none" | "some" | "all";
}

export function postEncoder({ table }: MappingContext, { plan, own, found }: PostHalf): RowEncoder {
  const frame = frameOf("batch", "INSERT", table, false);
  const posted = { ...plan, frame, key: [], keyIsPrimary: false, fields: [...own, ...(plan.fields ?? [])] };
  const byKey = new OperationEncoder(posted);
  if (found === "none") return byKey;
  // Under the id that was found or made, whichever: only one that is not there yet is created.
  const byId = (): RowEncoder => new OperationEncoder({ ...posted, mintedProperty: table.primaryId });
  return new FoundRowEncoder({ byKey: found === "all" ? undefined : byKey, existing: byId(), absent: byId() });
}
