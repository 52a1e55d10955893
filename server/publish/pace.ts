/**
 * How fast a stream's rows settle, how long the rest will take, and for how long nothing has happened: looked at once a second. The time
 * left is said by what rows cost and by what the service's windows let through, never by the speed of a burst or of a pause alone.
 */
import type { Clock } from "../core/clock.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import type { PaceFigures } from "./publication.ts";
import type { Strategy } from "./strategy.ts";

/** Between two looks. */
export const lookMs = 1000;
/** Looks over which rates are taken: a minute, pauses included. */
const looksMax = 60;
/** The first answers say little. */
const looksLeast = 5;

export interface PaceOptions {
  readonly clock: Clock;
  readonly scheduler: Pick<Scheduler, "executedSeconds" | "forecastMs">;
  readonly strategy: Pick<Strategy, "secondsPerRow">;
  /** Rows that the client says there will be; absent = it does not say. */
  readonly expectedRows?: number | undefined;
}

/** What a stream has seen of its rows. */
export interface Seen {
  readonly settled: number;
  readonly unsettled: number;
  /** Nothing may be sent, whoever it were that sent it. */
  readonly isHeld: boolean;
}

interface Look {
  readonly at: number;
  readonly settled: number;
  /** By all streams of the environment. */
  readonly executed: number;
}

export class Pace {
  readonly #options: PaceOptions;
  readonly #beganAt: number;
  /** The oldest first. */
  readonly #looks: Look[] = [];
  #idleMs = 0;
  /** What the environment executes for each second of this stream's rows: other streams, and what rows cost beside their own. */
  #crowd = 1;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#beganAt = options.clock.now();
    this.#note(0);
  }

  /** For how long rows were there to be sent, might be sent, and none settled, milliseconds. */
  get idleMs(): number {
    return this.#idleMs;
  }

  look({ settled, unsettled, isHeld }: Seen): void {
    if (settled !== this.#looks.at(-1)?.settled || unsettled === 0) this.#idleMs = 0;
    // Time in which nothing may be sent neither counts nor begins the count anew: a service that throttles for ever would never end.
    else if (!isHeld) this.#idleMs += lookMs;
    this.#note(settled);
    const { rows, executed } = this.#lately(settled);
    if (rows > 0) this.#crowd = Math.max(1, executed / (rows * this.#options.strategy.secondsPerRow));
  }

  /** @param settled rows by now. */
  figures(settled: number): PaceFigures {
    const { rows, seconds } = this.#lately(settled);
    const rowsPerSecond = seconds > 0 ? rows / seconds : 0;
    const etaMs = this.#etaMs(settled);
    return Number.isFinite(etaMs) ? { rowsPerSecond, etaMs } : { rowsPerSecond };
  }

  /** Rows a second since the stream began. */
  overall(settled: number): number {
    const seconds = (this.#options.clock.now() - this.#beganAt) / 1000;
    return seconds > 0 ? settled / seconds : 0;
  }

  /** Infinite while nothing can be said. */
  #etaMs(settled: number): number {
    const { scheduler, expectedRows = 0, strategy } = this.#options;
    if (expectedRows === 0 || settled === 0 || this.#looks.length <= looksLeast) return Number.POSITIVE_INFINITY;
    const { executed, seconds } = this.#lately(settled);
    const work = Math.max(0, expectedRows - settled) * strategy.secondsPerRow * this.#crowd;
    return work === 0 ? 0 : Math.round(scheduler.forecastMs(work, executed / seconds));
  }

  #lately(settled: number): { readonly rows: number; readonly seconds: number; readonly executed: number } {
    const { clock, scheduler } = this.#options;
    const [first] = this.#looks;
    const seconds = (clock.now() - (first?.at ?? 0)) / 1000;
    return {
      rows: settled - (first?.settled ?? 0),
      seconds,
      executed: scheduler.executedSeconds - (first?.executed ?? 0),
    };
  }

  #note(settled: number): void {
    const { clock, scheduler } = this.#options;
    this.#looks.push({ at: clock.now(), settled, executed: scheduler.executedSeconds });
    if (this.#looks.length > looksMax + 1) this.#looks.shift();
  }
}
