/**
 * The turns of one stream: asks for as many as there is work and lanes for, sends a batch in each, and comes back when an operation
 * that waits for a time is due. What is sent is decided by others when a turn has come.
 */
import type { Clock } from "../../core/clock.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Scheduler } from "../../schedule/scheduler.ts";
import type { Seat } from "../../schedule/turns/rota.ts";

export interface TurnsOptions {
  readonly scheduler: Scheduler;
  /** The stream's, among all that send to the environment. */
  readonly seat: Seat;
  readonly clock: Clock;
  /** Aborted when nothing more may be sent. */
  readonly signal: AbortSignal;
  /** Requests that the work at hand would fill. */
  readonly wanted: () => number;
  /** When the next operation that waits for a time is due, in the clock's milliseconds. */
  readonly nextAt: () => number | undefined;
  /** Sends one batch; undefined when there was none to send after all. */
  readonly send: (lane: Lane) => Promise<void> | undefined;
  /** A turn is over. */
  readonly over: () => void;
  /** A defect of our own. */
  readonly fail: (thrown: unknown) => void;
}

export class Turns {
  readonly #options: TurnsOptions;
  /** Asked for and not over. */
  #turns = 0;
  /** Asked for and not come. */
  #asked = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #breath: Promise<void> | undefined;
  readonly #quiet: (() => void)[] = [];

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Asks for turns that are worth having; those that came have their batch, and count no more as asked for. */
  pump(): void {
    const { signal, scheduler, seat, wanted, fail } = this.#options;
    if (signal.aborted) return;
    // A turn may come at once, and then the work is less.
    while (this.#turns < scheduler.widthFor(seat) && this.#asked < wanted()) {
      this.#turns += 1;
      this.#asked += 1;
      this.#turn().catch(fail);
    }
    this.#wakeLater();
  }

  /** Resolves when no turn is asked for or under way. */
  async silence(): Promise<void> {
    if (this.#turns > 0) await new Promise<void>((resolve) => this.#quiet.push(resolve));
  }

  async #turn(): Promise<void> {
    const { scheduler, seat, signal, over } = this.#options;
    let came = false;
    const come = (): void => {
      if (!came) this.#asked -= 1;
      came = true;
    };
    try {
      const work = (lane: Lane): Promise<void> => {
        come();
        return this.#sendNext(lane);
      };
      await scheduler.turn(seat, work, signal);
      over();
    } finally {
      come();
      this.#turns -= 1;
      this.pump();
      if (this.#turns === 0) for (const wake of this.#quiet.splice(0)) wake();
    }
  }

  async #sendNext(lane: Lane): Promise<void> {
    while (this.#breath !== undefined) await this.#breath;
    if (this.#options.signal.aborted) return;
    const sending = this.#options.send(lane);
    await (sending ?? this.#breathe());
  }

  /** Thousands of rows may have been refused or held: other work comes before as many more are looked at. */
  async #breathe(): Promise<void> {
    this.#breath = this.#options.clock.turn();
    await this.#breath;
    this.#breath = undefined;
  }

  #wakeLater(): void {
    const at = this.#options.nextAt();
    const { clock, signal } = this.#options;
    if (at === undefined || at >= this.#wakeAt) return;
    // What is due has its turn asked for, or waits for one to end; without any, it fell due since the turns were counted.
    if (at <= clock.now() && this.#turns > 0) return;
    this.#wakeAt = at;
    // Whole milliseconds: a timer that fires a fraction early would come back here at once, again and again.
    clock.sleep(Math.max(1, Math.ceil(at - clock.now())), signal).then(
      () => {
        // An earlier wake-up has been set since: that one goes on.
        if (this.#wakeAt !== at) return;
        this.#wakeAt = Number.POSITIVE_INFINITY;
        this.pump();
      },
      // The stream has halted: whoever halted it took out what was left.
      () => undefined,
    );
  }
}
