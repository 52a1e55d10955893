/** Waits for work no longer than a signal allows. */

/**
 * What comes of `work`; it goes on by itself when the wait for it ends early. The listener is taken away afterwards: a race against one lasting
 * promise would keep every loser.
 * @throws the signal's reason as soon as it is aborted.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    // Aborted before, it comes before work that is done.
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
