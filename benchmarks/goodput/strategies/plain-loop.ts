/**
 * No client's: bulk requests of 1,000 rows on exactly as many lanes as the limits sustain, which the loop is told and no client can know.
 * Throttles are obeyed; a request that is refused is halved until the bad row is alone.
 */
import type { Post, Strategy } from "./post.ts";

const rowsPerRequest = 1000;

export const plainLoop: Strategy = async (post) => {
  await post.threads(post.rightLanes, async (thread) => {
    const principal = post.principals[thread % post.principals.length] ?? "";
    await halving(post, principal, post.take(rowsPerRequest));
  });
};

async function halving(post: Post, principal: string, rows: readonly number[]): Promise<void> {
  const single = rows.length === 1;
  const [row = 0] = rows;
  const { status } = await post.obedient(principal, () =>
    single ? post.single(principal, row) : post.bulk(principal, rows),
  );
  if (status === 429) post.givenUp += rows.length;
  if (status !== 400 || single) return;
  await halving(post, principal, rows.slice(0, rows.length >> 1));
  await halving(post, principal, rows.slice(rows.length >> 1));
}
