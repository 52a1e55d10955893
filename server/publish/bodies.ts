/**
 * The bodies of requests on their way, in all streams of the process: encoded rows take memory beside the record batches that they
 * come from, and the lanes of many principals together could hold any number of them.
 */
import { Permits } from "./permits.ts";

/** A thousand `$batch` requests of a hundred rows, or a hundred bulk requests of a thousand; of the longest bodies, 16. */
export const bodiesBytesMax = 64 << 20;

export class Bodies {
  readonly #permits: Permits;

  constructor(limit = bodiesBytesMax) {
    this.#permits = new Permits(limit);
  }

  /**
   * Encodes and sends as soon as there is room, which is kept until the request is over.
   * @param bytes of the body, about: nobody knows before it is encoded.
   * @param send undefined when there was nothing to send after all.
   * @param signal aborted when nothing more may be sent: then the wait ends, and `send` is not called.
   */
  within(bytes: number, send: () => Promise<void> | undefined, signal: AbortSignal): Promise<void> | undefined {
    if (this.#permits.tryTake(bytes)) return this.#held(bytes, send);
    return this.#permits.take(bytes, signal).then(
      () => this.#held(bytes, send),
      () => undefined,
    );
  }

  #held(bytes: number, send: () => Promise<void> | undefined): Promise<void> | undefined {
    const sending = send();
    if (sending === undefined) this.#permits.give(bytes);
    return sending?.finally(() => this.#permits.give(bytes));
  }
}
