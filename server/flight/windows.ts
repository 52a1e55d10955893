/**
 * HTTP/2 receive windows: what a client may send before it is read, which is memory that nobody can refuse. The library offers no option
 * for servers, and with Node's 64 KiB an upload moves one window a round trip: 2 MB/s at 20 ms. So private fields are used; a test asserts
 * the windows a client is told.
 */
import type { ServerHttp2Session } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import type { Permits } from "../publish/memory/permits.ts";
import { fieldOf, http2ServersOf } from "./http2-servers.ts";

/**
 * Of a connection, and of a stream on it: 50 MB/s at 20 ms round trip, more than a process encodes. A wider one is full of pieces that wait
 * so long that only a major collection frees them.
 */
export const windowBytesMax = 1024 * 1024;
/** However many connections there are: 3 MB/s at 20 ms, each. */
export const windowBytesMin = 64 * 1024;
/**
 * Of a frame: with HTTP/2's 16 KiB each TLS record, as long, holds the ends of two frames, and each end is a piece with its own way through
 * Node's streams. A longer one would keep other streams of its connection waiting.
 */
export const frameBytesMax: number = windowBytesMin;
/** Of the permits, for all connections and their windows together; the least ones aside. */
const shareOfWindows = 1 / 8;
/** Of what is left to windows, for the next connection: many come at once, and the last must not find nothing. */
const shareOfNext = 1 / 4;

export class Windows {
  readonly #permits: Permits;

  /** @param permits that hold what windows let in. */
  constructor(permits: Permits) {
    this.#permits = permits;
  }

  /**
   * Before binding: what each connection is told of its streams' windows at first.
   * @throws TypeError if the library has changed.
   */
  narrowStreams(server: Server): void {
    const options = fieldOf(server, "commonServerOptions");
    const settings: unknown = Reflect.get(options, "settings");
    const told = { initialWindowSize: windowBytesMin, maxFrameSize: frameBytesMax };
    Reflect.set(options, "settings", { ...(settings as object | undefined), ...told });
  }

  /**
   * After binding: the windows of each connection, as wide as there is memory for.
   * @throws TypeError if the library has changed.
   */
  widenConnections(server: Server): void {
    for (const http2 of http2ServersOf(server)) {
      http2.on("session", (session: ServerHttp2Session) => this.#widen(session));
    }
  }

  #widen(session: ServerHttp2Session): void {
    const left = this.#permits.limit * shareOfWindows - this.#permits.heldBy(this);
    const bytes = Math.floor(Math.max(windowBytesMin, Math.min(windowBytesMax, left * shareOfNext)));
    const held = bytes + this.#permits.perConnection;
    this.#permits.seize(held, this);
    session.once("close", () => this.#permits.give(held, this));
    session.settings({ initialWindowSize: bytes });
    session.setLocalWindowSize(bytes);
  }
}
