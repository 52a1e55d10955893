/** Sockets around the emulator. Over https it shows a certificate made at start; nothing here turns a check off. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Emulator } from "../emulator.ts";
import type { Certificate } from "./certificate.ts";
import type { Answer, WebRequest } from "./http.ts";
import { isReset } from "./http.ts";

/** A thousand operations of 64 KiB; the service's own number is not documented. */
const bodyBytesMax = 64 * 1024 * 1024;

/** Longer than any client keeps an idle connection, so that closing it is the client's part. */
const keepAliveMs = 120_000;

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on loopback; `port` 0 takes any. The emulator is asked for at each request, since its URL needs the port. */
export async function listen(
  port: number,
  certificate: Certificate | undefined,
  emulator: () => Emulator,
): Promise<Listening> {
  const listener: RequestListener = (incoming, outgoing) => {
    serve(emulator(), incoming, outgoing).catch((error: unknown) => {
      if (incoming.readableAborted) {
        // The client went away while it was sending: its affair.
        return;
      }
      process.stderr.write(`emulator: ${error instanceof Error ? error.stack : String(error)}\n`);
      incoming.socket.destroy();
    });
  };
  const options = { keepAliveTimeout: keepAliveMs, noDelay: true };
  const server =
    certificate === undefined
      ? createServer(options, listener)
      : createSecureServer({ ...options, key: certificate.key, cert: certificate.certificate }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(emulator: Emulator, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) {
    outgoing.writeHead(413, { "content-type": "application/json", connection: "close" });
    outgoing.end('{"error":{"code":"0x8004418a","message":"The request is too long."}}');
    return;
  }
  send(await emulator.handle(webRequest(incoming, body)), incoming, outgoing);
}

function webRequest(incoming: IncomingMessage, body: Buffer): WebRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) {
      headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
  }
  return { method: incoming.method ?? "GET", url: incoming.url ?? "/", headers, body };
}

/** Undefined if it is too long. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > bodyBytesMax) {
      return undefined;
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function send(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (isReset(answer)) {
    // A TLS socket cannot send a reset of its own; its end without a farewell looks the same to a client.
    incoming.socket.destroy();
    return;
  }
  const body = Buffer.from(answer.bytes ?? answer.body);
  // A 204 has no length.
  const length = answer.status === 204 ? {} : { "content-length": body.length };
  outgoing.writeHead(answer.status, { ...answer.headers, ...length });
  if (answer.cut === undefined) {
    outgoing.end(body);
    return;
  }
  outgoing.write(body.subarray(0, answer.cut), () => incoming.socket.destroy());
}
