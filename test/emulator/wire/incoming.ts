/** A request from a socket: read whole before anything runs, within bounds that are checked before memory is taken. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { codes, errorBody } from "./errors.ts";
import type { WebReply, WebRequest } from "./http.ts";
import { jsonType } from "./reply.ts";

export interface BodyRules {
  readonly bodyBytesMax: number;
  /** Whether compressed bodies are taken. */
  readonly requestEncoding: "refuse" | "accept";
}

const decoders = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const;

/** The request, or the answer to one that cannot be read. */
export async function readRequest(
  incoming: IncomingMessage,
  rules: BodyRules,
): Promise<{ readonly request: WebRequest } | { readonly refused: WebReply }> {
  const raw = await readBody(incoming, rules.bodyBytesMax);
  if (raw === undefined) {
    return { refused: tooLong };
  }
  const headers = headersOf(incoming);
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  const body = encoding === "identity" ? raw : await decoded(raw, encoding, rules);
  return Buffer.isBuffer(body)
    ? { request: { method: incoming.method ?? "GET", url: incoming.url ?? "/", headers, body } }
    : { refused: body };
}

const tooLong = refuse(413, codes.tooLarge, "The request is too long.");

function refuse(status: number, code: string, message: string): WebReply {
  return { status, headers: { "content-type": jsonType, connection: "close" }, body: errorBody(code, message) };
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) {
      headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
  }
  return headers;
}

/** Undefined if it is too long. */
async function readBody(incoming: IncomingMessage, max: number): Promise<Buffer | undefined> {
  if (Number(incoming.headers["content-length"] ?? 0) > max) {
    return undefined;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > max) {
      return undefined;
    }
    chunks.push(bytes);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

async function decoded(raw: Buffer, encoding: string, rules: BodyRules): Promise<Buffer | WebReply> {
  if (rules.requestEncoding === "refuse" || !(encoding in decoders)) {
    return refuse(415, codes.http, `The content encoding '${encoding}' is not supported.`);
  }
  try {
    return await decoders[encoding as keyof typeof decoders](raw, { maxOutputLength: rules.bodyBytesMax });
  } catch (error) {
    if (error instanceof RangeError) {
      return tooLong;
    }
    if (error instanceof Error && "errno" in error) {
      return refuse(400, codes.payload, `The body is no ${encoding}.`);
    }
    throw error;
  }
}
