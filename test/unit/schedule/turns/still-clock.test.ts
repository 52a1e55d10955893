import { describe, expect, it } from "vitest";
import { StillClock } from "../../../../server/schedule/turns/still-clock.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Of which a millisecond goes by at each look. */
class Restless extends VirtualClock {
  #looks = 0;

  override now(): number {
    this.#looks += 1;
    return super.now() + this.#looks;
  }
}

describe("a still clock", () => {
  it("stands still during a decision, and those within it, and goes on afterwards", () => {
    const clock = new StillClock(new Restless());
    const [first, within, last] = clock.during(() => [clock.now(), clock.during(() => clock.now()), clock.now()]);
    expect([within, last]).toEqual([first, first]);
    expect(clock.now()).toBeGreaterThan(first ?? 0);
  });

  it("goes on after a decision that fails", () => {
    const clock = new StillClock(new Restless());
    const decide = (): never => {
      throw new Error("broken");
    };
    expect(() => clock.during(decide)).toThrow("broken");
    expect(clock.now()).not.toBe(clock.now());
  });

  it("is the clock behind it otherwise", async () => {
    const behind = new VirtualClock();
    const clock = new StillClock(behind);
    const from = behind.now();
    let ticks = 0;
    const stop = clock.every(10, () => {
      ticks += 1;
    });
    let acts = 0;
    clock.after(20, () => {
      acts += 1;
    });
    await behind.run(clock.sleep(35));
    expect(acts).toBe(1);
    await clock.turn();
    stop();
    expect([behind.now() - from, ticks, clock.wall()]).toEqual([35, 3, behind.wall()]);
    expect(clock.random()).toBeLessThan(1);
    const over = new AbortController();
    over.abort(new Error("over"));
    await expect(clock.sleep(1, over.signal)).rejects.toThrow("over");
  });
});
