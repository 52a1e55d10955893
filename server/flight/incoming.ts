/**
 * The client's messages, one at a time and only when asked for. Not `for await`: leaving such a loop destroys the call, and what is
 * written after the client's half-close (all results and the status) would never be sent.
 */
import type { Readable } from "node:stream";
import type { Clock } from "../core/clock.ts";

/** Of the library's decoder. */
const betweenMessages = 0;

/**
 * Lets the call make no message that nobody asked for, instead of 16. The field is private; a test counts what is read ahead.
 * @throws TypeError if the field is not where it was.
 */
function readNothingAhead(call: Readable): void {
  const state: unknown = Reflect.get(call, "_readableState");
  if (typeof state !== "object" || state === null) throw new TypeError("A readable stream has no _readableState.");
  Reflect.set(state, "highWaterMark", 0);
}

/**
 * The library's decoder names the pieces of the last message until the next one begins, which takes as much memory again. Between
 * messages it does not need them; its fields are private, and a test asks whether they are still there.
 */
function forgetPieces(call: Readable): void {
  const inner: unknown = Reflect.get(call, "call");
  const decoder: unknown = typeof inner === "object" && inner !== null ? Reflect.get(inner, "decoder") : undefined;
  if (typeof decoder !== "object" || decoder === null || Reflect.get(decoder, "readState") !== betweenMessages) return;
  Reflect.set(decoder, "readPartialMessage", []);
}

export class Incoming {
  readonly #call: Readable;
  readonly #clock: Clock;
  #waiting: ((message: Buffer | undefined) => void) | undefined;
  #waitingSince = 0;
  #over = false;

  constructor(call: Readable, clock: Clock) {
    this.#call = call;
    this.#clock = clock;
    readNothingAhead(call);
    call.on("readable", this.#serve);
    call.on("end", () => {
      this.#over = true;
      this.#serve();
    });
  }

  /** The next message; undefined after the half-close. Never settles if the client vanishes: whoever waits watches for that. */
  next(): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#waitingSince = this.#clock.now();
      this.#serve();
    });
  }

  /** For how long the client has kept us waiting, milliseconds. */
  idleMs(): number {
    return this.#waiting === undefined ? 0 : this.#clock.now() - this.#waitingSince;
  }

  /** Throws away what is left, so that a client that writes before it reads comes to read its status. */
  discard(): void {
    this.#waiting = undefined;
    this.#call.off("readable", this.#serve);
    this.#call.resume();
  }

  readonly #serve = (): void => {
    if (this.#waiting === undefined) return;
    const message: unknown = this.#over ? undefined : this.#call.read();
    if (message === null) return;
    const resolve = this.#waiting;
    this.#waiting = undefined;
    forgetPieces(this.#call);
    resolve(Buffer.isBuffer(message) ? message : undefined);
  };
}
