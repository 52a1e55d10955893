/** What one attempt of a request came to. Classification is data: retry, gate and ledger each act on the class. */
import type { AttemptCode } from "./errors.ts";

export type Remedy =
  /** The reply is an answer: read it. */
  | "none"
  /** Nothing was applied; wait for the gate, then send again. */
  | "gate"
  /** Send again after a jittered wait. */
  | "backoff"
  /** Get a new token, send once more. */
  | "reauthorize"
  /** Send in smaller parts. */
  | "split"
  /** The run cannot go on. */
  | "stop";

export interface AttemptClass {
  readonly code: AttemptCode | "answered" | "principal_forbidden" | "row_rejected";
  readonly remedy: Remedy;
  /** The service may have applied some or all of it: whoever sends it again must bear that. */
  readonly uncertain: boolean;
}
