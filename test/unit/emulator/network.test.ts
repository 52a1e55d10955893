import { describe, expect, it } from "vitest";
import { Network } from "../../emulator/faults/network.ts";

/** Timers end when they are told to, whatever the clock says. */
class Bench {
  time = 1000;
  readonly ends: (() => void)[] = [];
  readonly seen: string[] = [];
  readonly network = new Network({
    now: () => this.time,
    sleep: () => new Promise<void>((resolve) => this.ends.push(resolve)),
  });

  constructor() {
    const note = (word: string) => (): void => {
      this.seen.push(word);
    };
    this.network.attach({ close: note("close"), open: note("open"), show: () => undefined });
  }

  async end(timer: number): Promise<void> {
    this.ends[timer]?.();
    await Promise.resolve();
  }
}

describe("an outage of the emulator", () => {
  it("ends though its timer comes a millisecond early by the clock", async () => {
    const bench = new Bench();
    bench.network.goDown(150);
    bench.time += 149;
    await bench.end(0);
    expect(bench.seen).toEqual(["close", "open"]);
    expect(bench.network.isDown).toBe(false);
  });

  it("lasts as long as the longer one of two", async () => {
    const bench = new Bench();
    bench.network.goDown(100);
    bench.network.goDown(300);
    bench.time += 100;
    await bench.end(0);
    expect([bench.seen.includes("open"), bench.network.isDown]).toEqual([false, true]);
    await bench.end(1);
    expect(bench.seen.filter((word) => word === "open")).toHaveLength(1);
  });

  it("that was mended ends once", async () => {
    const bench = new Bench();
    bench.network.goDown(100);
    bench.network.mend();
    bench.time += 100;
    await bench.end(0);
    expect(bench.seen).toEqual(["close", "open"]);
  });
});
