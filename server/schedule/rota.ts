/** Whose turn is next: the stream that was served least, in seconds of execution; one that comes or comes back begins with the others. */
import type { QueueAddOptions } from "p-queue";

type Run = () => Promise<unknown>;

/** A stream's place in the rota. */
export interface Seat {
  /** Seconds of execution, with what it was let off when it came. */
  served: number;
  /** Of its next request, about. */
  readonly expected: () => number;
}

export interface TurnOptions extends QueueAddOptions {
  readonly seat: Seat;
}

/** As p-queue wants its queues; as many seats as there are streams. */
export class Rota {
  readonly #waiting = new Map<Seat, Run[]>();
  #size = 0;
  /** What the stream served last had been served. */
  #now = 0;

  get size(): number {
    return this.#size;
  }

  enqueue(run: Run, options?: Partial<TurnOptions>): void {
    const seat = options?.seat;
    if (seat === undefined) throw new TypeError("A turn is asked for by a seat.");
    const runs = this.#waiting.get(seat) ?? [];
    if (runs.length === 0) {
      seat.served = Math.max(seat.served, this.#now);
      this.#waiting.set(seat, runs);
    }
    runs.push(run);
    this.#size += 1;
  }

  dequeue(): Run | undefined {
    let next: Seat | undefined;
    for (const seat of this.#waiting.keys()) if (next === undefined || seat.served < next.served) next = seat;
    if (next === undefined) return undefined;
    const runs = this.#waiting.get(next) ?? [];
    const run = runs.shift();
    if (runs.length === 0) this.#waiting.delete(next);
    this.#size -= 1;
    this.#now = next.served;
    // What it is charged in the end takes the place of what is expected.
    next.served += next.expected();
    return run;
  }

  filter(): Run[] {
    return [...this.#waiting.values()].flat();
  }

  setPriority(): void {
    throw new TypeError("Turns have no priority.");
  }

  /** The run's signal was aborted while it waited. */
  remove(run: Run | string): void {
    for (const [seat, runs] of this.#waiting) {
      const at = runs.findIndex((each) => Object.is(each, run));
      if (at === -1) continue;
      runs.splice(at, 1);
      this.#size -= 1;
      if (runs.length === 0) this.#waiting.delete(seat);
      return;
    }
  }
}
