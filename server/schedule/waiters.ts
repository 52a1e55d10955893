/** Repeated attempts and further requests of turns under way, one of a turn at a time: they wait for a berth, and go before new turns. */
import type { Berth } from "./desk.ts";
import type { Order } from "./wire-lane.ts";

interface Waiter {
  readonly order: Order;
  readonly grant: (berth: Berth) => void;
}

export class Waiters {
  /** As many as there are turns under way. */
  readonly #waiting = new Set<Waiter>();

  /** Turns that have nothing to send as yet, for they wait for memory or for another one's answer. */
  #resting = 0;

  get size(): number {
    return this.#waiting.size;
  }

  get resting(): number {
    return this.#resting;
  }

  /** Lanes that nothing travels on, though their turns have begun. */
  get idle(): number {
    return this.#waiting.size + this.#resting;
  }

  /** So many more turns rest. */
  rested(turns: 1 | -1): void {
    this.#resting += turns;
  }

  /** Resolves with what `serve` books for it. @param begun it waits. @throws the signal's reason. */
  async wait(order: Order, signal: AbortSignal, begun: () => void): Promise<Berth> {
    const { promise, resolve, reject } = Promise.withResolvers<Berth>();
    const waiter = { order, grant: resolve };
    const leave = (): void => {
      // At once: a berth that is granted to nobody would be booked for ever.
      this.#waiting.delete(waiter);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.add(waiter);
    begun();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#waiting.delete(waiter);
    }
  }

  /**
   * Books for those that wait, the first of them first, until nobody could be served: one waits for one principal alone, the next for any.
   * @returns whether there is room left.
   */
  serve(book: (order: Order) => Berth | undefined, isOver: () => boolean): boolean {
    this.#serve(book, isOver);
    if (isOver()) return false;
    if (this.#waiting.size === 0) return true;
    // A gate may have opened between the two looks: nothing would wake whoever waits for it.
    this.#serve(book, isOver);
    return !isOver();
  }

  #serve(book: (order: Order) => Berth | undefined, isOver: () => boolean): void {
    for (const waiter of this.#waiting) {
      const berth = book(waiter.order);
      if (berth !== undefined) {
        this.#waiting.delete(waiter);
        waiter.grant(berth);
      } else if (isOver()) return;
    }
  }
}
