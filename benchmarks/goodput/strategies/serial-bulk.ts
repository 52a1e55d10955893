/** As published: one bulk request of 1,000 rows after another by one user; a request that fails in any way is the caller's affair. */
import type { Strategy } from "./post.ts";

const rowsPerRequest = 1000;

export const serialBulk: Strategy = async (post) => {
  await post.threads(1, async () => {
    const rows = post.take(rowsPerRequest);
    const [principal = ""] = post.principals;
    const { status } = await post.bulk(principal, rows);
    if (status >= 400) post.givenUp += rows.length;
  });
};
