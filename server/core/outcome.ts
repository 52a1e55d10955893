/** What became of a row: exactly one of these, given once. */
import type { RowCode } from "./errors.ts";

export type OutcomeKind = "created" | "updated" | "upserted" | "deleted" | "unchanged" | "failed";

export interface RowFailure {
  readonly code: RowCode;
  /** The attribute at fault, where known. */
  readonly column?: string;
  /** No row values; at most 2 KiB. */
  readonly message: string;
  /** As the service wrote it, e.g. `0x80040237`. */
  readonly serviceCode?: string;
  readonly httpStatus?: number;
  readonly requestId?: string;
  /** A later replay may succeed without changing the row. */
  readonly retryable: boolean;
}

export interface RowOutcome {
  readonly kind: OutcomeKind;
  /** Present exactly when `kind` is failed. */
  readonly failure?: RowFailure;
  /** The primary key in Dataverse, where known. */
  readonly id?: string;
  readonly attempts: number;
  readonly httpStatus?: number;
  readonly requestId?: string;
  /** Milliseconds since 1970. */
  readonly settledAt: number;
}
