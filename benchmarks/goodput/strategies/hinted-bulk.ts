/** As published: bulk requests of 100 rows, as many at once for each user as the service hints; ten retries after Retry-After each. */
import type { Strategy } from "./post.ts";

const rowsPerRequest = 100;
const retriesMax = 10;

export const hintedBulk: Strategy = async (post) => {
  await post.threads(post.cell.hint * post.principals.length, async (thread) => {
    const rows = post.take(rowsPerRequest);
    const principal = post.principals[thread % post.principals.length] ?? "";
    const { status } = await post.obedient(principal, () => post.bulk(principal, rows), retriesMax);
    if (status >= 400) post.givenUp += rows.length;
  });
};
