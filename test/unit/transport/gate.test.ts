import { describe, expect, it, vi } from "vitest";
import { Gate } from "../../../server/transport/gate.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { replyOf } from "./scripted.ts";

function closable() {
  const clock = new VirtualClock();
  const gate = new Gate({ clock, principal: "app-1", retryAfterMaxMs: 900_000 });
  return { clock, gate, from: clock.now() };
}

const throttle = (seconds?: string) => replyOf(429, seconds === undefined ? {} : { "retry-after": seconds });

describe("Gate", () => {
  it("is open until it is closed", () => {
    const { gate } = closable();
    expect([gate.isOpen, gate.waiting]).toEqual([true, undefined]);
  });

  it("says until when, why and for whom it waits", () => {
    const { clock, gate } = closable();
    gate.close(clock.now() + 4_000, "throttled");
    expect(gate.waiting).toEqual({ untilMs: clock.wall() + 4_000, reason: "throttled", principal: "app-1" });
  });

  it("says in the log that it closes, and for how long, once", () => {
    const clock = new VirtualClock();
    const debug = vi.fn();
    const gate = new Gate({ clock, principal: "app-1", retryAfterMaxMs: 900_000, log: { debug } });
    gate.heed(throttle("4"));
    gate.heed(throttle("5"));
    const fields = { principal: "app-1", server: 0, seconds: 4, reason: "throttled by the service" };
    expect(debug.mock.calls).toEqual([["a gate closes", fields]]);
  });

  it("says in the log of which server it is, and when it is prolonged to twice as long", () => {
    const clock = new VirtualClock();
    const debug = vi.fn();
    const gate = new Gate({ clock, principal: "app-1", server: 3, retryAfterMaxMs: 900_000, log: { debug } });
    for (const seconds of ["4", "7", "60", "100"]) gate.heed(throttle(seconds));
    expect(debug.mock.calls).toMatchObject([4, 60].map((seconds) => ["a gate closes", { server: 3, seconds }]));
  });

  it("obeys a service that is unavailable and says until when", () => {
    const { gate, from } = closable();
    gate.heed(replyOf(503, { "retry-after": "7" }));
    expect([gate.openAt - from, gate.waiting?.reason]).toEqual([7000, "asked by the service to come later"]);
  });

  it.each([{}, { "retry-after": "soon" }, { "retry-after": "901" }])(
    "stays open where it is unavailable and says nothing that can be obeyed: %o",
    (headers) => {
      const { gate } = closable();
      gate.heed(replyOf(503, headers));
      expect(gate.isOpen).toBe(true);
    },
  );

  it("never opens earlier for a later, shorter order", () => {
    const { clock, gate, from } = closable();
    gate.close(clock.now() + 10_000, "long");
    gate.close(clock.now() + 1_000, "short");
    expect(gate.openAt - from).toBe(10_000);
  });

  it("stays closed for longer when it is told so meanwhile", async () => {
    const { clock, gate, from } = closable();
    gate.close(from + 5_000, "first");
    await clock.run(clock.sleep(3_000));
    gate.close(from + 20_000, "second");
    await clock.run(clock.sleep(10_000));
    expect([gate.isOpen, gate.openAt - from]).toEqual([false, 20_000]);
  });

  it("says since when it is closed, however often it is told so meanwhile", async () => {
    const { clock, gate, from } = closable();
    gate.close(from + 1000, "told");
    await clock.run(clock.sleep(500));
    gate.close(from + 5000, "told again");
    expect(gate.closedAt).toBe(from);
    await clock.run(clock.sleep(5000));
    gate.close(clock.now() + 1000, "told anew");
    expect(gate.closedAt).toBe(from + 5500);
  });

  it("doubles the wait for each reply in a row that does not say how long, and starts again after an answer", async () => {
    const { clock, gate } = closable();
    const waits: number[] = [];
    for (const reply of [throttle(), throttle("soon"), throttle(), replyOf(200), throttle()]) {
      const at = clock.now();
      gate.heed(reply);
      await clock.run(clock.sleep(gate.openAt - at));
      waits.push(clock.now() - at);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 0, 5_000]);
  });

  it("takes a burst of replies that do not say how long for one", () => {
    const { gate, from } = closable();
    for (let reply = 0; reply < 48; reply += 1) gate.heed(throttle());
    expect(gate.openAt - from).toBe(5_000);
  });

  it("opens by halves when it was refused as soon as it had opened, until something else is answered", async () => {
    const { clock, gate } = closable();
    gate.heed(throttle("5"));
    expect(gate.isHalfOpen).toBe(false);
    await clock.run(clock.sleep(5_000));
    gate.heed(throttle("5"));
    expect(gate.isHalfOpen).toBe(true);
    gate.heed(replyOf(200));
    expect(gate.isHalfOpen).toBe(true);
    await clock.run(clock.sleep(gate.openAt - clock.now()));
    gate.heed(replyOf(200));
    expect(gate.isHalfOpen).toBe(false);
  });

  it("is unproven from a refusal on, until something else is answered after it has opened", async () => {
    const { clock, gate } = closable();
    expect(gate.isUnproven).toBe(false);
    gate.heed(throttle("5"));
    gate.heed(replyOf(200));
    expect(gate.isUnproven).toBe(true);
    await clock.run(clock.sleep(5_000));
    gate.heed(replyOf(200));
    expect(gate.isUnproven).toBe(false);
  });

  it("waits by chance longer than told when refused again, so that two clients do not meet for ever", async () => {
    const waits = [1, 2].map((seed) => {
      const clock = new VirtualClock({ seed });
      const gate = new Gate({ clock, principal: "app-1", retryAfterMaxMs: 900_000 });
      gate.heed(throttle("0.001"));
      return clock.run(clock.sleep(10_000)).then(() => {
        gate.heed(throttle("10"));
        return gate.openAt - clock.now();
      });
    });
    const [one = 0, other = 0] = await Promise.all(waits);
    expect(one).not.toBe(other);
    for (const wait of [one, other]) {
      expect(wait).toBeGreaterThanOrEqual(10_000);
      expect(wait).toBeLessThanOrEqual(20_000);
    }
  });

  it("closes for no longer than the operator allows", () => {
    const { gate, from } = closable();
    gate.heed(throttle("1000000000"));
    expect(gate.openAt - from).toBe(900_000);
  });
});
