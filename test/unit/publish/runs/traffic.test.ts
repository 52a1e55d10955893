import { describe, expect, it } from "vitest";
import { Traffic } from "../../../../server/publish/runs/traffic.ts";
import type { Scheduler } from "../../../../server/schedule/scheduler.ts";
import { jsonReply, ScriptedPrincipal, schedulerOf, trailOf } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Two principals, throttled for 9 and 7 s. */
function setUp(): { clock: VirtualClock; scheduler: Scheduler; traffic: Traffic } {
  const clock = new VirtualClock({ wall: 5000 });
  const principals = ["9", "7"].map(
    (seconds) => new ScriptedPrincipal(() => jsonReply(429, {}, { "retry-after": seconds }), `app ${seconds}`),
  );
  const scheduler = schedulerOf(clock, principals);
  return { clock, scheduler, traffic: new Traffic(scheduler, clock) };
}

describe("Traffic", () => {
  it("counts requests, throttled ones among them, and throttles", () => {
    const { traffic } = setUp();
    traffic.learn(trailOf({ attempts: 2, throttles: 3 }));
    traffic.learn(trailOf({ attempts: 8 }));
    expect(traffic.totals()).toMatchObject({ requests: 13, throttles: 3 });
  });

  it("counts a second once that several requests waited side by side", async () => {
    const { clock, traffic } = setUp();
    await clock.run(clock.sleep(10_000));
    traffic.learn(trailOf({ waitedMs: 10_000 }));
    traffic.learn(trailOf({ waitedMs: 4000 }));
    await clock.run(clock.sleep(3000));
    traffic.learn(trailOf({ waitedMs: 8000 }));
    traffic.learn(trailOf());
    expect(traffic.totals().waitedMs).toBe(13_000);
  });

  it("counts all of a wait beside requests that did not wait", async () => {
    const { clock, traffic } = setUp();
    await clock.run(clock.sleep(5000));
    traffic.learn(trailOf());
    await clock.run(clock.sleep(5000));
    traffic.learn(trailOf({ waitedMs: 10_000 }));
    expect(traffic.totals().waitedMs).toBe(10_000);
  });

  it("counts waits with time between them in full", async () => {
    const { clock, traffic } = setUp();
    for (let i = 0; i < 2; i++) {
      await clock.run(clock.sleep(5000));
      traffic.learn(trailOf({ waitedMs: 1000 }));
    }
    expect(traffic.totals().waitedMs).toBe(2000);
  });

  it("waits when nobody may send any more, for the one that may first", async () => {
    const { clock, scheduler, traffic } = setUp();
    const read = async (): Promise<void> => {
      const { signal } = new AbortController();
      await clock.run(scheduler.reader.send({ method: "GET", path: "x", headers: {} }, { signal }));
    };
    expect(traffic.waiting()).toBeUndefined();
    await read();
    expect(traffic.waiting()).toBeUndefined();
    await read();
    expect(traffic.isHeld).toBe(true);
    expect(traffic.waiting()).toEqual({ untilMs: 12_000, reason: "throttled by the service", principal: "app 7" });
  });
});

it("waits for a service that is away, but is not held by its limits: that time counts as one without progress", async () => {
  const clock = new VirtualClock();
  const scheduler = schedulerOf(clock, [new ScriptedPrincipal(() => jsonReply(503, {}), "app")]);
  const traffic = new Traffic(scheduler, clock);
  const { signal } = new AbortController();
  for (let i = 0; i < 4; i++) {
    await clock.run(scheduler.reader.send({ method: "GET", path: "x", headers: {} }, { signal }));
  }
  expect(traffic.waiting()).toMatchObject({ reason: "the service lets nobody in", principal: "app" });
  expect(traffic.isHeld).toBe(false);
});
