/**
 * HTTP/2 receive windows for a server that is sent megabytes. The library offers no option for servers, and with Node's 64 KiB an
 * upload moves one window a round trip: 2 MB/s at 20 ms. So private fields are used; a test asserts the windows a client is told.
 */
import type { Http2Server, ServerHttp2Session } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/** Of a stream, and of a connection. Fastest where it was measured; larger ones only pay above 10 ms round trip. */
export const windowBytes = 4 * 1024 * 1024;

function fieldOf(server: Server, name: string): object {
  const field: unknown = Reflect.get(server, name);
  if (typeof field !== "object" || field === null) throw new TypeError(`A gRPC server has no ${name} any more.`);
  return field;
}

/**
 * Before binding: what each connection is told of its streams' windows.
 * @throws TypeError if the library has changed.
 */
export function widenStreams(server: Server): void {
  const options = fieldOf(server, "commonServerOptions");
  const settings: unknown = Reflect.get(options, "settings");
  Reflect.set(options, "settings", { ...(settings as object | undefined), initialWindowSize: windowBytes });
}

/**
 * After binding: the window of each connection itself.
 * @throws TypeError if the library has changed.
 */
export function widenConnections(server: Server): void {
  const bound = fieldOf(server, "http2Servers");
  if (!(bound instanceof Map)) throw new TypeError("A gRPC server's http2Servers is no Map any more.");
  for (const http2 of (bound as Map<Http2Server, unknown>).keys()) {
    http2.on("session", (session: ServerHttp2Session) => session.setLocalWindowSize(windowBytes));
  }
}
