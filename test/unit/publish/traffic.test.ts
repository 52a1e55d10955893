import { describe, expect, it } from "vitest";
import { Lanes } from "../../../server/publish/lanes.ts";
import { Traffic } from "../../../server/publish/traffic.ts";
import { jsonReply, ScriptedPrincipal, trailOf } from "../../support/publish/principal.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

function setUp(): { clock: VirtualClock; a: ScriptedPrincipal; b: ScriptedPrincipal; lanes: Lanes; traffic: Traffic } {
  const clock = new VirtualClock({ wall: 5000 });
  const [a, b] = [
    new ScriptedPrincipal(clock, () => new Error("asked"), "a"),
    new ScriptedPrincipal(clock, () => new Error("asked"), "b"),
  ];
  const lanes = new Lanes([a, b]);
  return { clock, a, b, lanes, traffic: new Traffic(lanes, clock) };
}

const reply = jsonReply(200, {});

describe("Traffic", () => {
  it("counts requests, throttled ones among them, and throttles", () => {
    const { traffic, a } = setUp();
    traffic.learn(a, reply, trailOf({ attempts: 2, throttles: 3 }));
    traffic.learn(a, undefined, trailOf({ attempts: 8 }));
    expect(traffic.totals()).toMatchObject({ requests: 13, throttles: 3 });
  });

  it("teaches the lanes what it learns from replies, and nothing from their absence", () => {
    const { traffic, a, lanes } = setUp();
    traffic.learn(a, undefined, trailOf({ throttles: 1 }));
    expect(lanes.width).toBe(8);
    traffic.learn(a, reply, trailOf({ throttles: 1 }));
    expect(lanes.width).toBe(6);
  });

  it("counts a second once that several requests waited side by side", async () => {
    const { clock, traffic, a, b } = setUp();
    await clock.run(clock.sleep(10_000));
    traffic.learn(a, reply, trailOf({ waitedMs: 10_000 }));
    traffic.learn(b, reply, trailOf({ waitedMs: 4000 }));
    await clock.run(clock.sleep(3000));
    traffic.learn(a, reply, trailOf({ waitedMs: 8000 }));
    traffic.learn(a, reply, trailOf());
    expect(traffic.totals().waitedMs).toBe(13_000);
  });

  it("counts waits with time between them in full", async () => {
    const { clock, traffic, a } = setUp();
    for (let i = 0; i < 2; i++) {
      await clock.run(clock.sleep(5000));
      traffic.learn(a, reply, trailOf({ waitedMs: 1000 }));
    }
    expect(traffic.totals().waitedMs).toBe(2000);
  });

  it("waits when every gate is closed, for the one that opens first", () => {
    const { clock, traffic, a, b } = setUp();
    expect(traffic.waiting()).toBeUndefined();
    a.gate.close(clock.now() + 9000, "throttled");
    expect(traffic.waiting()).toBeUndefined();
    b.gate.close(clock.now() + 7000, "throttled");
    expect(traffic.waiting()).toEqual({ untilMs: 12_000, reason: "throttled", principal: "b" });
  });
});
