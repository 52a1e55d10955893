import { describe, expect, it } from "vitest";
import { systemClock } from "../../../server/core/clock.ts";

const { signal } = new AbortController();

describe("systemClock", () => {
  it("sleeps", async () => {
    const from = systemClock.now();
    await systemClock.sleep(1, signal);
    await systemClock.sleep(-1);
    expect(systemClock.now()).toBeGreaterThan(from);
  });

  it("does not begin to sleep after an abort", async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
  });

  it("wakes at once with the signal's reason", async () => {
    const abort = new AbortController();
    const sleep = systemClock.sleep(60_000, abort.signal);
    abort.abort(new Error("gone"));
    await expect(sleep).rejects.toThrow("gone");
  });

  it("acts once, and not when it is called off", async () => {
    const acted = Promise.withResolvers<void>();
    let others = 0;
    const callOff = systemClock.after(0, () => {
      others += 1;
    });
    systemClock.after(-1, acted.resolve);
    callOff();
    await acted.promise;
    expect(others).toBe(0);
  });

  it("ticks until it is stopped", async () => {
    const ticked = Promise.withResolvers<void>();
    const stop = systemClock.every(1, ticked.resolve);
    await ticked.promise;
    stop();
    await systemClock.turn();
    expect(systemClock.wall()).toBeGreaterThan(Date.UTC(2020, 0, 1));
  });

  it("has chance in [0, 1)", () => {
    const chance = systemClock.random();
    expect(chance >= 0 && chance < 1).toBe(true);
  });
});
