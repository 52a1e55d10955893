import { describe, expect, it } from "vitest";
import type { TurnsOptions } from "../../../../server/publish/sending/turns.ts";
import { Turns } from "../../../../server/publish/sending/turns.ts";
import { ScriptedPrincipal, schedulerOf, seatOf } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Work in requests; each takes a second. */
class Bench {
  readonly clock = new VirtualClock();
  readonly halt = new AbortController();
  readonly turns: Turns;
  left = 0;
  sent = 0;
  inFlight = 0;
  most = 0;
  looks = 0;

  constructor(more: Partial<TurnsOptions> = {}) {
    const principal = new ScriptedPrincipal(() => new Error("asked"));
    this.turns = new Turns({
      scheduler: schedulerOf(this.clock, [principal]),
      seat: seatOf(),
      clock: this.clock,
      signal: this.halt.signal,
      wanted: () => this.left,
      nextAt: () => undefined,
      send: () => this.send(),
      over: () => undefined,
      fail: (thrown) => {
        throw thrown;
      },
      ...more,
    });
  }

  send(): Promise<void> | undefined {
    this.looks += 1;
    if (this.left === 0) return undefined;
    this.left -= 1;
    this.sent += 1;
    this.inFlight += 1;
    this.most = Math.max(this.most, this.inFlight);
    return this.clock.sleep(1000).then(() => {
      this.inFlight -= 1;
    });
  }
}

describe("the turns of a stream", () => {
  it("go on until the work is done, as many at once as there are lanes", async () => {
    const bench = new Bench();
    bench.left = 10;
    bench.turns.pump();
    await bench.clock.run(bench.turns.silence());
    expect([bench.sent, bench.most]).toEqual([10, 4]);
  });

  it("are not asked for beyond the work at hand", async () => {
    const bench = new Bench();
    bench.left = 1;
    bench.turns.pump();
    bench.turns.pump();
    await bench.clock.run(bench.turns.silence());
    expect([bench.sent, bench.looks]).toEqual([1, 1]);
  });

  it("come again when waiting work is due", async () => {
    let dueAt: number | undefined;
    const bench = new Bench({ nextAt: () => dueAt, wanted: () => (bench.left > 0 ? 1 : 0) });
    dueAt = bench.clock.now() + 5000;
    bench.turns.pump();
    bench.left = 1;
    await bench.clock.run(bench.clock.sleep(7000));
    dueAt = undefined;
    expect(bench.sent).toBe(1);
  });

  it("come for work that fell due since they were counted, though none of them is left to ask again", async () => {
    let dueAt: number | undefined;
    const bench = new Bench({ nextAt: () => dueAt });
    dueAt = bench.clock.now();
    bench.turns.pump();
    bench.left = 1;
    await bench.clock.run(bench.clock.sleep(10));
    dueAt = undefined;
    expect(bench.sent).toBe(1);
  });

  it("end when the stream halts", async () => {
    const bench = new Bench();
    bench.left = 10;
    bench.turns.pump();
    bench.halt.abort(new Error("over"));
    await bench.clock.run(bench.turns.silence());
    expect(bench.sent).toBeLessThanOrEqual(4);
    bench.turns.pump();
    expect(bench.left).toBeGreaterThan(5);
  });
});
