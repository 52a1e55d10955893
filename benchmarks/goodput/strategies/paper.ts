/** As published: four threads, one row a request, nothing is repeated. */
import type { Strategy } from "./post.ts";

const threads = 4;

export const paper: Strategy = async (post) => {
  await post.threads(threads, async () => {
    const [row = 0] = post.take(1);
    const { status } = await post.single(post.rotate(), row);
    if (status === 429) post.givenUp += 1;
  });
};
