/** The door of a service: who is answered so has perhaps met no more than that. */
import type { Reply } from "./http.ts";

/** HTTP: Bad Gateway, Service Unavailable, Gateway Timeout. */
const statuses: ReadonlySet<number> = new Set([502, 503, 504]);

/** Whether whoever answers so may be no more than the door of a service that is away. */
export function isNoEntry({ status }: Pick<Reply, "status">): boolean {
  return statuses.has(status);
}
