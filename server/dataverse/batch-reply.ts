/**
 * Reads the answer to a `$batch`. Whatever is not beyond doubt is an unknown outcome: a short, doubled or misread part
 * would put one row's success on another. Never searches inside a body whose length is told; work is linear in the bytes.
 */
import { SidecarError } from "../core/errors.ts";

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
const statusPattern = /^HTTP\/1\.[01] ([2-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const headerPattern = /^([A-Za-z][\w-]*):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * The parts in the order of the operations.
 * @throws SidecarError `outcome_unknown` unless there are exactly `expected` whole, well-formed parts and nothing else.
 */
export function readBatchReply(contentType: string, body: Buffer, expected: number): readonly PartReply[] {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const parts: PartReply[] = [];
  let at = firstDelimiterEnd(body, delimiter);
  while (!isTerminator(body, at)) {
    if (parts.length === expected) throw doubt("it has more parts than operations were sent");
    expectLineEnd(body, at);
    const { part, end } = readPart(body, at + 2, delimiter);
    parts.push(part);
    at = end;
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

function readPart(body: Buffer, start: number, delimiter: Buffer): { part: PartReply; end: number } {
  const outer = headerBlock(body, start);
  const mime = readHeaders(outer.lines);
  if (!/^application\/http\s*(?:;|$)/i.test(mime["content-type"] ?? "")) {
    throw doubt("a part is not application/http");
  }
  const inner = headerBlock(body, outer.end);
  const [, status] = statusPattern.exec(inner.lines[0] ?? "") ?? [];
  if (status === undefined) throw doubt("a part has no status line");
  const headers = readHeaders(inner.lines.slice(1));
  const bodyEnd = endOfBody(body, inner.end, { delimiter, declared: headers["content-length"] });
  const part = { status: Number(status), headers, body: body.subarray(inner.end, bodyEnd) };
  if (part.status === 204 && part.body.length > 0) throw doubt("a part without content has content");
  return { part, end: bodyEnd + delimiter.length };
}

/** Where the body ends, which is where its delimiter begins. A told length must lead to a delimiter. */
function endOfBody(body: Buffer, start: number, by: { delimiter: Buffer; declared: string | undefined }): number {
  if (by.declared !== undefined) {
    const end = /^\d{1,9}$/.test(by.declared) ? start + Number(by.declared) : -1;
    if (!startsAt(body, by.delimiter, end)) throw doubt("a part is not as long as it says");
    return end;
  }
  const end = body.indexOf(by.delimiter, start);
  if (end < 0) throw doubt("its closing boundary is missing");
  return end;
}

function headerBlock(body: Buffer, start: number): { lines: string[]; end: number } {
  const window = body.subarray(start, start + headerBytesMax);
  const length = window.indexOf(blankLine);
  if (length < 0) throw doubt("a block of headers is malformed or too long");
  const lines = window.toString("latin1", 0, length).split("\r\n");
  return { lines, end: start + length + blankLine.length };
}

function readHeaders(lines: readonly string[]): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const line of lines) {
    const [, name = "", value = ""] = headerPattern.exec(line) ?? [];
    if (name === "") throw doubt("a header line is malformed");
    const key = name.toLowerCase();
    const earlier = Object.hasOwn(headers, key) ? headers[key] : undefined;
    headers[key] = earlier === undefined ? value.trimEnd() : `${earlier}, ${value.trimEnd()}`;
  }
  return headers;
}

function expectLineEnd(body: Buffer, at: number): void {
  if (body[at] !== 0x0d || body[at + 1] !== 0x0a) throw doubt("a boundary does not end its line");
}

function startsAt(body: Buffer, bytes: Buffer, at: number): boolean {
  return (
    at >= 0 && at + bytes.length <= body.length && body.compare(bytes, 0, bytes.length, at, at + bytes.length) === 0
  );
}

function doubt(what: string): SidecarError {
  return new SidecarError("outcome_unknown", `The service's reply to a batch cannot be trusted: ${what}.`, {
    remedy: "Its rows are read back before anything is said of them.",
  });
}
