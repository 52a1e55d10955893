/** Sockets around the emulator, HTTP/1.1 only. Over https it shows a certificate made at start; nothing here turns a check off. */
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Emulator } from "../emulator.ts";
import type { Sockets } from "../faults/network.ts";
import type { Certificate } from "./certificate.ts";
import type { Line } from "./deliver.ts";
import { deliver } from "./deliver.ts";
import { readRequest } from "./incoming.ts";

/** Longer than any client keeps an idle connection, so that closing it is the client's part. */
const keepAliveMs = 120_000;

/** A URL of the longest length that the service takes, and as much again for the headers. */
const headerBytesMax = 65_536;

export interface Listening {
  readonly port: number;
  /** Ends every connection, then the listening. */
  close(): Promise<void>;
}

/** Listens on loopback; `port` 0 takes any. The emulator is asked for at each request, since its URL needs the port. */
export async function listen(
  port: number,
  certificate: Certificate | undefined,
  emulator: () => Emulator,
): Promise<Listening> {
  const connections = new Connections();
  const listener: RequestListener = (incoming, outgoing) => {
    const reset = (): void => connections.reset(incoming);
    const target = emulator();
    target.network.attach(sockets);
    serve(target, { incoming, outgoing, reset }).catch((error: unknown) => {
      if (incoming.readableAborted || outgoing.destroyed) {
        // The client went away while it was sending or reading: its affair.
        return;
      }
      process.stderr.write(`emulator: ${error instanceof Error ? error.stack : String(error)}\n`);
      reset();
    });
  };
  const options = { keepAliveTimeout: keepAliveMs, noDelay: true, maxHeaderSize: headerBytesMax };
  const server =
    certificate === undefined
      ? createServer(options, listener)
      : createSecureServer(
          { ...options, key: certificate.key, cert: certificate.certificate, ALPNProtocols: ["http/1.1"] },
          listener,
        );
  const sockets = socketsOf(server, { certificate, connections });
  server.on("connection", (socket: Socket) => connections.add(socket));
  server.on("clientError", refuseUnreadable);
  await bind(server, port);
  return {
    port: portOf(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(emulator: Emulator, line: Omit<Line, "clock">): Promise<void> {
  const read = await readRequest(line.incoming, emulator.settings);
  const answer = "refused" in read ? read.refused : await emulator.handle(read.request);
  await deliver(answer, { ...line, clock: emulator.clock });
}

function portOf(server: Server | SecureServer): number {
  return (server.address() as AddressInfo).port;
}

async function bind(server: Server | SecureServer, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/** TCP connections by the client's port: beneath TLS, where alone a reset can be sent. */
class Connections {
  private readonly byPort = new Map<number, Socket>();

  add(socket: Socket): void {
    const port = socket.remotePort ?? 0;
    this.byPort.set(port, socket);
    socket.once("close", () => this.byPort.delete(port));
  }

  reset(incoming: IncomingMessage): void {
    const socket = this.byPort.get(incoming.socket.remotePort ?? 0);
    socket?.resetAndDestroy();
    incoming.socket.destroy();
  }

  resetAll(): void {
    for (const socket of [...this.byPort.values()]) {
      socket.resetAndDestroy();
    }
  }
}

interface Shared {
  readonly certificate: Certificate | undefined;
  readonly connections: Connections;
}

function socketsOf(server: Server | SecureServer, { certificate, connections }: Shared): Sockets {
  let port = 0;
  return {
    close() {
      port = portOf(server);
      server.close();
      connections.resetAll();
    },
    open() {
      if (!server.listening) {
        bind(server, port).catch((error: unknown) => {
          process.stderr.write(`emulator: cannot listen again: ${String(error)}\n`);
        });
      }
    },
    show(kind) {
      if (certificate !== undefined && server instanceof SecureServer) {
        const { key, certificate: cert } = kind === "good" ? certificate : certificate.bad[kind];
        server.setSecureContext({ key, cert });
      }
    },
  };
}

/** What is no HTTP is refused as the service's front does it. */
function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const reason = error.code === "HPE_HEADER_OVERFLOW" ? "Request Too Long" : "Invalid Request";
  const body = `<HTML><HEAD><TITLE>Bad Request</TITLE></HEAD><BODY><h2>Bad Request - ${reason}</h2></BODY></HTML>`;
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=us-ascii\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
