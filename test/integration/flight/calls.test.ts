/** The calls beside DoExchange, and who may make them, as a real pyarrow client sees them. */
import { generate } from "selfsigned";
import { afterEach, describe, expect, it } from "vitest";
import { FakePublisher } from "../../support/fake-publisher.ts";
import type { RunningFlight } from "../../support/flight-parts.ts";
import { runClient, startFlight } from "../../support/flight-parts.ts";

const running: RunningFlight[] = [];

async function start(...settings: Parameters<typeof startFlight>): Promise<RunningFlight> {
  const flight = await startFlight(...settings);
  running.push(flight);
  return flight;
}

afterEach(() => {
  for (const { server } of running.splice(0)) server.close();
});

describe("questions", () => {
  it.each([
    ["get_schema", {}, "name: string\ncreditlimit: decimal128(19, 4)"],
    ["get_flight_info", {}, ["name: string\ncreditlimit: decimal128(19, 4)", ["demo", "account"], 0]],
    [
      "list_flights",
      {},
      [
        ["demo", "account"],
        ["demo", "contact"],
      ],
    ],
    [
      "list_flights",
      { criteria: "demo" },
      [
        ["demo", "account"],
        ["demo", "contact"],
      ],
    ],
    ["list_actions", {}, ["check", "status", "cancel"]],
    ["do_action", { action: "cancel", body: { runId: "known" } }, [{ cancelled: true }]],
  ])("%s %j is answered", async (ask, options, expected) => {
    const { port } = await start();
    const report = await runClient("questions", port, { ask, ...options });
    expect(report.error).toBeUndefined();
    expect(report.result).toEqual(expected);
  });

  it.each([
    ["get_schema", { path: ["demo", "nothing"] }, "ArrowKeyError", "unknown_table"],
    ["get_schema", { path: ["other", "account"] }, "ArrowKeyError", "There are: demo."],
    ["do_action", { action: "status", body: { run: "x" } }, "ArrowInvalid", "run"],
    ["do_get", {}, "ArrowNotImplementedError", "does not read rows"],
    ["do_put", {}, "ArrowNotImplementedError", "call DoExchange"],
  ])("%s %j is refused with a sentence", async (ask, options, type, text) => {
    const { port } = await start();
    const { error } = await runClient("questions", port, { ask, ...options });
    expect(error?.type).toBe(type);
    expect(error?.text).toContain(text);
  });
});

describe("callers", () => {
  const callers = [{ name: "spark", tokens: "secret-a\nsecret-b", environments: ["demo"], modes: ["upsert"] }];

  it("are refused without their token", async () => {
    const { port, publisher } = await start(new FakePublisher(), { callers });
    const { error } = await runClient("write_then_read", port);
    expect(error?.type).toBe("FlightUnauthenticatedError");
    expect(publisher.opened).toEqual([]);
  });

  it("publish with it", async () => {
    const { port } = await start(new FakePublisher(), { callers });
    const report = await runClient("write_then_read", port, { authorization: "Bearer secret-b" });
    expect(report.error).toBeUndefined();
    expect(report.events.at(-1)?.summary).toMatchObject({ received: 30 });
  });

  it("are refused a mode that is not theirs", async () => {
    const { port } = await start(new FakePublisher(), { callers });
    const command = { mode: "DELETE" };
    const { error } = await runClient("write_then_read", port, { authorization: "Bearer secret-a", command });
    expect(error?.type).toBe("FlightUnauthorizedError");
    expect(error?.text).toContain("caller_not_allowed: Caller spark may not publish with mode DELETE.");
  });
});

describe("TLS", () => {
  async function certificates(): Promise<{ readonly private: string; readonly cert: string }> {
    const extensions = [{ name: "subjectAltName" as const, altNames: [{ type: 2 as const, value: "localhost" }] }];
    return await generate([{ name: "commonName", value: "localhost" }], { keySize: 2048, extensions });
  }

  it("carries a stream, and lets nobody in without a client certificate where one is asked for", async () => {
    const pair = await certificates();
    const tls = { certificate: pair.cert, key: pair.private, clientCa: pair.cert };
    const { port } = await start(new FakePublisher(), { tls });
    const location = `grpc+tls://localhost:${port}`;
    const stranger = await runClient("write_then_read", port, { location, tls_root_certs: pair.cert });
    expect(stranger.error?.type).toBe("FlightUnavailableError");
    const own = { cert_chain: pair.cert, private_key: pair.private };
    const known = await runClient("write_then_read", port, { location, tls_root_certs: pair.cert, ...own });
    expect(known.error).toBeUndefined();
    expect(known.events.at(-1)?.summary).toMatchObject({ received: 30 });
  });
});
