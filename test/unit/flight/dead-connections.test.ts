import { EventEmitter, once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import type { Socket } from "node:net";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { Server } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../server/core/clock.ts";
import { DeadConnections } from "../../../server/flight/dead-connections.ts";
import { makeCertificate } from "../../emulator/wire/certificate.ts";
import { FakePublisher } from "../../support/fake-publisher.ts";
import type { RunningFlight } from "../../support/flight-parts.ts";
import { startFlight } from "../../support/flight-parts.ts";

const { authority, certificate, key } = await makeCertificate();
let flight: RunningFlight | undefined;

afterEach(() => flight?.server.close());

interface Connected {
  readonly raw: Socket;
  /** Has the server answer many small requests, which arrive in several reads' worth at once. */
  ping(): void;
}

async function connectTo({ port }: RunningFlight): Promise<Connected> {
  const raw = connectTcp(port, "127.0.0.1");
  const socket = connectTls({ socket: raw, ca: authority, ALPNProtocols: ["h2"], servername: "localhost" });
  const pings = 4000;
  const options = { createConnection: () => socket, maxOutstandingPings: pings };
  const client = connectHttp2(`https://localhost:${port}`, options);
  client.on("error", () => {
    // It is reset below.
  });
  await once(client, "remoteSettings");
  return {
    raw,
    ping: () => {
      for (let i = 0; i < pings; i++) client.ping(() => undefined);
    },
  };
}

/** Once its bytes have left, before the server has read them: its answers then fail at once. */
async function reset({ raw, ping }: Connected): Promise<void> {
  const before = raw.bytesWritten;
  ping();
  while (raw.bytesWritten === before) await new Promise((resolve) => setImmediate(resolve));
  raw.resetAndDestroy();
}

/** A server of one connection, whose handle is of the test's making. */
function watch(handle: unknown): { readonly look: () => void; readonly isDestroyed: () => boolean } {
  const server = new Server();
  const http2 = new EventEmitter();
  Reflect.set(server, "http2Servers", new Map([[http2, {}]]));
  let look = (): void => undefined;
  const every = (_ms: number, tick: () => void): (() => void) => {
    look = tick;
    return () => undefined;
  };
  new DeadConnections({ ...systemClock, every }).watch(server);
  let isDestroyed = false;
  const destroy = (): void => {
    isDestroyed = true;
  };
  http2.emit("secureConnection", Object.assign(new EventEmitter(), { _handle: handle, destroy }));
  return { look: () => look(), isDestroyed: () => isDestroyed };
}

describe("a connection that is asked for its peer", () => {
  it.each([
    ["has one: it stays", { getpeername: () => 0 }, false],
    ["has none any more: it is ended", { getpeername: () => -107 }, true],
    ["is closing already: nothing stays of it", null, true],
  ])("%s", (_what, handle, isEnded) => {
    const { look, isDestroyed } = watch(handle);
    look();
    expect(isDestroyed()).toBe(isEnded);
  });

  it("cannot be asked by a Node that has changed, and says so", () => {
    expect(watch({}).look).toThrow("A socket's handle has no getpeername any more.");
  });
});

describe("a connection whose client is gone when it is answered", () => {
  it("is ended, and what it held is given back", async () => {
    flight = await startFlight(new FakePublisher(), { tls: { certificate, key } });
    const { permits } = flight;
    const client = await connectTo(flight);
    expect(permits.used).toBeGreaterThan(0);
    await reset(client);
    await expect.poll(() => permits.used, { timeout: 10_000 }).toBe(0);
  });

  it("leaves the others alone", async () => {
    flight = await startFlight(new FakePublisher(), { tls: { certificate, key } });
    const { permits } = flight;
    const staying = await connectTo(flight);
    const held = permits.used;
    await reset(await connectTo(flight));
    await expect.poll(() => permits.used, { timeout: 10_000 }).toBe(held);
    expect(staying.raw.destroyed).toBe(false);
    staying.raw.destroy();
  });
});
