/**
 * Protobuf's wire format, as far as Flight needs it. Bytes are views into the message, because a body of megabytes must not be
 * copied; no declared length is believed before it is compared with the bytes in hand.
 */
import { SidecarError } from "../core/errors.ts";

export interface WireField {
  readonly number: number;
  /** Of a length-delimited field; empty otherwise. */
  readonly bytes: Buffer;
  /** Of a varint field; 0 otherwise. Exact up to 2^53. */
  readonly varint: number;
}

const fieldNumberMax = 2 ** 29 - 1;
const varintBytesMax = 10;
const none = Buffer.alloc(0);

function malformed(what: string): SidecarError {
  return new SidecarError("malformed_arrow", `The bytes are no Flight message: ${what}.`, {
    remedy: "Use an Arrow Flight client library.",
  });
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let i = 0; i < varintBytesMax; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw malformed("it ends within a number");
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw malformed("a number takes more than 10 bytes");
  }

  take(length: number): Buffer {
    const left = this.#bytes.length - this.#at;
    if (length > left) throw malformed(`a field declares ${length} bytes where ${left} are left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/**
 * The fields in the order of the wire. Fixed-width fields, which no Flight message here has, come with neither value.
 * @throws SidecarError malformed_arrow
 */
export function* readFields(message: Buffer): Generator<WireField> {
  const cursor = new Cursor(message);
  while (!cursor.done) {
    const tag = cursor.varint();
    const number = Math.floor(tag / 8);
    if (number < 1 || number > fieldNumberMax) throw malformed(`${number} is no field number`);
    yield readValue(cursor, number, tag % 8);
  }
}

function readValue(cursor: Cursor, number: number, wireType: number): WireField {
  switch (wireType) {
    case 0:
      return { number, bytes: none, varint: cursor.varint() };
    case 1:
      cursor.take(8);
      return { number, bytes: none, varint: 0 };
    case 2:
      return { number, bytes: cursor.take(cursor.varint()), varint: 0 };
    case 5:
      cursor.take(4);
      return { number, bytes: none, varint: 0 };
    default:
      throw malformed(`field ${number} has wire type ${wireType}`);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a `string` field.
 * @throws SidecarError malformed_arrow
 */
export function readText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new SidecarError("malformed_arrow", "A text field of the Flight message is not UTF-8.", {
      remedy: "Use an Arrow Flight client library.",
      cause,
    });
  }
}

/** Collects fields; the bytes are copied once, by `finish`. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];

  /** Absent and empty are the same to proto3: an empty value takes no bytes. */
  bytes(number: number, value: Uint8Array | undefined): this {
    if (value === undefined || value.length === 0) return this;
    return this.#present(number, value);
  }

  text(number: number, value: string): this {
    return this.bytes(number, Buffer.from(value, "utf8"));
  }

  /** For elements of a repeated field and for messages, which are there even when empty. */
  element(number: number, value: Uint8Array): this {
    return this.#present(number, value);
  }

  /** `value` is a whole number from 0 to 2^53. */
  varint(number: number, value: number): this {
    if (value !== 0) this.#parts.push(varint(number * 8), varint(value));
    return this;
  }

  /** An int64 of -1, which the Flight messages use for "unknown". */
  unknownCount(number: number): this {
    this.#parts.push(varint(number * 8), minusOne);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #present(number: number, value: Uint8Array): this {
    this.#parts.push(varint(number * 8 + 2), varint(value.length), value);
    return this;
  }
}

const minusOne = Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
