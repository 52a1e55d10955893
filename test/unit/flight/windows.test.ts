import type { Http2Session } from "node:http2";
import { connect } from "node:http2";
import { Server } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { frameBytesMax, Windows, windowBytesMax, windowBytesMin } from "../../../server/flight/windows.ts";
import { connectionBytes, Permits } from "../../../server/publish/memory/permits.ts";
import type { RunningFlight } from "../../support/flight-parts.ts";
import { startFlight } from "../../support/flight-parts.ts";

let flight: RunningFlight | undefined;
let sessions: Http2Session[] = [];

afterEach(() => {
  for (const session of sessions) session.destroy();
  sessions = [];
  flight?.server.close();
});

/** The window of the connection, and of its streams, as a client is told. */
async function connectTo({ port }: RunningFlight): Promise<{ connection: number; stream: number }> {
  const client = connect(`http://127.0.0.1:${port}`);
  sessions.push(client);
  await new Promise((resolve) => client.once("remoteSettings", resolve));
  const isWidened = (): boolean => (client.state.remoteWindowSize ?? 0) > windowBytesMin - 1;
  await expect
    .poll(() => isWidened() && client.remoteSettings.initialWindowSize === client.state.remoteWindowSize)
    .toBe(true);
  expect(client.remoteSettings.maxConcurrentStreams).toBe(64);
  return { connection: client.state.remoteWindowSize ?? 0, stream: client.remoteSettings.initialWindowSize ?? 0 };
}

describe("a client of the server", () => {
  it("is told a window of 1 MiB, for a stream and for the connection", async () => {
    flight = await startFlight();
    expect(await connectTo(flight)).toEqual({ connection: windowBytesMax, stream: windowBytesMax });
    expect(windowBytesMax).toBe(1024 * 1024);
  });

  it("is told that a frame may be longer than a TLS record: else each record has the ends of two", async () => {
    flight = await startFlight();
    await connectTo(flight);
    expect(sessions.map((session) => session.remoteSettings.maxFrameSize)).toEqual([frameBytesMax]);
    expect(frameBytesMax).toBeGreaterThan(16_384);
  });

  it("is told a narrower one the more others there are, so that all together stay within their share", async () => {
    flight = await startFlight();
    const told: number[] = [];
    for (let i = 0; i < 20; i++) told.push((await connectTo(flight)).connection);
    expect(told).toEqual(told.toSorted((a, b) => b - a));
    expect(told.at(-1)).toBe(windowBytesMin);
    expect(flight.permits.used).toBeLessThanOrEqual(flight.permits.limit / 8 + 20 * (windowBytesMin + connectionBytes));
  });

  it("counts for its window and for itself, and for nothing any more when it has gone", async () => {
    flight = await startFlight();
    const { permits } = flight;
    await connectTo(flight);
    expect(permits.used).toBe(windowBytesMax + connectionBytes);
    for (const session of sessions) session.destroy();
    await expect.poll(() => permits.used).toBe(0);
  });
});

describe("a library that has changed", () => {
  it("is noticed at the start", () => {
    const windows = new Windows(new Permits(1));
    const server = new Server();
    Reflect.deleteProperty(server, "commonServerOptions");
    Reflect.set(server, "http2Servers", []);
    expect(() => windows.narrowStreams(server)).toThrow("commonServerOptions");
    expect(() => windows.widenConnections(server)).toThrow("http2Servers");
  });
});
