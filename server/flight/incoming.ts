/**
 * The client's messages, one at a time and only when asked for. Not `for await`: leaving such a loop destroys the call, and what is
 * written after the client's half-close (all results and the status) would never be sent.
 */
import type { Readable } from "node:stream";
import type { Clock } from "../core/clock.ts";
import type { MessageAssembly, Room } from "./assembly.ts";
import { assemble } from "./assembly.ts";

/**
 * Lets the call make no message that nobody asked for, instead of 16. The field is private; a test counts what is read ahead.
 * @throws TypeError if the field is not where it was.
 */
function readNothingAhead(call: Readable): void {
  const state: unknown = Reflect.get(call, "_readableState");
  if (typeof state !== "object" || state === null) throw new TypeError("A readable stream has no _readableState.");
  Reflect.set(state, "highWaterMark", 0);
}

export class Incoming {
  readonly #call: Readable;
  readonly #clock: Clock;
  readonly #assembly: MessageAssembly;
  /** A message has begun to come for which there is no room yet. */
  #held = false;
  #waiting: ((message: Buffer | undefined) => void) | undefined;
  #waitingSince = 0;
  /** Bytes at the last look that found more of them, and when that was. */
  #taken = 0;
  #takenAt: number;
  #over = false;

  /** @param room is asked for before the bytes of a message are read. */
  constructor(call: Readable, clock: Clock, room: Room) {
    this.#call = call;
    this.#clock = clock;
    this.#takenAt = clock.now();
    this.#assembly = assemble(call, (bytes) => this.#until(room(bytes)));
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
    return this.#waiting === undefined || this.#held ? 0 : this.#clock.now() - this.#waitingSince;
  }

  /**
   * For how long a message that has begun did not go on, milliseconds: the room for all of it is kept from others. Counted from the look that
   * finds it so: to be asked again and again.
   */
  brokenOffMs(): number {
    const { taken, isWithin } = this.#assembly;
    const now = this.#clock.now();
    if (taken === this.#taken && isWithin) return now - this.#takenAt;
    this.#taken = taken;
    this.#takenAt = now;
    return 0;
  }

  /** Throws away what is left, so that a client that writes before it reads comes to read its status. */
  discard(): void {
    this.#waiting = undefined;
    this.#call.off("readable", this.#serve);
    this.#assembly.end();
    this.#call.resume();
  }

  /** What the client waits for here is not idleness of its own. */
  #until(granted: Promise<void> | undefined): Promise<void> | undefined {
    this.#held = granted !== undefined;
    return granted?.then(() => {
      this.#held = false;
      this.#waitingSince = this.#clock.now();
    });
  }

  readonly #serve = (): void => {
    if (this.#waiting === undefined) return;
    const message: unknown = this.#over ? undefined : this.#call.read();
    if (message === null) return;
    const resolve = this.#waiting;
    this.#waiting = undefined;
    resolve(Buffer.isBuffer(message) ? message : undefined);
  };
}
