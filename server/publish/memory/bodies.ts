/**
 * The bodies of requests on their way, in all streams of the process: encoded rows take memory beside the record batches that they
 * come from, and the lanes of many principals together could hold any number of them.
 */
import type { Holder, Permits } from "./permits.ts";

/** What is theirs whatever else is held: by requests alone do record batches leave. */
const shareOfBodies = 1 / 4;

export class Bodies implements Holder {
  readonly #permits: Permits;

  constructor(permits: Permits) {
    this.#permits = permits;
  }

  /** One body always does, since it waits for the service and for nobody here. */
  fits(bytes: number): boolean {
    const { limit, used } = this.#permits;
    const held = this.#permits.heldBy(this);
    return held === 0 || held + bytes <= limit * shareOfBodies || used + bytes <= limit;
  }

  /**
   * Encodes and sends as soon as there is room, which is kept until the request is over.
   * @param bytes of the body and of its connection, about: nobody knows before it is encoded.
   * @param send undefined when there was nothing to send after all.
   * @param signal aborted when nothing more may be sent: then the wait ends, and `send` is not called.
   * @param rest gives up meanwhile what those on their way may need: a lane, which a second attempt or a look after a lost reply takes.
   */
  within(
    bytes: number,
    send: () => Promise<void> | undefined,
    signal: AbortSignal,
    rest: () => void,
  ): Promise<void> | undefined {
    if (this.#permits.tryTake(bytes, this)) return this.#held(bytes, send);
    rest();
    return this.#permits.take(bytes, this, signal).then(
      () => this.#held(bytes, send),
      () => undefined,
    );
  }

  #held(bytes: number, send: () => Promise<void> | undefined): Promise<void> | undefined {
    const sending = send();
    if (sending === undefined) this.#permits.give(bytes, this);
    return sending?.finally(() => this.#permits.give(bytes, this));
  }
}
