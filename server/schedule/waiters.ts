/** Repeated attempts, and further requests of turns that have begun: each waits for a berth, and all go before new turns. */
import type { Berth } from "./desk.ts";
import type { Want } from "./principals/candidates.ts";
import type { Order } from "./wire-lane.ts";

interface Waiter {
  readonly order: Order;
  readonly grant: (berth: Berth) => void;
}

export class Waiters {
  /** As many as there are turns under way. */
  readonly #waiting = new Set<Waiter>();

  /** The different wants among those that wait. */
  get wants(): readonly Want[] {
    const wants = [...this.#waiting].map(({ order }) => order.want);
    return [
      ...new Map(wants.map((want) => [[want.needsLittle, want.scope, ...want.spared].join("\n"), want])).values(),
    ];
  }

  /** Turns that have nothing to send at the moment: they wait for memory, or for the answer to another one. */
  #resting = 0;

  get size(): number {
    return this.#waiting.size;
  }

  get resting(): number {
    return this.#resting;
  }

  /** Turns that have begun and have no request on the wire. */
  get idle(): number {
    return this.#waiting.size + this.#resting;
  }

  /** A turn begins (1) or ends (-1) to rest. */
  rested(turns: 1 | -1): void {
    this.#resting += turns;
  }

  /** Resolves with what `serve` books for it. @param changed called when it begins to wait, or leaves. @throws the signal's reason. */
  async wait(order: Order, signal: AbortSignal, changed: () => void): Promise<Berth> {
    const { promise, resolve, reject } = Promise.withResolvers<Berth>();
    const waiter = { order, grant: resolve };
    const leave = (): void => {
      // Before anything else: a berth granted to a waiter that has left would stay booked for ever.
      this.#waiting.delete(waiter);
      reject(signal.reason);
      // Perhaps nobody waits any more, and the alarm can be stopped.
      changed();
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.add(waiter);
    changed();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#waiting.delete(waiter);
    }
  }

  /**
   * Books for those that wait, in their order. One that cannot be served does not hold up the next, which may want another principal.
   * @param isOver nobody else could be served either.
   */
  serve(book: (order: Order) => Berth | undefined, isOver: () => boolean): void {
    for (const waiter of this.#waiting) {
      const berth = book(waiter.order);
      if (berth !== undefined) {
        this.#waiting.delete(waiter);
        waiter.grant(berth);
      } else if (isOver()) return;
    }
  }
}
