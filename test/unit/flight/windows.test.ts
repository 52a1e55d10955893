import type { Http2Session } from "node:http2";
import { connect } from "node:http2";
import { Server } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { widenConnections, widenStreams, windowBytes } from "../../../server/flight/windows.ts";
import type { RunningFlight } from "../../support/flight-parts.ts";
import { startFlight } from "../../support/flight-parts.ts";

let flight: RunningFlight | undefined;
let session: Http2Session | undefined;

afterEach(() => {
  session?.destroy();
  flight?.server.close();
});

describe("a client of the server", () => {
  it("is told windows of 4 MiB for streams and for the connection, and 64 streams", async () => {
    flight = await startFlight();
    const client = connect(`http://127.0.0.1:${flight.port}`);
    session = client;
    await new Promise((resolve) => client.once("remoteSettings", resolve));
    await expect.poll(() => client.state.remoteWindowSize).toBe(windowBytes);
    expect(client.remoteSettings.initialWindowSize).toBe(4 * 1024 * 1024);
    expect(client.remoteSettings.maxConcurrentStreams).toBe(64);
  });
});

describe("a library that has changed", () => {
  it("is noticed at the start", () => {
    const server = new Server();
    Reflect.deleteProperty(server, "commonServerOptions");
    Reflect.set(server, "http2Servers", []);
    expect(() => widenStreams(server)).toThrow("commonServerOptions");
    expect(() => widenConnections(server)).toThrow("http2Servers");
  });
});
