import { describe, expect, it } from "vitest";
import { lookMs, Pace } from "../../../../server/publish/runs/pace.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** A stream whose rows cost 10 ms each, in an environment that executes what it is told. */
function sceneOf(expectedRows?: number) {
  const clock = new VirtualClock();
  const scheduler = {
    executedSeconds: 0,
    heldSeconds: 0,
    windowsMs: 0,
    forecastMs: (): number => scheduler.windowsMs,
  };
  const pace = new Pace({ clock, scheduler, expectedRows });
  let settled = 0;
  /** Seconds in each of which so many rows settle, and as many of others. */
  const pass = async (seconds: number, rows: number, others = 0): Promise<void> => {
    for (let i = 0; i < seconds; i += 1) {
      await clock.run(clock.sleep(lookMs));
      settled += rows;
      scheduler.executedSeconds += (rows + others) * 0.01;
      pace.look({ settled, unsettled: 1, isHeld: false });
    }
  };
  return {
    clock,
    scheduler,
    pace,
    pass,
    figures: (waitMs?: number) => pace.figures(settled, waitMs),
    overall: () => pace.overall(settled),
  };
}

describe("the rate of a stream", () => {
  it("is that of the last minute, pauses included", async () => {
    const { pass, figures, overall } = sceneOf();
    await pass(60, 100);
    expect(figures().rowsPerSecond).toBeCloseTo(100, 6);
    await pass(30, 0);
    expect(figures().rowsPerSecond).toBeCloseTo(50, 6);
    await pass(30, 0);
    expect(figures().rowsPerSecond).toBe(0);
    expect(overall()).toBeCloseTo(50, 6);
  });

  it("is none before time has passed", () => {
    const { figures, overall } = sceneOf();
    expect([figures(), overall()]).toEqual([{ rowsPerSecond: 0 }, 0]);
  });
});

describe("the time left", () => {
  it("is what the rest costs at the pace of the last minute", async () => {
    const { pass, figures } = sceneOf(10_000);
    await pass(10, 100);
    expect(figures().etaMs).toBe(90_000);
  });

  it("of a young stream rests on the later half of its life: it began slowly", async () => {
    const { pass, figures } = sceneOf(10_000);
    await pass(10, 10);
    await pass(10, 100);
    expect(figures().etaMs).toBe(89_000);
  });

  it("counts what others execute: their rows take as much of the windows", async () => {
    const { pass, figures } = sceneOf(10_000);
    await pass(10, 100, 300);
    expect(figures().etaMs).toBe(90_000);
  });

  it("is never less than the windows need, however fast a burst was", async () => {
    const { pass, figures, scheduler } = sceneOf(10_000);
    scheduler.windowsMs = 3_600_000;
    await pass(10, 900);
    expect(figures().etaMs).toBe(3_600_000);
  });

  it("is what the windows need in the pause after a burst, and long after it", async () => {
    const { pass, figures, scheduler } = sceneOf(10_000);
    await pass(10, 900);
    scheduler.windowsMs = 200_000;
    for (let second = 0; second < 70; second += 1) {
      scheduler.heldSeconds += 1;
      await pass(1, 0);
    }
    expect(figures()).toEqual({ rowsPerSecond: 0, etaMs: 200_000 });
  });

  it.each([20, 70, 400])("is not over in an outage or behind a Retry-After, after %i s of it", async (seconds) => {
    const { pass, figures, scheduler } = sceneOf(100_000);
    await pass(100, 100);
    for (let second = 0; second < seconds; second += 1) {
      scheduler.heldSeconds += 0.999;
      // The question whether it is over.
      scheduler.executedSeconds += second % 20 === 19 ? 0.001 : 0;
      await pass(1, 0);
    }
    expect((figures().etaMs ?? 0) / 900_000).toBeCloseTo(1, 1);
    expect((figures(120_000).etaMs ?? 0) / 1_020_000).toBeCloseTo(1, 1);
  });

  it("takes what a row costs over some minutes: one long request does not multiply it", async () => {
    const { pass, figures, scheduler } = sceneOf(100_000);
    await pass(60, 100);
    for (let second = 0; second < 60; second += 1) {
      scheduler.heldSeconds += 1;
      await pass(1, 0);
    }
    await pass(1, 1, 500);
    expect(figures().etaMs).toBeLessThan(2 * 60 * 1000 * 20);
  });

  it("is not said where the client does not say how many rows there are, and not in the first seconds", async () => {
    const untold = sceneOf();
    await untold.pass(10, 100);
    expect(untold.figures()).not.toHaveProperty("etaMs");
    const young = sceneOf(10_000);
    await young.pass(9, 100);
    expect(young.figures()).not.toHaveProperty("etaMs");
  });

  it("is not said while nothing moves and nobody knows why", async () => {
    const { pass, figures } = sceneOf(10_000);
    await pass(10, 100);
    await pass(61, 0);
    expect(figures()).not.toHaveProperty("etaMs");
  });

  it("is what the windows need where they held work back for most of the time, and nothing moved", async () => {
    const { pass, figures, scheduler } = sceneOf(10_000);
    await pass(10, 100);
    scheduler.windowsMs = 200_000;
    for (let second = 0; second < 61; second += 1) {
      scheduler.heldSeconds += 2 / 3;
      await pass(1, 0);
    }
    expect(figures().etaMs).toBe(200_000);
  });

  it("is nothing when all have settled, or more", async () => {
    const { pass, figures, scheduler } = sceneOf(500);
    await pass(10, 100);
    scheduler.windowsMs = 60_000;
    expect(figures().etaMs).toBe(0);
  });
});

describe("the idle time of a stream", () => {
  it("grows while rows wait that might be sent, and ends with the next that settles", () => {
    const { pace } = sceneOf();
    pace.look({ settled: 1, unsettled: 5, isHeld: false });
    for (let i = 0; i < 3; i += 1) pace.look({ settled: 1, unsettled: 5, isHeld: false });
    expect(pace.idleMs).toBe(3 * lookMs);
    pace.look({ settled: 2, unsettled: 4, isHeld: false });
    expect(pace.idleMs).toBe(0);
  });

  it("neither grows nor begins anew while nothing may be sent", () => {
    const { pace } = sceneOf();
    pace.look({ settled: 0, unsettled: 5, isHeld: false });
    pace.look({ settled: 0, unsettled: 5, isHeld: true });
    expect(pace.idleMs).toBe(lookMs);
  });

  it("is none without rows", () => {
    const { pace } = sceneOf();
    pace.look({ settled: 0, unsettled: 5, isHeld: false });
    pace.look({ settled: 0, unsettled: 0, isHeld: false });
    expect(pace.idleMs).toBe(0);
  });
});
