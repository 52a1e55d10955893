/** Reads a `$batch` body into its parts. Everything is read before anything runs, and a malformed body is refused whole. */
import type { Part } from "../wire/call.ts";
import { codes, EnvelopeError, ServiceError } from "../wire/errors.ts";

/** A top-level operation, or a change set. */
export type BatchItem =
  | { readonly kind: "operation"; readonly part: Part }
  | { readonly kind: "changeSet"; readonly parts: readonly Part[] };

export interface BatchRules {
  readonly operationsMax: number;
  readonly crlf: "strict" | "lenient";
}

/** Throws the service's refusal of a content type or body that is no batch. */
export function readBatch(contentType: string | undefined, body: string, rules: BatchRules): readonly BatchItem[] {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) {
    throw new EnvelopeError(
      400,
      "The batch request must have a 'Content-Type' header with the value 'multipart/mixed' and a boundary parameter.",
    );
  }
  const text = rules.crlf === "lenient" || endsTwice(body) ? body.replace(/\r?\n/g, "\r\n") : body;
  const sections = split(text, boundary);
  const items = sections.map((section) => readItem(section, boundary));
  const operations = items.reduce((sum, item) => sum + (item.kind === "changeSet" ? item.parts.length : 1), 0);
  if (operations > rules.operationsMax) {
    throw new EnvelopeError(
      400,
      `The current batch message contains too many parts. Only batch messages with a maximum number of '${rules.operationsMax}' query operations, including changeset operations, are allowed.`,
    );
  }
  return items;
}

/** The service reads bare line feeds if there is nothing else, and one more of them at the end. */
function endsTwice(body: string): boolean {
  return body.endsWith("--\n\n") && !body.includes("\r");
}

/** The boundary of a `multipart/mixed` content type; undefined if it is another type or has none. */
function boundaryOf(contentType: string | undefined): string | undefined {
  const [, quoted, bare] =
    /^multipart\/mixed\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType ?? "") ?? [];
  return quoted ?? bare;
}

/** What stands between the delimiters, without the line end that belongs to the delimiter. */
function split(text: string, boundary: string): string[] {
  const delimiter = `--${boundary}`;
  let at = text.startsWith(delimiter) ? 0 : text.indexOf(`\r\n${delimiter}`) + 2;
  if (at === 1) {
    throw unreadable();
  }
  const sections: string[] = [];
  for (;;) {
    const start = at + delimiter.length;
    if (text.startsWith("--\r\n", start)) {
      return sections;
    }
    const next = text.indexOf(`\r\n${delimiter}`, start);
    if (!text.startsWith("\r\n", start) || next < 0) {
      throw unreadable();
    }
    sections.push(text.slice(start + 2, next));
    at = next + 2;
  }
}

function readItem(section: string, outer: string): BatchItem {
  const { headers, rest } = readHead(section, outer);
  const boundary = boundaryOf(headers["content-type"]);
  if (boundary === undefined) {
    return { kind: "operation", part: readPart(headers, rest, outer) };
  }
  const parts = split(rest, boundary).map((inner) => {
    const head = readHead(inner, boundary);
    return readPart(head.headers, head.rest, boundary);
  });
  checkChangeSet(parts);
  return { kind: "changeSet", parts };
}

function checkChangeSet(parts: readonly Part[]): void {
  const seen = new Set<string>();
  for (const { method, headers } of parts) {
    if (method === "GET") {
      throw new EnvelopeError(
        400,
        "An invalid HTTP method 'GET' was detected for a request in a change set. Requests in change sets only support the HTTP methods 'POST', 'PUT', 'DELETE', and 'PATCH'.",
      );
    }
    const id = headers["content-id"];
    if (id === undefined) {
      throw new EnvelopeError(400, "A request in a change set has no 'Content-ID' header.");
    }
    if (seen.has(id)) {
      throw new EnvelopeError(
        400,
        `The content ID '${id}' was found more than once in the same change set or same batch request. Content IDs have to be unique across all operations of a change set for OData V4.0.`,
      );
    }
    seen.add(id);
  }
}

// The first and the last blank divide it: clients leave blanks in URLs.
const requestLine = /^([A-Z]+) (\S|\S.*\S) HTTP\/1\.1$/;

function readPart(partHeaders: Readonly<Record<string, string>>, text: string, boundary: string): Part {
  const encoding = partHeaders["content-transfer-encoding"];
  if (!/^application\/http\b/i.test(partHeaders["content-type"] ?? "") || encoding?.toLowerCase() !== "binary") {
    throw new EnvelopeError(
      400,
      "A batch part needs the headers 'Content-Type: application/http' and 'Content-Transfer-Encoding: binary'.",
    );
  }
  const [line = ""] = text.split("\r\n", 1);
  const [, method, url] = requestLine.exec(line) ?? [];
  if (method === undefined || url === undefined) {
    throw unreadable();
  }
  if (/\/?\$batch$/i.test(url)) {
    throw new EnvelopeError(400, "A batch request must not contain another batch request.");
  }
  if (line.length === text.length) {
    throw noHeader(`--${boundary}`);
  }
  const { headers, rest } = readHead(text.slice(line.length + 2), boundary);
  const contentId = partHeaders["content-id"];
  return {
    method,
    url: url.replaceAll(" ", "%20"),
    headers: contentId === undefined ? headers : { ...headers, "content-id": contentId },
    body: rest,
  };
}

/** Header lines up to the empty line, names in lower case. The line end that belongs to the delimiter may be that empty line. */
function readHead(text: string, boundary: string): { headers: Record<string, string>; rest: string } {
  const headers: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf("\r\n", at);
    if (end < 0) {
      throw noHeader(text.includes(":", at) ? `--${boundary}` : text.slice(at, at + 100));
    }
    if (end === at) {
      return { headers, rest: text.slice(end + 2) };
    }
    const line = text.slice(at, end);
    const colon = line.indexOf(":");
    if (colon <= 0 || line.includes("\n")) {
      throw unreadable();
    }
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    at = end + 2;
  }
  return { headers, rest: "" };
}

function noHeader(line: string): EnvelopeError {
  return new EnvelopeError(
    400,
    `The message header '${line}' is invalid. The header value must be of the format '<header name>: <header value>'.`,
  );
}

function unreadable(): ServiceError {
  return new ServiceError(
    400,
    codes.payload,
    "Error identified in Payload provided by the user for Entity :''  ---->  InnerException : System.ArgumentException: Stream was not readable.",
  );
}
