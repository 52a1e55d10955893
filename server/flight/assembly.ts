/**
 * The messages of a call, put together as they come. The library would keep the pieces of a message until its last has come: 16 KiB each, and
 * so many of them and for so long that a major collection alone would free them. The length of a message is known from its first bytes:
 * room for it is asked for before the rest is read, and what comes is copied into one buffer. Must never begin a message that nobody asked for.
 */
import type { Readable } from "node:stream";

/** Resolves when there is memory for a message of so many bytes; undefined if there is at once. */
export type Room = (bytes: number) => Promise<void> | undefined;

/** What gRPC writes before a message: a flag of compression, and the length. */
const prefixBytes = 5;

/** In place of the library's decoder: what it is handed comes back as messages with their prefix. */
export class MessageAssembly {
  readonly #source: Readable;
  readonly #room: Room;
  readonly #bytesMax: number;
  readonly #prefix = Buffer.alloc(prefixBytes);
  /** Of the prefix. */
  #known = 0;
  #message: Buffer | undefined;
  /** Of the message, its prefix included. */
  #filled = 0;
  #taken = 0;
  #isOver = false;

  /** @param source of the pieces; it stands still while there is no room, and takes back what belongs to a message not asked for. */
  constructor(source: Readable, room: Room, bytesMax: number) {
    this.#source = source;
    this.#room = room;
    this.#bytesMax = bytesMax;
  }

  /**
   * Takes a piece; returns the message that it ends, if any.
   * @throws Error for a message that is longer than allowed; the library answers RESOURCE_EXHAUSTED with its words.
   */
  write(piece: Buffer): Buffer[] {
    if (this.#isOver) return [];
    const rest = this.#readPrefix(piece);
    if (this.#known < prefixBytes) return [];
    if (this.#message === undefined && !this.#begin(rest)) return [];
    return this.#fill(rest);
  }

  /** A message has room, and has not come whole. */
  get isWithin(): boolean {
    return this.#message !== undefined;
  }

  /** Bytes of messages since the beginning. */
  get taken(): number {
    return this.#taken;
  }

  /** Nothing that comes is wanted any more. */
  end(): void {
    this.#isOver = true;
    this.#message = undefined;
    this.#source.resume();
  }

  #readPrefix(piece: Buffer): Buffer {
    const missing = Math.min(prefixBytes - this.#known, piece.length);
    piece.copy(this.#prefix, this.#known, 0, missing);
    this.#known += missing;
    return piece.subarray(missing);
  }

  /** False if it must wait for its room; `rest` comes again then. */
  #begin(rest: Buffer): boolean {
    const bytes = this.#prefix.readUInt32BE(1);
    if (bytes > this.#bytesMax) throw new Error(`Received message larger than max (${bytes} vs ${this.#bytesMax})`);
    const granted = this.#room(bytes);
    if (granted === undefined) {
      this.#allocate(bytes);
      return true;
    }
    this.#putBack(rest);
    const goOn = (): void => {
      if (!this.#isOver) this.#allocate(bytes);
      this.#source.resume();
    };
    granted.then(goOn, goOn);
    return false;
  }

  #allocate(bytes: number): void {
    this.#message = Buffer.allocUnsafeSlow(prefixBytes + bytes);
    this.#filled = this.#prefix.copy(this.#message);
  }

  #fill(rest: Buffer): Buffer[] {
    const message = this.#message;
    if (message === undefined) return [];
    const copied = rest.copy(message, this.#filled);
    this.#filled += copied;
    this.#taken += copied;
    if (this.#filled < message.length) return [];
    this.#known = 0;
    this.#message = undefined;
    // The library stops the source for each message, but only when it has it.
    this.#putBack(rest.subarray(copied));
    return [message];
  }

  #putBack(rest: Buffer): void {
    this.#source.pause();
    if (rest.length > 0) this.#source.unshift(rest);
  }
}

function fieldOf(holder: object, name: string): object {
  const field: unknown = Reflect.get(holder, name);
  if (typeof field !== "object" || field === null) throw new TypeError(`A gRPC call has no ${name} any more.`);
  return field;
}

/**
 * Puts an assembly in the place of the call's decoder. The library offers no way to it, so private fields are used; a test asks whether
 * they are still there.
 * @throws TypeError if the library has changed.
 */
export function assemble(call: Readable, room: Room): MessageAssembly {
  const inner = fieldOf(call, "call");
  const bytesMax: unknown = Reflect.get(fieldOf(inner, "decoder"), "maxReadMessageLength");
  if (typeof bytesMax !== "number") throw new TypeError("A gRPC call does not say how long a message may be any more.");
  const assembly = new MessageAssembly(fieldOf(inner, "stream") as Readable, room, bytesMax);
  Reflect.set(inner, "decoder", assembly);
  return assembly;
}
