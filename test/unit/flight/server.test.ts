import type { ClientDuplexStream } from "@grpc/grpc-js";
import { Client, credentials, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { messageBytesMax } from "../../../server/arrow/limits.ts";
import { schemaHeader } from "../../../server/arrow/schema-writer.ts";
import { writeFlightData } from "../../../server/flight/messages.ts";
import { keepalive } from "../../../server/flight/server.ts";
import { flightService } from "../../../server/flight/service.ts";
import { WireWriter } from "../../../server/flight/wire-format.ts";
import { int64 } from "../../support/columns.ts";
import { FakePublisher } from "../../support/fake-publisher.ts";
import type { RunningFlight } from "../../support/flight-parts.ts";
import { settings, startFlight } from "../../support/flight-parts.ts";

const running: RunningFlight[] = [];
const clients: Client[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const { server } of running.splice(0)) server.close();
});

async function start(): Promise<RunningFlight> {
  const flight = await startFlight(new FakePublisher());
  running.push(flight);
  return flight;
}

function doExchange(port: number): ClientDuplexStream<Buffer, Buffer> {
  const method = flightService["DoExchange"];
  if (method === undefined) throw new Error("DoExchange is gone.");
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  clients.push(client);
  return client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
}

function command(): Buffer {
  const publish = { table: "account", mode: "UPSERT", matchOn: ["accountnumber"] };
  const cmd = Buffer.from(JSON.stringify({ publish }));
  return new WireWriter().element(1, new WireWriter().varint(1, 2).bytes(2, cmd).finish()).finish();
}

describe("listen", () => {
  it("says why it cannot", async () => {
    const { port } = await start();
    const { server } = await start();
    await expect(server.listen({ host: "127.0.0.1", port })).rejects.toThrow(
      `The server cannot listen on 127.0.0.1:${port}: something else listens there.`,
    );
  });
});

describe("a client that does not answer", () => {
  it("is given more time than event loops under load are behind, and is noticed before its stream is given up as idle", () => {
    const slowestSeenMs = 10_000;
    expect(keepalive.timeoutMs).toBeGreaterThanOrEqual(4 * slowestSeenMs);
    expect(keepalive.timeMs + keepalive.timeoutMs).toBeLessThanOrEqual(settings.clientStallTimeoutMs);
  });
});

describe("a message", () => {
  it.each([
    ["as large as one may be is read, and refused in our own words", messageBytesMax, "limit_exceeded: "],
    ["that is much larger is not read", messageBytesMax + (1 << 21), "Received message larger than max"],
  ])("%s", async (_what, bytes, words) => {
    const stream = doExchange((await start()).port);
    const refusal = new Promise<unknown>((resolve) => stream.once("error", resolve));
    stream.write(command());
    stream.write(writeFlightData({ header: Buffer.from([1]), body: Buffer.alloc(bytes) }));
    expect(await refusal).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining(words),
    });
  });
});

describe("drain", () => {
  it("resolves at once when no stream is open", async () => {
    const { server } = await start();
    await expect(server.drain()).resolves.toBeUndefined();
  });

  it("waits for the open stream, and lets no other in", async () => {
    const { server, port, publisher } = await start();
    const open = doExchange(port);
    const ended = new Promise((resolve) => open.once("end", resolve));
    open.on("data", () => {});
    open.write(command());
    open.write(writeFlightData({ header: schemaHeader({ fields: [int64("key", []).field] }) }));
    await expect.poll(() => publisher.opened.length).toBe(1);
    let drained = false;
    const draining = server.drain().then(() => {
      drained = true;
    });
    const late = doExchange(port);
    const refusal = await new Promise<unknown>((resolve) => late.once("error", resolve));
    expect(refusal).toMatchObject({ details: expect.stringContaining("draining: The server is shutting down.") });
    expect(drained).toBe(false);
    open.end();
    await ended;
    await draining;
    expect(drained).toBe(true);
  });
});
