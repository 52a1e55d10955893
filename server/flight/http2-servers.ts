/** What a gRPC server listens with. The library offers no way to it, so a private field is read; tests assert what it is read for. */
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/** @throws TypeError if the library has changed. */
export function fieldOf(server: Server, name: string): object {
  const field: unknown = Reflect.get(server, name);
  if (typeof field !== "object" || field === null) throw new TypeError(`A gRPC server has no ${name} any more.`);
  return field;
}

/**
 * Of a server that is bound.
 * @throws TypeError if the library has changed.
 */
export function http2ServersOf(server: Server): readonly (Http2Server | Http2SecureServer)[] {
  const bound = fieldOf(server, "http2Servers");
  if (!(bound instanceof Map)) throw new TypeError("A gRPC server's http2Servers is no Map any more.");
  return [...(bound as Map<Http2Server | Http2SecureServer, unknown>).keys()];
}
