/**
 * Reads the answer to a `$batch`. Whatever is not beyond doubt is an unknown outcome: a short, doubled or misread part
 * would put one row's success on another. Never searches inside a body whose length is told; work is linear in the bytes.
 */
import type { Guid } from "../../core/guid.ts";
import { guidLength } from "../../core/guid.ts";
import { doubt, HeaderLines, headerBytesMax, readHeaders } from "./header-lines.ts";
import { asGuid } from "./operation.ts";
import { RepeatedPart } from "./repeated-part.ts";

export interface PartReply {
  readonly status: number;
  /** Lower-case names; several values joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** A view into the reply. */
  readonly body: Buffer;
}

/** RFC 2046 5.1.1. */
const boundaryLengthMax = 70;

const parameterPattern = /^\s*([\w-]+)=(?:"([^"\\]*)"|([^\s"(),/:;<=>?@[\\\]]+))\s*$/;
const statusPattern = /^HTTP\/1\.[01] ([2-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n$/;

const noBody: Buffer = Buffer.alloc(0);

/**
 * The parts in the order of the operations.
 * @throws SidecarError `outcome_unknown` unless there are exactly `expected` whole, well-formed parts and nothing else.
 */
export function readBatchReply(contentType: string, body: Buffer, expected: number): readonly Part[] {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const parts: Part[] = [];
  const reader = new PartReader(body, delimiter);
  let at = firstDelimiterEnd(body, delimiter);
  while (!isTerminator(body, at, delimiter)) {
    if (parts.length === expected) throw doubt("it has more parts than operations were sent");
    const part = reader.read(lineEnd(body, at));
    parts.push(part);
    at = part.end + delimiter.length;
  }
  if (parts.length !== expected) throw doubt(`it has ${parts.length} parts for ${expected} operations`);
  return parts;
}

/** Reads each part by what it has in common with the one before: all but an id, its head, or nothing. */
class PartReader {
  readonly #delimiter: Buffer;
  readonly #lines: HeaderLines;
  readonly #repeated: RepeatedPart;
  #head: Head | undefined;

  constructor(body: Buffer, delimiter: Buffer) {
    this.#delimiter = delimiter;
    this.#lines = new HeaderLines(body);
    this.#repeated = new RepeatedPart(this.#lines.words);
  }

  read(start: number): Part {
    const lines = this.#lines;
    const distance = this.#repeated.distance(start);
    if (distance === undefined || this.#head === undefined) return this.#readAnew(start);
    lines.move(distance);
    return new Part(this.#head.status, lines, lines.end);
  }

  #readAnew(start: number): Part {
    const lines = this.#lines;
    const { body } = lines;
    if (this.#head === undefined || !startsAt(body, this.#head.bytes, start)) this.#head = readHead(lines, start);
    const { status, bytes } = this.#head;
    lines.scan(start + bytes.length);
    const end = endOfBody(lines, this.#delimiter);
    const hasContent = end > lines.end;
    if (status === 204 && hasContent) throw doubt("a part without content has content");
    if (hasContent || lines.tellsLength) this.#repeated.forget();
    else this.#repeated.keep(start, end + this.#delimiter.length, lines.values);
    return new Part(status, lines, end);
  }
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

/** The first delimiter, at the beginning of a line: what comes before it means nothing, and must be ignored. */
function firstDelimiterEnd(body: Buffer, delimiter: Buffer): number {
  if (startsAt(body, delimiter.subarray(2), 0)) return delimiter.length - 2;
  const at = body.indexOf(delimiter);
  if (at < 0) throw doubt("its boundary is not in it");
  return at + delimiter.length;
}

/** What comes after the last line means nothing, and must be ignored; more delimiters are two replies in one. */
function isTerminator(body: Buffer, at: number, delimiter: Buffer): boolean {
  if (body[at] !== 0x2d || body[at + 1] !== 0x2d) return false;
  if (at + 2 < body.length) lineEnd(body, at + 2);
  if (body.includes(delimiter, at)) throw doubt("something follows its closing boundary");
  return true;
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
  readonly #words: DataView;
  readonly #headers: number;
  readonly #body: number;
  /** Where its delimiter begins in the reply. */
  readonly end: number;
  readonly #entityIdEnd: number;

  constructor(status: number, lines: HeaderLines, end: number) {
    this.status = status;
    this.#reply = lines.body;
    this.#words = lines.words;
    this.#headers = lines.start;
    this.#body = lines.end;
    this.end = end;
    this.#entityIdEnd = lines.entityIdEnd;
  }

  get headers(): PartReply["headers"] {
    return readHeaders(this.#reply, this.#headers, this.#body);
  }

  get body(): Buffer {
    return this.#body === this.end ? noBody : this.#reply.subarray(this.#body, this.end);
  }

  /** Whether its OData-EntityId ends with this id in brackets, letter for letter. */
  names(id: Guid | undefined): boolean {
    return id !== undefined && this.#endsInBrackets() && id.isAt(this.#words, this.#entityIdEnd - 1 - guidLength);
  }

  /** The GUID in brackets that its OData-EntityId ends with, in lower case. */
  get id(): string | undefined {
    const end = this.#entityIdEnd - 1;
    return this.#endsInBrackets() ? asGuid(this.#reply.toString("latin1", end - guidLength, end)) : undefined;
  }

  /** Whether its OData-EntityId ends with as many characters in brackets as a GUID has. */
  #endsInBrackets(): boolean {
    const close = this.#entityIdEnd - 1;
    const open = close - guidLength - 1;
    return open >= this.#headers && this.#reply[open] === 0x28 && this.#reply[close] === 0x29;
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

/** Where the next line begins; blanks may stand behind a boundary. */
function lineEnd(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09) at++;
  if (body[at] !== 0x0d || body[at + 1] !== 0x0a) throw doubt("a boundary does not end its line");
  return at + 2;
}

/** Byte by byte: for so few, a call into the runtime costs more. */
function startsAt(body: Buffer, bytes: Buffer, at: number): boolean {
  if (at < 0 || at + bytes.length > body.length) return false;
  for (let i = 0; i < bytes.length; i++) if (body[at + i] !== bytes[i]) return false;
  return true;
}
