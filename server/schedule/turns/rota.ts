/** Whose turn is next: the stream that was served least, in seconds of execution; one that comes or comes back begins with the others. */
import type { QueueAddOptions } from "p-queue";

type Run = () => Promise<unknown>;

interface Turn {
  readonly run: Run;
  /** Given by p-queue. */
  readonly id: string | undefined;
}

/** A stream's place in the rota. */
export interface Seat {
  /** Seconds of execution, with what it was let off when it came. */
  served: number;
  /** Of its next request, about. */
  readonly expected: () => number;
  /** The table and mode that it sends for: whoever lacks the right is not asked. */
  readonly scope?: string;
}

export interface TurnOptions extends QueueAddOptions {
  readonly seat: Seat;
}

/** As p-queue wants its queues; as many seats as there are streams. */
export class Rota {
  readonly #waiting = new Map<Seat, Turn[]>();
  #size = 0;
  /** Where a stream that comes begins: at what the one served last had been served, or later. */
  #now = 0;

  get size(): number {
    return this.#size;
  }

  enqueue(run: Run, options?: Partial<TurnOptions>): void {
    const seat = options?.seat;
    if (seat === undefined) throw new TypeError("A turn is asked for by a seat.");
    const turns = this.#waiting.get(seat) ?? [];
    if (turns.length === 0) {
      seat.served = Math.max(seat.served, this.#now);
      this.#waiting.set(seat, turns);
    }
    turns.push({ run, id: options?.id });
    this.#size += 1;
  }

  dequeue(): Run | undefined {
    let next: Seat | undefined;
    for (const seat of this.#waiting.keys()) if (next === undefined || seat.served < next.served) next = seat;
    if (next === undefined) return undefined;
    const turns = this.#waiting.get(next) ?? [];
    const turn = turns.shift();
    const share = next.expected() / (this.#waiting.size + 1);
    if (turns.length === 0) this.#waiting.delete(next);
    this.#size -= 1;
    this.#now = Math.max(next.served, this.#later(share));
    // What it is charged in the end takes the place of what is expected.
    next.served += next.expected();
    return turn?.run;
  }

  /**
   * The place where new streams begin, moved on by one stream's part of what is served: if it stood still, streams that come without end would
   * all begin there, and one that waits behind it would have no turn any more. Never past all that wait: what is expected may be too much.
   */
  #later(share: number): number {
    let last = this.#now;
    for (const { served } of this.#waiting.keys()) last = Math.max(last, served);
    return Math.min(last, this.#now + share);
  }

  filter(): Run[] {
    return [...this.#waiting.values()].flat().map(({ run }) => run);
  }

  setPriority(): void {
    throw new TypeError("Turns have no priority.");
  }

  /** Its signal was aborted while it waited. p-queue names it by its id. */
  remove(withdrawn: Run | string): void {
    for (const [seat, turns] of this.#waiting) {
      const at = turns.findIndex(({ id, run }) => id === withdrawn || run === withdrawn);
      if (at === -1) continue;
      turns.splice(at, 1);
      this.#size -= 1;
      if (turns.length === 0) this.#waiting.delete(seat);
      return;
    }
  }
}
