/** Puts an answer on the socket: compressed where the client asks, and broken, slowed or never ended where a fault says so. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { constants, createGzip, deflate, gzip } from "node:zlib";
import type { Clock } from "../core/clock.ts";
import type { Answer, Delivery, WebReply } from "./http.ts";
import { isReset } from "./http.ts";

/** Below it the headers outweigh what compression saves. */
const compressedFromBytes = 1024;
const level = constants.Z_BEST_SPEED;
const encoders = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;

/** Between two writes of a slow answer. */
const beatMs = 50;
/** Of an endless answer, unless the fault says otherwise. */
const endlessBytesPerSecond = 65_536;
/** A write of more would only fill the socket's buffer. */
const writeBytesMax = 1024 * 1024;
/** No client waits longer for one answer; whoever does is let go. */
const endlessMsMax = 600_000;

export interface Line {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly clock: Clock;
  /** Breaks the connection without a farewell. */
  readonly reset: () => void;
}

export async function deliver(answer: Answer, line: Line): Promise<void> {
  if (isReset(answer)) {
    line.reset();
    return;
  }
  const plain = Buffer.from(answer.bytes ?? answer.body);
  const { delivery } = answer;
  if (delivery?.endless === "headers") {
    await endlessHeaders(answer, line);
  } else if (delivery?.endless === "body") {
    await endlessBody(answer, plain, line);
  } else if (delivery?.gzip !== undefined) {
    await unfolding(answer, { plain, bomb: delivery.gzip.bomb }, line);
  } else if (answer.cut !== undefined) {
    cut(answer, { plain, at: answer.cut }, line);
  } else if (delivery?.bytesPerSecond !== undefined) {
    line.outgoing.writeHead(answer.status, headersOf(answer, plain.length));
    await drip(plain, delivery.bytesPerSecond, line);
    line.outgoing.end();
  } else {
    await whole(answer, plain, line);
  }
}

async function whole(answer: WebReply, plain: Buffer, { incoming, outgoing }: Line): Promise<void> {
  const encoding = plain.length < compressedFromBytes ? undefined : accepted(incoming.headers["accept-encoding"]);
  const body = encoding === undefined ? plain : await encoders[encoding](plain, { level });
  const headers = headersOf(answer, body.length);
  outgoing.writeHead(answer.status, encoding === undefined ? headers : { ...headers, "content-encoding": encoding });
  outgoing.end(body);
}

/** Header names as the core has them; `length` undefined leaves the body's end to the chunks. */
function headersOf({ status, headers, delivery }: WebReply, length: number | undefined): OutgoingHttpHeaders {
  const all: OutgoingHttpHeaders = { ...headers };
  for (const [name, more] of Object.entries(delivery?.repeated ?? {})) {
    all[name] = [...(headers[name] === undefined ? [] : [headers[name]]), ...more];
  }
  // A 204 has no length.
  return status === 204 || length === undefined ? all : { ...all, "content-length": length };
}

function cut(answer: WebReply, { plain, at }: { readonly plain: Buffer; readonly at: number }, line: Line): void {
  const { outgoing, incoming } = line;
  outgoing.writeHead(answer.status, headersOf(answer, plain.length));
  outgoing.flushHeaders();
  // An end and no reset: what was sent before must arrive.
  outgoing.write(plain.subarray(0, at), () => incoming.socket.destroy());
}

async function unfolding(
  answer: WebReply,
  { plain, bomb }: { readonly plain: Buffer; readonly bomb: number },
  { outgoing }: Line,
): Promise<void> {
  outgoing.writeHead(answer.status, { ...headersOf(answer, undefined), "content-encoding": "gzip" });
  const packer = createGzip({ level });
  packer.pipe(outgoing);
  packer.write(plain);
  const blanks = Buffer.alloc(65_536, " ");
  for (let left = bomb; left > 0 && !outgoing.destroyed; left -= blanks.length) {
    if (!packer.write(blanks.subarray(0, Math.min(left, blanks.length)))) {
      await drained(packer, outgoing);
    }
  }
  packer.end();
}

async function endlessBody(answer: WebReply, plain: Buffer, line: Line): Promise<void> {
  const { outgoing, clock } = line;
  outgoing.writeHead(answer.status, headersOf(answer, undefined));
  outgoing.write(plain);
  const end = clock.now() + endlessMsMax;
  const blanks = Buffer.alloc(Math.ceil((paceOf(answer.delivery) * beatMs) / 1000), " ");
  while (!outgoing.destroyed && clock.now() < end) {
    await clock.sleep(beatMs);
    await written(blanks, outgoing);
  }
  line.reset();
}

/** Past the server's own headers, which always end: onto the bare socket. */
async function endlessHeaders(answer: WebReply, line: Line): Promise<void> {
  const { clock, incoming } = line;
  const { socket } = incoming;
  const end = clock.now() + endlessMsMax;
  socket.write(`HTTP/1.1 ${answer.status} OK\r\n`);
  const lines = Math.ceil((paceOf(answer.delivery) * beatMs) / 1000 / 64);
  while (!socket.destroyed && clock.now() < end) {
    await written(Buffer.from(`x-ms-filler: ${"0".repeat(48)}\r\n`.repeat(lines)), socket);
    await clock.sleep(beatMs);
  }
  line.reset();
}

function paceOf(delivery: Delivery | undefined): number {
  return Math.min(delivery?.bytesPerSecond ?? endlessBytesPerSecond, (writeBytesMax * 1000) / beatMs);
}

async function drip(bytes: Buffer, perSecond: number, { outgoing, clock }: Line): Promise<void> {
  const size = Math.max(1, Math.floor((perSecond * beatMs) / 1000));
  for (let at = 0; at < bytes.length && !outgoing.destroyed; at += size) {
    await written(bytes.subarray(at, at + size), outgoing);
    await clock.sleep((Math.min(size, bytes.length - at) * 1000) / perSecond);
  }
}

type Sink = Pick<NodeJS.WritableStream, "write" | "once" | "removeListener">;

async function written(bytes: Buffer, sink: Sink): Promise<void> {
  if (!sink.write(bytes)) {
    await drained(sink, sink);
  }
}

/** Until the sink takes more, or the client has left. */
function drained(sink: Sink, line: Sink): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      sink.removeListener("drain", go);
      line.removeListener("close", go);
      resolve();
    };
    sink.once("drain", go);
    line.once("close", go);
  });
}

/** The encoding that the client accepts and the service would choose. */
function accepted(header: string | string[] | undefined): keyof typeof encoders | undefined {
  const asked = String(header ?? "")
    .toLowerCase()
    .split(",")
    .map((item) => item.trim())
    .filter((item) => !/;\s*q=0(\.0*)?$/.test(item))
    .map((item) => item.split(";")[0]?.trimEnd());
  return asked.includes("gzip") ? "gzip" : asked.includes("deflate") ? "deflate" : undefined;
}
