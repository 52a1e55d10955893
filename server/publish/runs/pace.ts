/**
 * How fast a stream's rows settle, how long the rest will take, and for how long nothing has happened: looked at once a second. The time
 * left is said by what rows cost and by what the service's windows let through, never by the speed of a burst or of a pause alone.
 */
import type { Clock } from "../../core/clock.ts";
import type { Scheduler } from "../../schedule/scheduler.ts";
import type { PaceFigures } from "../publication.ts";

/** Between two looks. */
export const lookMs = 1000;
/** Looks over which rates are taken: a minute, pauses included. */
const looksMax = 60;
/** The first answers say little: requests and lanes still grow. */
const looksLeast = 10;
/** What a row costs is taken over some minutes: one request in some hundreds takes ten times as long. */
const kept = 0.997;

export interface PaceOptions {
  readonly clock: Clock;
  readonly scheduler: Pick<Scheduler, "executedSeconds" | "heldSeconds" | "forecastMs">;
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
  /** For all streams of the environment, seconds. */
  readonly executed: number;
  /** Throttles or full windows held work back, seconds. */
  readonly held: number;
}

export class Pace {
  readonly #options: PaceOptions;
  readonly #beganAt: number;
  /** The oldest first. */
  readonly #looks: Look[] = [];
  #idleMs = 0;
  /** Rows of this stream, and what the environment executed meanwhile, for others too: each look makes earlier ones count less. */
  #rows = 0;
  #executed = 0;
  /** That a second of execution took when work was last let in for most of the time, milliseconds: an outage or a Retry-After is no speed. */
  #freeMs = 0;

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
    const { executed, seconds, held } = this.#since(this.#steady, settled);
    if (executed > 0 && held < seconds / 2) this.#freeMs = ((seconds - held) * 1000) / executed;
  }

  /** @param settled rows by now. @param waitMs for which it is known that nothing may be sent. */
  figures(settled: number, waitMs = 0): PaceFigures {
    const { rows, seconds } = this.#since(this.#looks[0], settled);
    const rowsPerSecond = seconds > 0 ? rows / seconds : 0;
    const etaMs = this.#etaMs(settled, waitMs);
    return Number.isFinite(etaMs) ? { rowsPerSecond, etaMs } : { rowsPerSecond };
  }

  /** Rows a second since the stream began. */
  overall(settled: number): number {
    const seconds = (this.#options.clock.now() - this.#beganAt) / 1000;
    return seconds > 0 ? settled / seconds : 0;
  }

  /** Infinite while nothing can be said. */
  #etaMs(settled: number, waitMs: number): number {
    const { scheduler, expectedRows = 0 } = this.#options;
    if (expectedRows === 0 || this.#rows === 0 || this.#looks.length <= looksLeast) return Number.POSITIVE_INFINITY;
    const { executed, seconds, held } = this.#since(this.#steady, settled);
    const work = Math.max(0, expectedRows - settled) * (this.#executed / this.#rows);
    if (work === 0) return 0;
    // What was done while something might be sent says how fast that goes; how much may be sent, the windows say.
    const isStuck = executed === 0 && held < seconds / 2;
    if (isStuck) return Number.POSITIVE_INFINITY;
    return Math.round(Math.max(waitMs + work * this.#freeMs, scheduler.forecastMs(work)));
  }

  /** Where the pace of the time left is taken from: a minute, or half of a shorter life, since every stream begins slowly. */
  get #steady(): Look | undefined {
    return this.#looks[this.#looks.length > looksMax ? 0 : this.#looks.length >> 1];
  }

  #since(first: Look | undefined, settled: number): Record<"rows" | "seconds" | "executed" | "held", number> {
    const { clock, scheduler } = this.#options;
    const seconds = (clock.now() - (first?.at ?? 0)) / 1000;
    return {
      rows: settled - (first?.settled ?? 0),
      seconds,
      executed: scheduler.executedSeconds - (first?.executed ?? 0),
      held: scheduler.heldSeconds - (first?.held ?? 0),
    };
  }

  #note(settled: number): void {
    const { clock, scheduler } = this.#options;
    const last = this.#looks.at(-1);
    this.#rows = this.#rows * kept + settled - (last?.settled ?? 0);
    this.#executed = this.#executed * kept + scheduler.executedSeconds - (last?.executed ?? scheduler.executedSeconds);
    this.#looks.push({ at: clock.now(), settled, executed: scheduler.executedSeconds, held: scheduler.heldSeconds });
    if (this.#looks.length > looksMax + 1) this.#looks.shift();
  }
}
