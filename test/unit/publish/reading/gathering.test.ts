import { describe, expect, it } from "vitest";
import { Gathering } from "../../../../server/publish/reading/gathering.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

class Bench {
  readonly clock = new VirtualClock();
  readonly lookUp = { isAsking: false, gathers: true };
  readonly preparation = { open: 0 };
  readonly gathering = new Gathering({ clock: this.clock, lookUp: this.lookUp, preparation: this.preparation });

  async sleep(ms: number): Promise<void> {
    await this.clock.run(this.clock.sleep(ms));
  }
}

describe("rows of a stream that may be a repetition", () => {
  it("wait until the client pauses", async () => {
    const bench = new Bench();
    bench.gathering.arrived();
    const at = bench.gathering.nextAt;
    expect([bench.gathering.holds, at]).toEqual([true, bench.clock.now() + 50]);
    await bench.sleep(50);
    expect([bench.gathering.holds, bench.gathering.nextAt]).toEqual([false, undefined]);
  });

  it("wait no longer than a second for a client that never pauses, and then again", async () => {
    const bench = new Bench();
    const held: boolean[] = [];
    for (let i = 0; i < 60; i++) {
      bench.gathering.arrived();
      await bench.sleep(20);
      held.push(bench.gathering.holds);
    }
    expect(held.flatMap((holds, i) => (holds ? [] : [i]))).toEqual([49]);
  });

  it("wait for nothing after the client's end", () => {
    const bench = new Bench();
    bench.gathering.arrived();
    bench.gathering.end();
    expect(bench.gathering.holds).toBe(false);
  });

  it("wait for record batches whose keys are being found", () => {
    const bench = new Bench();
    bench.preparation.open = 1;
    expect(bench.gathering.holds).toBe(true);
  });

  it("wait for the first look, whatever it is", () => {
    const bench = new Bench();
    bench.lookUp.gathers = false;
    bench.lookUp.isAsking = true;
    expect(bench.gathering.holds).toBe(true);
  });
});

describe("rows of any other stream", () => {
  it("wait for nothing", () => {
    const bench = new Bench();
    bench.lookUp.gathers = false;
    bench.preparation.open = 1;
    bench.gathering.arrived();
    expect([bench.gathering.holds, bench.gathering.nextAt]).toEqual([false, undefined]);
  });
});
