import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { Gate, gated } from "../../../server/transport/gate.ts";
import type { Send } from "../../../server/transport/http.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { replyOf, request, scripted, tripOf } from "./scripted.ts";

function closable() {
  const clock = new VirtualClock();
  const gate = new Gate({ clock, principal: "app-1", retryAfterMaxMs: 900_000 });
  return { clock, gate, from: clock.now() };
}

const throttle = (seconds?: string) => replyOf(429, seconds === undefined ? {} : { "retry-after": seconds });

describe("Gate", () => {
  it("is open until it is closed", () => {
    const { gate } = closable();
    expect([gate.isOpen, gate.waiting, gate.closedMs]).toEqual([true, undefined, 0]);
  });

  it("says until when, why and for whom it waits", () => {
    const { clock, gate } = closable();
    gate.close(clock.now() + 4_000, "throttled");
    expect(gate.waiting).toEqual({ untilMs: clock.wall() + 4_000, reason: "throttled", principal: "app-1" });
  });

  it("never opens earlier for a later, shorter order", () => {
    const { clock, gate, from } = closable();
    gate.close(clock.now() + 10_000, "long");
    gate.close(clock.now() + 1_000, "short");
    expect(gate.openAt - from).toBe(10_000);
  });

  it("extends the wait of those who wait already", async () => {
    const { clock, gate, from } = closable();
    gate.close(from + 5_000, "first");
    const extended = clock.sleep(3_000).then(() => gate.close(from + 20_000, "second"));
    await clock.run(Promise.all([gate.wait(tripOf().signal), extended]));
    expect(clock.now() - from).toBe(20_000);
  });

  it("counts the time it was closed once, however many wait", async () => {
    const { clock, gate, from } = closable();
    gate.close(from + 5_000, "first");
    await clock.run(Promise.all(Array.from({ length: 10 }, () => gate.wait(tripOf().signal))));
    await clock.run(clock.sleep(60_000));
    gate.close(clock.now() + 2_000, "again");
    await clock.run(clock.sleep(60_000));
    expect(gate.closedMs).toBe(7_000);
  });

  it("doubles the wait for each reply in a row that does not say how long, and starts again after an answer", async () => {
    const { clock, gate } = closable();
    const waits: number[] = [];
    for (const reply of [throttle(), throttle("soon"), throttle(), replyOf(200), throttle()]) {
      const at = clock.now();
      gate.heed(reply);
      await clock.run(gate.wait(tripOf().signal));
      waits.push(clock.now() - at);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 0, 5_000]);
  });

  it("takes a burst of replies that do not say how long for one", () => {
    const { gate, from } = closable();
    for (let reply = 0; reply < 48; reply += 1) gate.heed(throttle());
    expect(gate.openAt - from).toBe(5_000);
  });

  it("closes for no longer than the operator allows", () => {
    const { gate, from } = closable();
    gate.heed(throttle("1000000000"));
    expect(gate.openAt - from).toBe(900_000);
  });

  it("ends a wait at once when the trip is aborted", async () => {
    const { clock, gate, from } = closable();
    gate.close(from + 900_000, "long");
    const cancel = new AbortController();
    const wait = gate.wait(cancel.signal);
    cancel.abort(new Error("cancelled"));
    await expect(clock.run(wait)).rejects.toThrow("cancelled");
    expect(clock.now()).toBe(from);
  });
});

describe("gated", () => {
  it("lets none of 50 concurrent senders out before the floor", async () => {
    const { clock, gate, from } = closable();
    const departures: number[] = [];
    const send: Send = () => {
      departures.push(clock.now() - from);
      return Promise.resolve(departures.length === 1 ? throttle("30") : replyOf(200));
    };
    const layered = gated(gate, clock)(send);
    await layered(request, tripOf());
    const senders = Array.from({ length: 50 }, async (_, sender) => {
      await clock.sleep(sender * 1_000);
      return await layered(request, tripOf());
    });
    await clock.run(Promise.all(senders));
    expect(departures.slice(1).filter((at) => at < 30_000)).toEqual([]);
    expect(departures).toHaveLength(51);
  });

  it("waits again when the gate closed before the first byte", async () => {
    const { clock, gate, from } = closable();
    const send: Send = async (_request, trip) => {
      await clock.sleep(1_000);
      if (trip.mayLeave?.() === false) throw new SidecarError("throttled", "held back");
      return replyOf(204);
    };
    const sent = gated(gate, clock)(send)(request, tripOf());
    gate.close(from + 8_000, "another request was throttled");
    await clock.run(sent);
    expect(clock.now() - from).toBe(9_000);
  });

  it("adds its wait to the trip's tally", async () => {
    const { clock, gate, from } = closable();
    gate.close(from + 7_000, "throttled");
    const tally = { requests: 0, throttles: 0, waitedMs: 0 };
    await clock.run(gated(gate, clock)(scripted(replyOf(200)).send)(request, tripOf({ tally })));
    expect(tally.waitedMs).toBe(7_000);
  });

  it("passes on what else goes wrong", async () => {
    const { clock, gate } = closable();
    const { send } = scripted(new SidecarError("unavailable", "refused"));
    await expect(gated(gate, clock)(send)(request, tripOf())).rejects.toMatchObject({ code: "unavailable" });
  });
});
