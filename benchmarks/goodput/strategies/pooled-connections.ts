/**
 * As published: 50 connections for each user, users in rotation; a throttle is obeyed at once, with a growing and random delay on top,
 * and rows that are throttled again and again are put off and tried anew later. Rows for a request are not published: 100 in a `$batch`.
 */
import type { Post, Strategy } from "./post.ts";

const connectionsPerUser = 50;
const rowsPerBatch = 100;
const immediateMax = 3;
const backoffMs = 1000;
const deferredMs = 60_000;

interface Deferred {
  readonly rows: readonly number[];
  readonly at: number;
}

export const pooledConnections: Strategy = async (post) => {
  const deferred: Deferred[] = [];
  await post.threads(connectionsPerUser * post.principals.length, async () => {
    const [first] = deferred;
    const due = first !== undefined && first.at <= post.clock.now() ? deferred.shift() : undefined;
    const rows = due?.rows ?? post.take(rowsPerBatch);
    const { status } = await immediate(post, rows);
    if (status === 429) deferred.push({ rows, at: post.clock.now() + deferredMs });
  });
  post.givenUp += deferred.reduce((sum, { rows }) => sum + rows.length, 0);
};

async function immediate(post: Post, rows: readonly number[]): Promise<{ readonly status: number }> {
  const principal = post.rotate();
  await post.whenOpen(principal);
  let answer = await post.batch(principal, rows);
  for (let attempt = 0; answer.status === 429 && attempt < immediateMax && post.isOpen; attempt += 1) {
    await post.whenOpen(principal);
    await post.clock.sleep(backoffMs * 2 ** attempt * post.clock.random());
    answer = await post.batch(principal, rows);
  }
  return answer;
}
