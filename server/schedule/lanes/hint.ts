/** The number of requests at once that the service hints it likes: where to start. */
import type { Reply } from "../../transport/http.ts";

/** More are reached by doubling within seconds. Whoever starts above the knee has nothing to compare with, and spends the windows meanwhile. */
const most = 8;

/** Of a reply; undefined where it hints nothing that can be read. */
export function hintOf({ headers }: Pick<Reply, "headers">): number | undefined {
  const hint = Number(headers["x-ms-dop-hint"]);
  return Number.isInteger(hint) && hint >= 1 ? Math.min(hint, most) : undefined;
}
