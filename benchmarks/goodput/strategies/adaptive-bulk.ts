/**
 * As published: ten threads; requests begin with one row and grow towards ten seconds; a throttle takes a thread away for good; a bulk
 * request that fails goes again as a `$batch`, row by row.
 */
import type { Strategy } from "./post.ts";

const threads = 10;
const targetMs = 10_000;
const rowsMost = 1000;

export const adaptiveBulk: Strategy = async (post) => {
  let size = 1;
  let allowed = threads;
  await post.threads(threads, async (thread) => {
    if (thread >= allowed) return await post.clock.sleep(post.cell.seconds * 1000);
    const rows = post.take(size);
    const principal = post.rotate();
    for (;;) {
      await post.whenOpen(principal);
      const { status, elapsedMs } = await post.bulk(principal, rows);
      if (status === 400) await post.obedient(principal, () => post.batch(principal, rows));
      if (status !== 429) {
        size = Math.max(1, Math.min(rowsMost, size * 2, Math.round((rows.length * targetMs) / elapsedMs)));
        return;
      }
      allowed = Math.max(1, allowed - 1);
      if (!post.isOpen) {
        post.givenUp += rows.length;
        return;
      }
    }
  });
};
