/** The time in which a stream opens: while its client stays, and no longer than a row may go without being settled. */
import type { Clock } from "../core/clock.ts";
import { SidecarError } from "../core/errors.ts";

export interface OpeningOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The client is gone. */
  readonly gone: AbortSignal | undefined;
}

export class Opening {
  readonly #over = new AbortController();
  readonly #gone: AbortSignal | undefined;
  readonly #leave = (): void => this.end(this.#gone?.reason);

  constructor({ clock, timeoutMs, gone }: OpeningOptions) {
    this.#gone = gone;
    gone?.addEventListener("abort", this.#leave, { once: true });
    if (gone?.aborted === true) this.#leave();
    clock.sleep(timeoutMs, this.#over.signal).then(
      () => this.end(tooLong(timeoutMs)),
      // It is open, or has ended already.
      () => undefined,
    );
  }

  /** Aborted when nobody waits for it any more. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** The first reason stands; without one it is open. */
  end(reason?: unknown): void {
    this.#gone?.removeEventListener("abort", this.#leave);
    this.#over.abort(reason);
  }
}

function tooLong(ms: number): SidecarError {
  return new SidecarError("overloaded", `Dataverse let nobody in for ${ms / 1000} s: no stream could be opened.`, {
    remedy: "Look at the service's health, then run again under the same run id.",
  });
}
