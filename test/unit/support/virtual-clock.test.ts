import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../support/virtual-clock.ts";

describe("VirtualClock", () => {
  it("passes an hour at once, on both scales", async () => {
    const clock = new VirtualClock({ wall: 5000 });
    const before = clock.now();
    await clock.run(clock.sleep(3_600_000));
    expect(clock.now() - before).toBe(3_600_000);
    expect(clock.wall()).toBe(3_605_000);
    expect(clock.pending).toBe(0);
  });

  it("wakes sleepers by time, and by order where the time is the same", async () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(name);
    };
    await clock.run(Promise.all([sleep("c", 20), sleep("a", 10), sleep("b", 10), sleep("now", 0)]));
    expect(woken).toEqual(["now", "a", "b", "c"]);
  });

  it("lets all turns be taken before time passes", async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const turns = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await clock.turn();
      seen.push(clock.now());
    };
    const at = clock.now();
    await clock.run(Promise.all([turns(), clock.sleep(1)]));
    expect(seen).toEqual([at]);
  });

  it("leaves neither a timer nor a listener behind an aborted or an ended sleep", async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    await clock.run(clock.sleep(5, abort.signal));
    const cut = clock.sleep(50, abort.signal);
    expect(clock.pending).toBe(1);
    abort.abort(new Error("enough"));
    await expect(clock.run(cut)).rejects.toThrow("enough");
    await expect(clock.sleep(50, abort.signal)).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });

  it("waits for what comes after a time, and not for what was called off", async () => {
    const clock = new VirtualClock();
    const acted = Promise.withResolvers<void>();
    const callOff = clock.after(1, () => acted.reject(new Error("It was called off.")));
    const from = clock.now();
    clock.after(10, acted.resolve);
    callOff();
    callOff();
    await clock.run(acted.promise);
    expect([clock.now() - from, clock.pending]).toEqual([10, 0]);
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow("Nothing is left to wait for");
  });

  it("says when nothing is left to wait for, even while something ticks", async () => {
    const clock = new VirtualClock();
    clock.every(1000, () => undefined);
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow("Nothing is left to wait for at 0 ms");
  });

  it("ticks on up to the time it was given", async () => {
    const clock = new VirtualClock();
    let ticks = 0;
    const stop = clock.every(1000, () => {
      ticks += 1;
    });
    await expect(clock.run(new Promise(() => undefined), { maxMs: 3500 })).rejects.toThrow("at 3500 ms");
    expect(ticks).toBe(3);
    stop();
    expect(clock.pending).toBe(0);
  });

  it("says when a loop of sleeps never lets time pass", async () => {
    const clock = new VirtualClock();
    const spin = async (): Promise<never> => {
      for (;;) await clock.sleep(0);
    };
    await expect(clock.run(spin())).rejects.toThrow("Time stands still at 0 ms");
  });

  it("can be stopped from within the tick", async () => {
    const clock = new VirtualClock();
    let ticks = 0;
    const stop = clock.every(10, () => {
      ticks += 1;
      stop();
    });
    await clock.run(clock.sleep(100));
    expect(ticks).toBe(1);
  });

  it("gives what the work came to, also when it fails", async () => {
    const clock = new VirtualClock();
    expect(await clock.run(Promise.resolve(7))).toBe(7);
    await expect(clock.run(Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  it("draws the same chances for the same seed, within [0, 1)", () => {
    const draw = (seed: number): number[] => {
      const clock = new VirtualClock({ seed });
      return Array.from({ length: 100 }, () => clock.random());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((chance) => chance >= 0 && chance < 1)).toBe(true);
  });
});
