/**
 * As published: upserts in `$batch` requests of 10, ten at once. A throttle is obeyed three times; then the original ends, while this one
 * gives up the request and goes on. Bad rows are skipped, as it can be told to.
 */
import type { Strategy } from "./post.ts";

const rowsPerBatch = 10;
const copies = 10;
const retriesMax = 3;

export const copyActivity: Strategy = async (post) => {
  await post.threads(copies, async () => {
    const rows = post.take(rowsPerBatch);
    const [principal = ""] = post.principals;
    const { status } = await post.obedient(principal, () => post.batch(principal, rows, "PATCH"), retriesMax);
    if (status === 429) post.givenUp += rows.length;
  });
};
