import { Server, ServerCredentials } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { fieldOf, http2ServersOf } from "../../../server/flight/http2-servers.ts";

describe("the servers that a gRPC server listens with", () => {
  it("are found once it is bound", async () => {
    const server = new Server();
    expect(http2ServersOf(server)).toEqual([]);
    await new Promise((resolve) => server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), resolve));
    expect(http2ServersOf(server).map((http2) => http2.listening)).toEqual([true]);
    server.forceShutdown();
  });

  it("are missed by name when the library has changed", () => {
    const server = new Server();
    Reflect.set(server, "http2Servers", []);
    expect(() => http2ServersOf(server)).toThrow("http2Servers is no Map any more");
    Reflect.deleteProperty(server, "commonServerOptions");
    expect(() => fieldOf(server, "commonServerOptions")).toThrow("no commonServerOptions any more");
  });
});
