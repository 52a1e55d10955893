/** The one error class of the server. `code` is closed: whoever adds one, adds it to the README's tables of failures. */

/** Ends or refuses a stream, or stops a run. */
export type StreamCode =
  | "invalid_command"
  | "unauthenticated_caller"
  | "caller_not_allowed"
  | "unknown_environment"
  | "unknown_table"
  | "schema_mismatch"
  | "schema_changed"
  | "malformed_arrow"
  | "limit_exceeded"
  | "credentials_rejected"
  | "principal_forbidden"
  | "overloaded"
  | "draining"
  | "client_stalled"
  | "superseded"
  | "cancelled"
  | "too_many_failed_rows"
  | "progress_timeout"
  | "internal";

/** The reason of one failed row; travels in `_dv_error_code`. */
export type RowCode =
  | "value_not_mappable"
  | "row_too_large"
  | "duplicate_key_in_input"
  | "key_ambiguous"
  | "lookup_missing"
  | "row_missing"
  | "row_changed"
  | "row_forbidden"
  | "logic_rejected"
  | "row_rejected"
  | "partly_applied"
  | "blocked_by_earlier_row"
  | "outcome_unknown"
  | "deadline_passed";

/** What became of one attempt; never leaves the server but as a metric. */
export type AttemptCode =
  | "throttled"
  | "unavailable"
  | "deadlock"
  | "too_large"
  | "too_slow"
  | "token_rejected"
  | "outcome_unknown";

export type ErrorCode = StreamCode | RowCode | AttemptCode;

export interface SidecarErrorOptions {
  /** What the reader can do about it: one sentence, or several. */
  readonly remedy?: string;
  /** Kept for the log, never sent to a peer. */
  readonly cause?: unknown;
  /** Least wait before another try, milliseconds. */
  readonly retryAfterMs?: number;
}

export class SidecarError extends Error {
  override readonly name = "SidecarError";
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: SidecarErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? "";
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The one line a peer sees: `<code>: <sentence> <remedy>`. */
  get line(): string {
    return `${this.code}: ${this.message}${this.remedy === "" ? "" : ` ${this.remedy}`}`;
  }
}

/** Any thrown thing as an error of ours; what is not ours is a fault of the server itself. */
export function asSidecarError(thrown: unknown): SidecarError {
  if (thrown instanceof SidecarError) return thrown;
  return new SidecarError("internal", "The server met a condition it does not know.", {
    remedy: "This is a defect: please report it with the server's log.",
    cause: thrown,
  });
}
