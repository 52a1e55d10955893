/** As published: `$batch` requests of 10 by 16 threads, each thread a user of its own as far as there are users; throttles are obeyed. */
import type { Strategy } from "./post.ts";

const rowsPerBatch = 10;
const threads = 16;

export const threadsAndUsers: Strategy = async (post) => {
  await post.threads(threads, async (thread) => {
    const rows = post.take(rowsPerBatch);
    const principal = post.principals[thread % post.principals.length] ?? "";
    const { status } = await post.obedient(principal, () => post.batch(principal, rows));
    if (status === 429) post.givenUp += rows.length;
  });
};
