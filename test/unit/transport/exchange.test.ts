import { describe, expect, it } from "vitest";
import { Exchange } from "../../../server/transport/exchange.ts";
import { tripOf } from "./scripted.ts";

const controller = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

describe("Exchange", () => {
  it("lets go of the trip's signal when it is over", async () => {
    const signal = new AbortController().signal;
    const listening = new Set<unknown>();
    signal.addEventListener = (_type: string, listener: unknown) => listening.add(listener);
    signal.removeEventListener = (_type: string, listener: unknown) => listening.delete(listener);
    const exchange = new Exchange(tripOf({ signal }), { host: "contoso.example", setting: "url" });
    expect(listening.size).toBe(1);
    exchange.onRequestStart(controller);
    exchange.onResponseStart(controller, 204, {});
    exchange.onResponseEnd();
    await exchange.reply;
    expect(listening.size).toBe(0);
  });
});
