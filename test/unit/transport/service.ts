/** A small real HTTP server for tests of what only sockets show. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { generate } from "selfsigned";

export interface Service extends AsyncDisposable {
  readonly origin: string;
  readonly seen: IncomingMessage[];
  /** Of the requests as written, head and body. */
  readonly bodies: string[];
  /** Bytes that came at once. */
  readonly pieces: number[];
}

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export interface Certificate {
  readonly cert: string;
  readonly private: string;
}

export async function certificateFor(host: string): Promise<Certificate> {
  const type = /^\d/.test(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host };
  return await generate([{ name: "commonName", value: host }], {
    keySize: 2048,
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [type] },
    ],
  });
}

export async function serve(answer: Answer, certificate?: Certificate): Promise<Service> {
  const seen: IncomingMessage[] = [];
  const bodies: string[] = [];
  const pieces: number[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push(request);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      pieces.push(chunk.length);
    });
    request.on("end", () => {
      bodies.push(Buffer.concat(chunks).toString());
      answer(response, request);
    });
  };
  const server =
    certificate === undefined
      ? createServer(listener)
      : createTlsServer({ cert: certificate.cert, key: certificate.private }, listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    seen,
    bodies,
    pieces,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
