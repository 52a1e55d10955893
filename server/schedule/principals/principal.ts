/** An application user of an environment, as scheduling sees it: something that sends. */
import type { Send } from "../../transport/http.ts";

export interface Principal {
  /** For progress and logs: the client id, never a secret. */
  readonly name: string;
  /** One attempt: token, deadline, connection. */
  readonly send: Send;
}
