/** The header lines of a reply's parts, each block checked byte by byte: nothing of it is believed that was not looked at. */
import { SidecarError } from "../../core/errors.ts";

/** One block of header lines, bytes: what clients commonly grant a whole reply's headers. */
export const headerBytesMax = 32_768;
const blankLine: Buffer = Buffer.from("\r\n\r\n");

/** In lower case; setting bit 5 leaves the hyphen as it is. */
const contentLength = Buffer.from("content-length");
const entityId = Buffer.from("odata-entityid");

/** What a byte may be in a header line: the first of a name, one of a name, one of a value. */
const OPENS_NAME = 1;
const IN_NAME = 2;
const IN_VALUE = 4;
const HEADER_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  // NUL is in none: it stands for what is behind the last byte, too.
  const isText = byte === 0x09 || (byte >= 0x20 && byte !== 0x7f);
  return (
    (/[A-Za-z]/.test(character) ? OPENS_NAME : 0) | (/[\w-]/.test(character) ? IN_NAME : 0) | (isText ? IN_VALUE : 0)
  );
});

/** A block of header lines. One for a whole reply: a hundred parts make no hundred of it. */
export class HeaderLines {
  readonly body: Buffer;
  /** The same memory. */
  readonly words: DataView;
  start = 0;
  /** After the blank line. */
  end = 0;
  /** There is a Content-Length among them. */
  tellsLength = false;
  /** Where the value of OData-EntityId ends; 0: there is none. */
  entityIdEnd = 0;
  /** Where the value of each line begins and ends. */
  readonly values: number[] = [];

  constructor(body: Buffer) {
    this.body = body;
    this.words = new DataView(body.buffer, body.byteOffset, body.byteLength);
  }

  scan(start: number): void {
    const { body } = this;
    this.start = start;
    this.tellsLength = false;
    this.entityIdEnd = 0;
    this.values.length = 0;
    let at = start;
    while (body[at] !== 0x0d) {
      const colon = endOfName(body, at);
      const valueEnd = endOfValue(body, colon + 1);
      this.tellsLength ||= isName(body, at, { end: colon, name: contentLength });
      if (isName(body, at, { end: colon, name: entityId })) this.entityIdEnd = valueEnd;
      this.values.push(colon + 1, valueEnd);
      at = valueEnd + 2;
      if (at - start > headerBytesMax) throw doubt("a block of headers is too long");
    }
    if (body[at + 1] !== 0x0a) throw doubt("a header line is malformed");
    this.end = at + 2;
  }

  /** The same lines stand so many bytes further on. */
  move(distance: number): void {
    this.start += distance;
    this.end += distance;
    if (this.entityIdEnd > 0) this.entityIdEnd += distance;
  }
}

/** @param end after the blank line. */
export function readHeaders(body: Buffer, start: number, end: number): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  const text = body.toString("latin1", start, Math.max(start, end - blankLine.length));
  for (const line of text === "" ? [] : text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const earlier = Object.hasOwn(headers, name) ? headers[name] : undefined;
    headers[name] = earlier === undefined ? value : `${earlier}, ${value}`;
  }
  return headers;
}

/** Whatever its case. */
function isName(body: Buffer, start: number, { end, name }: { readonly end: number; readonly name: Buffer }): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (((body[start + i] ?? 0) | 0x20) !== name[i]) return false;
  return true;
}

function is(byte: number | undefined, kind: number): boolean {
  return ((HEADER_BYTES[byte ?? 0] ?? 0) & kind) !== 0;
}

function endOfName(body: Buffer, start: number): number {
  let at = start;
  if (is(body[at], OPENS_NAME)) while (is(body[at], IN_NAME)) at++;
  if (at === start || body[at] !== 0x3a) throw doubt("a header line is malformed");
  return at;
}

/** Where its line end begins. */
function endOfValue(body: Buffer, start: number): number {
  let at = start;
  while (is(body[at], IN_VALUE)) at++;
  if (body[at] !== 0x0d || body[at + 1] !== 0x0a) throw doubt("a header line is malformed");
  return at;
}

/** @param what completes "… cannot be trusted: …". */
export function doubt(what: string): SidecarError {
  return new SidecarError("outcome_unknown", `The service's reply to a batch cannot be trusted: ${what}.`, {
    remedy: "Its rows are read back before anything is said of them.",
  });
}
