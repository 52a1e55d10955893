/**
 * Connections that died without a word to anybody. Where a write fails at once under TLS, Node 24 takes it to be under way for ever: it
 * writes nothing more, reads nothing until it is done, and so never learns that the client is gone. The session outlives its own end, and
 * its socket the process' patience. A dead connection has no peer any more, so each is asked for it.
 */
import type { TLSSocket } from "node:tls";
import type { Server } from "@grpc/grpc-js";
import type { Clock } from "../core/clock.ts";
import { http2ServersOf } from "./http2-servers.ts";

/** A vanished client means silence within a second. A look is one system call for each connection. */
const lookEveryMs = 500;

/** The socket's own question remembers its first answer. */
function hasPeer(socket: TLSSocket): boolean {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return false;
  const ask: unknown = Reflect.get(handle, "getpeername");
  if (typeof ask !== "function") throw new TypeError("A socket's handle has no getpeername any more.");
  return Reflect.apply(ask, handle, [{}]) === 0;
}

export class DeadConnections {
  readonly #clock: Clock;
  readonly #open = new Set<TLSSocket>();
  #stop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * After binding. Connections without TLS tell of their end themselves.
   * @throws TypeError if the library has changed.
   */
  watch(server: Server): void {
    for (const http2 of http2ServersOf(server)) {
      http2.on("secureConnection", (socket: TLSSocket) => {
        this.#open.add(socket);
        socket.once("close", () => this.#open.delete(socket));
      });
    }
    this.#stop = this.#clock.every(lookEveryMs, () => this.#endDead());
  }

  stop(): void {
    this.#stop?.();
  }

  #endDead(): void {
    for (const socket of this.#open) {
      if (!hasPeer(socket)) socket.destroy();
    }
  }
}
