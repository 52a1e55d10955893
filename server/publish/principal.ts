/** An application user of an environment, as publishing sees it: something that sends, and a gate that may be closed. */
import type { Gate } from "../transport/gate.ts";
import type { Resend } from "../transport/retry.ts";

export interface Principal {
  /** For progress and logs: the client id, never a secret. */
  readonly name: string;
  readonly gate: Gate;
  /** With every layer around it: retries, gate, token, deadline. */
  readonly send: Resend;
}
