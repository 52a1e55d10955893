/**
 * The pooled connections to one origin. HTTP/1.1 with whole bodies; no redirect is followed and no cookie is kept: a
 * redirect would carry the bearer token elsewhere, an affinity cookie would pin all requests to one web server.
 */
import { Pool } from "undici";
import { SidecarError } from "../core/errors.ts";
import type { TrustedRoots } from "../core/trust.ts";
import { Exchange } from "./exchange.ts";
import type { Peer } from "./failures.ts";
import type { Request, Send } from "./http.ts";
import { assertMayLeave } from "./http.ts";

const connectTimeoutMs = 10_000;
/** Well under the idle limits of load balancers (240 s): a stale connection costs an unknown outcome. */
const keepAliveMs = 30_000;
/** TLS makes a copy of all that it is handed at once, in memory that Node does not count. */
const pieceBytes = 128 * 1024;
/** So few that a connection does not wait for them to leave: undici closes one whose answer comes before it knows that the body is over. */
const lastPieceBytes = 8 * 1024;
const none = new Uint8Array(0);
const replyHeaderBytesMax = 32 * 1024;
const replyBodyBytesMax = 16 * 1024 * 1024;

export interface PoolOptions {
  /** Scheme, host and port, e.g. `https://contoso.crm.dynamics.com`. */
  readonly origin: string;
  /** Begins and ends with a slash, e.g. `/api/data/v9.2/`. */
  readonly servicePath: string;
  /** Roots in place of the system's. */
  readonly trust?: TrustedRoots;
  /** The key of the config that names the origin, for messages; `url` if not given. */
  readonly setting?: Peer["setting"];
  /** At least the number of requests in flight, so that none queues in here. */
  readonly connectionsMax: number;
  /** Bytes; 16 MiB if not given. */
  readonly replyBytesMax?: number;
}

export interface ConnectionPool {
  readonly send: Send;
  /** Ends all connections now. Of one that is still busy nobody waits for the reply: it could take as long as an attempt may. */
  close(): Promise<void>;
}

/** @throws SidecarError `internal` for an origin that is more than scheme, host and port. */
export function createPool(options: PoolOptions): ConnectionPool {
  const { origin, servicePath, trust, setting = "url" } = options;
  if (new URL(origin).origin !== origin) throw new SidecarError("internal", `${origin} is not an origin.`);
  const peer = { host: new URL(origin).host, setting };
  // TLS copies what it is handed. In the clear, a body that is answered before it was read would have to outlive its reply, and is freed.
  const isCopied = !origin.startsWith("https:");
  const pool = new Pool(origin, {
    connections: options.connectionsMax,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    maxHeaderSize: replyHeaderBytesMax,
    maxResponseSize: options.replyBytesMax ?? replyBodyBytesMax,
    // The deadline layer's one limit for the whole attempt stands in their place.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs, ...(trust === undefined ? {} : { secureContext: trust }) },
  });
  return {
    async send(request, trip) {
      assertMayLeave(trip);
      const path = servicePath + checkedPath(request);
      const body = request.body ?? none;
      const length = body.length > pieceBytes ? { "content-length": String(body.length) } : {};
      const headers = { "accept-encoding": "identity", ...request.headers, ...length };
      const exchange = new Exchange(trip, peer);
      pool.dispatch(
        { method: request.method, path, headers, body: inPieces(isCopied ? Buffer.from(body) : body) },
        exchange,
      );
      return await exchange.reply;
    },
    close: () => pool.destroy(),
  };
}

/** Nothing is read ahead: a piece is taken when the one before has left. */
function inPieces(body: Uint8Array): Uint8Array | null {
  if (body.length === 0) return null;
  // An iterable is taken as any other body, and only the types say nothing of it.
  return body.length > pieceBytes ? (piecesOf(body) as unknown as Uint8Array) : body;
}

function* piecesOf(body: Uint8Array): Generator<Uint8Array> {
  const last = body.length - lastPieceBytes;
  for (let at = 0; at < last; at += pieceBytes) yield body.subarray(at, Math.min(at + pieceBytes, last));
  yield body.subarray(last);
}

/** Visible ASCII that no server reads as a delimiter of its own; everything else must be percent-encoded. */
const pathPattern = /^[!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z{|}~]*$/;
const dotSegment = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

function checkedPath({ path, headers }: Request): string {
  const [folders = ""] = path.split("?", 1);
  if (path.startsWith("/") || !pathPattern.test(path) || dotSegment.test(folders)) {
    throw new SidecarError("internal", "A request's path would leave the service root or is not encoded.");
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw new SidecarError("internal", `The header ${name} is not visible ASCII.`);
  }
  return path;
}
