/**
 * What the client has not read yet. Its bound is wide, because a client that writes all before it reads must come to its reading;
 * beyond it somebody waits, and how long is watched.
 */
import type { Clock } from "../core/clock.ts";
import type { Permits } from "../publish/memory/permits.ts";

// Failed rows of a client that writes all and then reads: about 60,000 of 500 bytes.
export const unreadBytesMax = 32 * 1024 * 1024;
// What a queued message takes beside its bytes, about.
const messageOverheadBytes = 256;

export interface Outlet {
  /** `taken` is called when the message has left for the network, or cannot. */
  write(message: Buffer, taken: () => void): unknown;
}

export interface OutgoingParts {
  readonly clock: Clock;
  /** Of the process: the more is unread, the less is let in. */
  readonly permits: Permits;
}

export class Outgoing {
  readonly #outlet: Outlet;
  readonly #clock: Clock;
  readonly #permits: Permits;
  #queue: Buffer[] = [];
  #bytes = 0;
  #writing = false;
  #over = false;
  #waiting: { readonly below: number; readonly resolve: () => void }[] = [];
  #waitingSince = 0;

  constructor(outlet: Outlet, { clock, permits }: OutgoingParts) {
    this.#outlet = outlet;
    this.#clock = clock;
    this.#permits = permits;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  /** Resolves as soon as what is unread is within its bound: whoever has much to send asks before. */
  room(): Promise<void> {
    return this.#until(unreadBytesMax);
  }

  /** Nothing any more once the call is over: one that is written to after its end is destroyed, and its status never comes. */
  send(message: Buffer): void {
    if (this.#over) return;
    this.#queue.push(message);
    this.#bytes += message.length + messageOverheadBytes;
    this.#permits.seize(message.length + messageOverheadBytes, this);
    this.#pump();
  }

  /** Resolves when nothing is left to write. */
  flush(): Promise<void> {
    return this.#until(0);
  }

  /** For how long somebody has waited without the client reading anything, milliseconds. */
  stalledMs(): number {
    return this.#waiting.length === 0 ? 0 : this.#clock.now() - this.#waitingSince;
  }

  /** The call is over: what has not been written is forgotten, so that a status can follow at once, and its memory is others'. */
  forget(): void {
    this.#over = true;
    this.#queue = [];
    this.#permits.give(this.#permits.heldBy(this), this);
  }

  #until(below: number): Promise<void> {
    if (this.#bytes <= below) return Promise.resolve();
    if (this.#waiting.length === 0) this.#waitingSince = this.#clock.now();
    return new Promise((resolve) => {
      this.#waiting.push({ below, resolve });
    });
  }

  /** One message at a time: those behind it can still be dropped. */
  #pump(): void {
    if (this.#writing) return;
    const message = this.#queue.shift();
    if (message === undefined) return;
    this.#writing = true;
    this.#outlet.write(message, () => {
      this.#writing = false;
      this.#bytes -= message.length + messageOverheadBytes;
      this.#permits.give(message.length + messageOverheadBytes, this);
      this.#taken();
      this.#pump();
    });
  }

  #taken(): void {
    this.#waitingSince = this.#clock.now();
    const ready = this.#waiting.filter(({ below }) => this.#bytes <= below);
    this.#waiting = this.#waiting.filter(({ below }) => this.#bytes > below);
    for (const { resolve } of ready) resolve();
  }
}
