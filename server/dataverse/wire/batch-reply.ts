/**
 * Reads the answer to a `$batch`. Whatever is not beyond doubt is an unknown outcome: a short, doubled or misread part
 * would put one row's success on another. Never searches inside a body whose length is told; work is linear in the bytes.
 */
import { SidecarError } from "../../core/errors.ts";
import { asGuid } from "./operation.ts";

export interface PartReply {
  readonly status: number;
  /** Lower-case names; several values joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** A view into the reply. */
  readonly body: Buffer;
}

/** One block of header lines, bytes: what clients commonly grant a whole reply's headers. */
const headerBytesMax = 32_768;
/** RFC 2046 5.1.1. */
const boundaryLengthMax = 70;

const blankLine = Buffer.from("\r\n\r\n");
const parameterPattern = /^\s*([\w-]+)=(?:"([^"\\]*)"|([^\s"(),/:;<=>?@[\\\]]+))\s*$/;
const statusPattern = /^HTTP\/1\.[01] ([2-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n$/;

/** In lower case; setting bit 5 leaves the hyphen as it is. */
const contentLength = Buffer.from("content-length");
const entityId = Buffer.from("odata-entityid");
const noBody: Buffer = Buffer.alloc(0);
const guidLength = 36;

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

/**
 * The parts in the order of the operations.
 * @throws SidecarError `outcome_unknown` unless there are exactly `expected` whole, well-formed parts and nothing else.
 */
export function readBatchReply(contentType: string, body: Buffer, expected: number): readonly Part[] {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const parts: Part[] = [];
  const lines = new HeaderLines(body);
  let head: Head | undefined;
  let at = firstDelimiterEnd(body, delimiter);
  while (!isTerminator(body, at)) {
    if (parts.length === expected) throw doubt("it has more parts than operations were sent");
    expectLineEnd(body, at);
    // Most parts begin like the one before.
    if (head === undefined || !startsAt(body, head.bytes, at + 2)) head = readHead(lines, at + 2);
    lines.scan(at + 2 + head.bytes.length);
    const end = endOfBody(lines, delimiter);
    if (head.status === 204 && end > lines.end) throw doubt("a part without content has content");
    parts.push(new Part(head.status, lines, end));
    at = end + delimiter.length;
  }
  if (parts.length !== expected) throw doubt(`it has ${parts.length} parts for ${expected} operations`);
  return parts;
}

function boundaryOf(contentType: string): string {
  const [mediaType = "", ...parameters] = contentType.split(";");
  if (mediaType.trim().toLowerCase() !== "multipart/mixed") throw doubt("it is not multipart/mixed");
  const found: string[] = [];
  for (const parameter of parameters) {
    const [, name = "", quoted, bare] = parameterPattern.exec(parameter) ?? [];
    if (name === "") throw doubt("its Content-Type is malformed");
    if (name.toLowerCase() === "boundary") found.push(quoted ?? bare ?? "");
  }
  const [boundary = ""] = found;
  if (found.length !== 1 || boundary === "" || boundary.length > boundaryLengthMax) throw doubt("it names no boundary");
  return boundary;
}

/** The first delimiter opens the body, with or without the line end that belongs to it; a preamble is junk. */
function firstDelimiterEnd(body: Buffer, delimiter: Buffer): number {
  if (startsAt(body, delimiter, 0)) return delimiter.length;
  if (startsAt(body, delimiter.subarray(2), 0)) return delimiter.length - 2;
  throw doubt("it does not begin with its boundary");
}

function isTerminator(body: Buffer, at: number): boolean {
  if (body[at] !== 0x2d || body[at + 1] !== 0x2d) return false;
  const rest = body.subarray(at + 2);
  if (rest.length === 0 || rest.equals(blankLine) || rest.equals(blankLine.subarray(2))) return true;
  throw doubt("something follows its closing boundary");
}

/** A part up to the end of its status line. */
interface Head {
  readonly bytes: Buffer;
  readonly status: number;
}

function readHead(mime: HeaderLines, start: number): Head {
  const { body } = mime;
  mime.scan(start);
  if (!/^application\/http\s*(?:;|$)/i.test(readHeaders(body, start, mime.end)["content-type"] ?? "")) {
    throw doubt("a part is not application/http");
  }
  const window = body.subarray(mime.end, mime.end + headerBytesMax);
  const line = window.toString("latin1", 0, window.indexOf("\r\n") + 2);
  const [, status] = statusPattern.exec(line) ?? [];
  if (status === undefined) throw doubt("a part has no status line");
  return { bytes: body.subarray(start, mime.end + line.length), status: Number(status) };
}

/** Text is made of it when it is asked for: of a row that was applied nobody asks. */
export class Part implements PartReply {
  readonly status: number;
  readonly #reply: Buffer;
  readonly #headers: number;
  readonly #body: number;
  readonly #end: number;
  readonly #entityIdEnd: number;

  constructor(status: number, lines: HeaderLines, end: number) {
    this.status = status;
    this.#reply = lines.body;
    this.#headers = lines.start;
    this.#body = lines.end;
    this.#end = end;
    this.#entityIdEnd = lines.entityIdEnd;
  }

  get headers(): PartReply["headers"] {
    return readHeaders(this.#reply, this.#headers, this.#body);
  }

  get body(): Buffer {
    return this.#body === this.#end ? noBody : this.#reply.subarray(this.#body, this.#end);
  }

  /** Whether its OData-EntityId ends with this id in brackets, letter for letter. */
  names(id: string): boolean {
    const reply = this.#reply;
    const start = this.#entityIdEnd - id.length - 1;
    if (start <= this.#headers || reply[start - 1] !== 0x28 || reply[start + id.length] !== 0x29) return false;
    for (let i = 0; i < id.length; i++) if (reply[start + i] !== id.charCodeAt(i)) return false;
    return true;
  }

  /** The GUID in brackets that its OData-EntityId ends with, in lower case. */
  get id(): string | undefined {
    const reply = this.#reply;
    const end = this.#entityIdEnd - 1;
    const start = end - guidLength;
    if (start <= this.#headers || reply[start - 1] !== 0x28 || reply[end] !== 0x29) return undefined;
    return asGuid(reply.toString("latin1", start, end));
  }
}

/** Where the body ends, which is where its delimiter begins. A told length must lead to a delimiter. */
function endOfBody({ body, start, end: from, tellsLength }: HeaderLines, delimiter: Buffer): number {
  const declared = tellsLength ? readHeaders(body, start, from)["content-length"] : undefined;
  if (declared !== undefined) {
    const end = /^\d{1,9}$/.test(declared) ? from + Number(declared) : -1;
    if (!startsAt(body, delimiter, end)) throw doubt("a part is not as long as it says");
    return end;
  }
  if (startsAt(body, delimiter, from)) return from;
  const end = body.indexOf(delimiter, from);
  if (end < 0) throw doubt("its closing boundary is missing");
  return end;
}

/** A block of header lines, each of them checked byte by byte. One for a whole reply: a hundred parts make no hundred of it. */
class HeaderLines {
  readonly body: Buffer;
  start = 0;
  /** After the blank line. */
  end = 0;
  /** There is a Content-Length among them. */
  tellsLength = false;
  /** Where the value of OData-EntityId ends; 0: there is none. */
  entityIdEnd = 0;

  constructor(body: Buffer) {
    this.body = body;
  }

  scan(start: number): void {
    const { body } = this;
    this.start = start;
    this.tellsLength = false;
    this.entityIdEnd = 0;
    let at = start;
    while (body[at] !== 0x0d) {
      const colon = endOfName(body, at);
      const valueEnd = endOfValue(body, colon + 1);
      this.tellsLength ||= isName(body, at, { end: colon, name: contentLength });
      if (isName(body, at, { end: colon, name: entityId })) this.entityIdEnd = valueEnd;
      at = valueEnd + 2;
      if (at - start > headerBytesMax) throw doubt("a block of headers is too long");
    }
    if (body[at + 1] !== 0x0a) throw doubt("a header line is malformed");
    this.end = at + 2;
  }
}

/** @param end after the blank line. */
function readHeaders(body: Buffer, start: number, end: number): Record<string, string | undefined> {
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

function expectLineEnd(body: Buffer, at: number): void {
  if (body[at] !== 0x0d || body[at + 1] !== 0x0a) throw doubt("a boundary does not end its line");
}

/** Byte by byte: for so few, a call into the runtime costs more. */
function startsAt(body: Buffer, bytes: Buffer, at: number): boolean {
  if (at < 0 || at + bytes.length > body.length) return false;
  for (let i = 0; i < bytes.length; i++) if (body[at + i] !== bytes[i]) return false;
  return true;
}

function doubt(what: string): SidecarError {
  return new SidecarError("outcome_unknown", `The service's reply to a batch cannot be trusted: ${what}.`, {
    remedy: "Its rows are read back before anything is said of them.",
  });
}
