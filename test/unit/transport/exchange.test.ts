import { describe, expect, it } from "vitest";
import { Exchange } from "../../../server/transport/exchange.ts";
import type { Trip } from "../../../server/transport/http.ts";
import { tripOf } from "./scripted.ts";

/** An exchange, and why its connection was told to abort. */
function sceneOf(trip: Partial<Trip> = {}) {
  const aborted: unknown[] = [];
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (reason: unknown) => aborted.push(reason),
    pause: () => undefined,
    resume: () => undefined,
  };
  const exchange = new Exchange(tripOf(trip), { host: "contoso.example", setting: "url" });
  const answer = (...chunks: readonly string[]): void => {
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 200, { "x-ms-request-id": ["a", "b"], etag: undefined });
    for (const chunk of chunks) exchange.onResponseData(controller, Buffer.from(chunk));
    exchange.onResponseEnd();
  };
  return { exchange, controller, aborted, answer };
}

describe("Exchange", () => {
  it.each([[[]], [["whole"]], [["in ", "three ", "pieces"]]])("gives the reply as it came, of %j", async (chunks) => {
    const { exchange, answer } = sceneOf();
    answer(...chunks);
    const { status, headers, body } = await exchange.reply;
    expect([status, headers, body.toString()]).toEqual([200, { "x-ms-request-id": "a, b" }, chunks.join("")]);
  });

  it.each([
    ["gzip", ["outcome_unknown"]],
    ["identity", []],
    ["Identity", []],
    ["", []],
  ])("cuts off what came with an encoding that was not asked for: %s", (encoding, codes) => {
    const { exchange, controller, aborted } = sceneOf();
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 200, { "content-encoding": encoding });
    expect(aborted).toEqual(codes.map((code) => expect.objectContaining({ code })));
  });

  it("writes nothing that was given up while it waited for a connection", async () => {
    const halt = new AbortController();
    const { exchange, controller } = sceneOf({ signal: halt.signal });
    halt.abort(new Error("gone"));
    await expect(exchange.reply).rejects.toThrow("gone");
    expect(() => exchange.onRequestStart(controller)).toThrow(expect.objectContaining({ code: "unavailable" }));
  });

  it("hears its reply out though its stream has ended: what was written is told", async () => {
    const halt = new AbortController();
    const { exchange, controller } = sceneOf({ signal: halt.signal });
    exchange.onRequestStart(controller);
    halt.abort(new Error("gone"));
    exchange.onResponseEnd();
    await expect(exchange.reply).resolves.toMatchObject({ status: 0 });
  });

  it("lets go of the trip's signal when it is over", async () => {
    const signal = new AbortController().signal;
    const listening = new Set<unknown>();
    signal.addEventListener = (_type: string, listener: unknown) => listening.add(listener);
    signal.removeEventListener = (_type: string, listener: unknown) => listening.delete(listener);
    const { exchange, answer } = sceneOf({ signal });
    expect(listening.size).toBe(1);
    answer();
    await exchange.reply;
    expect(listening.size).toBe(0);
  });
});
