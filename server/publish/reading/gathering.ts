/**
 * Holds rows back while more of the input is just coming. A stream that may be a repetition looks at its rows with as many of the
 * later ones in memory as there can be, since a later row of the same key tells why an earlier one does not stand there any more.
 */
import type { Clock } from "../../core/clock.ts";
import type { Preparation } from "../preparing/preparation.ts";
import type { LookUp } from "./look-up.ts";

/** Between record batches of a client that sends as fast as it is read. */
const pauseMs = 50;
/** For a client that never pauses, and sends too little to fill the memory. */
const longestMs = 1000;

export interface GatheringOptions {
  readonly clock: Clock;
  readonly lookUp: Pick<LookUp, "isAsking" | "gathers">;
  readonly preparation: Pick<Preparation, "open">;
}

export class Gathering {
  readonly #options: GatheringOptions;
  #since = 0;
  #until = 0;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** A record batch came. */
  arrived(): void {
    const now = this.#options.clock.now();
    if (now >= this.#until) this.#since = now;
    this.#until = Math.min(now + pauseMs, this.#since + longestMs);
  }

  /** No more will come. */
  end(): void {
    this.#until = 0;
  }

  /** Rows wait for others of the input, or for what is being found out about the first. */
  get holds(): boolean {
    const { lookUp, preparation } = this.#options;
    return lookUp.isAsking || (lookUp.gathers && (preparation.open > 0 || this.#isComing));
  }

  /** When time alone may end the wait, in the clock's milliseconds. */
  get nextAt(): number | undefined {
    return this.#options.lookUp.gathers && this.#isComing ? this.#until : undefined;
  }

  get #isComing(): boolean {
    return this.#until > this.#options.clock.now();
  }
}
