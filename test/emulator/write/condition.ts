/** If-Match and If-None-Match of a write. */
import type { Part } from "../wire/call.ts";

export interface Condition {
  /** `*`, an ETag, or undefined. */
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** The literal text `null`, which clients send out of habit, is no condition. */
export function conditionOf({ headers }: Part): Condition {
  return { ifMatch: given(headers["if-match"]), ifNoneMatch: given(headers["if-none-match"]) };
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value === "null" || value.trim() === "" ? undefined : value.trim();
}
