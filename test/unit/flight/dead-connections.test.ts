import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import type { Socket } from "node:net";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
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
