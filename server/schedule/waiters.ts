/** Repeated attempts and further requests of turns under way, one of a turn at a time: they wait for a berth, and go before new turns. */
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

  /** What they wait for beside a place anywhere: one for all that are alike. */
  get wants(): readonly Want[] {
    const wants = [...this.#waiting].map(({ order }) => order.want);
    return [
      ...new Map(wants.map((want) => [[want.needsLittle, want.scope, ...want.spared].join("\n"), want])).values(),
    ];
  }

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

  /** Resolves with what `serve` books for it. @param changed it waits, or has left. @throws the signal's reason. */
  async wait(order: Order, signal: AbortSignal, changed: () => void): Promise<Berth> {
    const { promise, resolve, reject } = Promise.withResolvers<Berth>();
    const waiter = { order, grant: resolve };
    const leave = (): void => {
      // At once: a berth that is granted to nobody would be booked for ever.
      this.#waiting.delete(waiter);
      reject(signal.reason);
      // It may have been the last, for which alone there is an alarm.
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

  /** Books for those that wait, the first of them first, until nobody could be served: one waits for one principal alone, the next for any. */
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
