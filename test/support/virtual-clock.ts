/**
 * A clock whose time passes only when nothing else is left to do: an hour of waiting takes no time, and one seed always
 * gives the same run. It cannot see sockets: whatever waits for the real world must not be tested with it.
 */
import type { Clock } from "../../server/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

export interface VirtualClockOptions {
  readonly seed?: number;
  /** What `wall` says at the start, milliseconds since 1970. */
  readonly wall?: number;
}

/** Not zero, so that code which takes the clock's zero for "never" is seen to work by luck or not at all. */
const start = 1_000_000;
/** 2026-01-01T00:00:00Z. */
const defaultWall = 1_767_225_600_000;
const defaultMaxMs = 24 * 3_600_000;
/** More timers than that at one instant are a loop that never lets time pass. */
const timersPerInstantMax = 50_000;

/** The generator mulberry32: 32 bits of state, good enough for jitter and choices in tests. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class VirtualClock implements Clock {
  readonly #wall: number;
  /** By time, then by the order in which they were set. */
  readonly #timers: Timer[] = [];
  readonly random: () => number;
  #now = start;
  #sleeping = 0;
  #turning = 0;
  #firedNow = 0;

  constructor(options: VirtualClockOptions = {}) {
    this.#wall = options.wall ?? defaultWall;
    this.random = seededRandom(options.seed ?? 1);
  }

  /** Timers that are set: sleeps that have not ended and ticks that have not been stopped. */
  get pending(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wall + this.#now - start;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const cancel = this.after(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = (): void => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  after(ms: number, act: () => void): () => void {
    let isOver = false;
    const end = (): void => {
      this.#sleeping -= isOver ? 0 : 1;
      isOver = true;
    };
    this.#sleeping += 1;
    const cancel = this.#set(Math.max(0, ms), () => {
      end();
      act();
    });
    return () => {
      cancel();
      end();
    };
  }

  every(ms: number, tick: () => void): () => void {
    // As Node does: a shorter period than a millisecond would stop the time.
    const period = Math.max(1, ms);
    const again = (): void => {
      cancel = this.#set(period, again);
      tick();
    };
    let cancel = this.#set(period, again);
    return () => cancel();
  }

  async turn(): Promise<void> {
    this.#turning += 1;
    await immediate();
    this.#turning -= 1;
  }

  /**
   * Lets time pass until `work` settles, and gives what it came to. Ticks of `every` alone are waited for only up to a
   * `maxMs` that is given, since they would go on for ever.
   * @param options.maxMs virtual milliseconds; a day when absent.
   * @throws Error when nothing is left to wait for, `maxMs` has passed, or timers fire without end at one instant; what
   *   `work` rejects with.
   */
  async run<T>(work: Promise<T>, options: { readonly maxMs?: number } = {}): Promise<T> {
    const until = this.#now + (options.maxMs ?? defaultMaxMs);
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    work.then(settle, settle);
    for (;;) {
      await this.#quiet();
      if (settled) return await work;
      if (this.#sleeping === 0 && (this.#timers.length === 0 || options.maxMs === undefined)) {
        throw new Error(`Nothing is left to wait for at ${this.#elapsed()}: the work would never settle.`);
      }
      this.#jump(until);
    }
  }

  #jump(until: number): void {
    const [next] = this.#timers;
    if (next === undefined || next.at > until) {
      this.#now = until;
      throw new Error(`The work has not settled at ${this.#elapsed()}, when it should have.`);
    }
    this.#timers.shift();
    this.#firedNow = next.at === this.#now ? this.#firedNow + 1 : 0;
    if (this.#firedNow > timersPerInstantMax) throw new Error(`Time stands still at ${this.#elapsed()}.`);
    this.#now = next.at;
    next.fire();
  }

  #elapsed(): string {
    return `${this.#now - start} ms of virtual time`;
  }

  /** Until promises, next ticks, immediates and turns have all had their say. */
  async #quiet(): Promise<void> {
    do {
      await immediate();
      await immediate();
    } while (this.#turning > 0);
  }

  #set(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + ms, fire };
    const after = this.#timers.findLastIndex(({ at }) => at <= timer.at);
    this.#timers.splice(after + 1, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at !== -1) this.#timers.splice(at, 1);
    };
  }
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
