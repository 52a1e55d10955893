/** A request and an answer without sockets, so that the core runs as a function. */
import { isUtf8 } from "node:buffer";

export interface WebRequest {
  readonly method: string;
  /** Path and query; an absolute URL is accepted too. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export interface WebReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sent in place of `body`: the content of a file. */
  readonly bytes?: Uint8Array;
  /** Set by a fault: the connection breaks after so many bytes of the body, though the headers promised all of it. */
  readonly cut?: number;
  /** Set by a fault: how the answer leaves, where that is not at once and whole. */
  readonly delivery?: Delivery;
}

export interface Delivery {
  /** Further lines of a header, in this order behind the first. */
  readonly repeated?: Readonly<Record<string, readonly string[]>>;
  /** Of the body. */
  readonly bytesPerSecond?: number;
  /** What goes on until the client leaves. */
  readonly endless?: "headers" | "body";
  /** The body is compressed, whatever the client accepts; `bomb`: with so many bytes more in it. */
  readonly gzip?: { readonly bomb: number };
}

/** The connection is reset instead of an answer. */
export interface Reset {
  readonly reset: true;
}

export type Answer = WebReply | Reset;

export function isReset(answer: Answer): answer is Reset {
  return "reset" in answer;
}

export function bodyText(request: WebRequest): string {
  return typeof request.body === "string" ? request.body : bytesOf(request.body).toString("utf8");
}

/** Whether the body is text at all: a half character must not pass as a replacement character. */
export function isText(request: WebRequest): boolean {
  return typeof request.body === "string" || isUtf8(request.body);
}

/** The content of a file comes as bytes, whatever its type; everything else is JSON. */
export function isUpload({ method, headers }: WebRequest): boolean {
  const type = headers["content-type"];
  return (
    (method === "PATCH" || method === "PUT") && type !== undefined && !/^(application\/json|multipart\/)/i.test(type)
  );
}

export function bodyBytes(request: WebRequest): Uint8Array {
  return typeof request.body === "string" ? Buffer.from(request.body, "utf8") : request.body;
}

function bytesOf(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Path and query without scheme and host. */
export function pathOf(url: string): string {
  if (url.startsWith("/")) {
    return url;
  }
  const host = /^[a-z]+:\/\/[^/?#]*/i.exec(url);
  return host === null ? `/${url}` : url.slice(host[0].length) || "/";
}

export function jsonReply(status: number, value: unknown, headers: Record<string, string> = {}): WebReply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

/** The preferences of a `Prefer` header, names in lower case; a preference without value has the value "". */
export function preferences(prefer: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const form = /([^=,;\s]+)(?:\s*=\s*(?:"([^"]*)"|([^",;]*)))?/g;
  for (const [, name = "", quoted, bare = ""] of (prefer ?? "").matchAll(form)) {
    found.set(name.toLowerCase(), (quoted ?? bare).trim());
  }
  return found;
}
