import { describe, expect, it } from "vitest";
import { Alarm } from "../../../../server/schedule/turns/alarm.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

function alarm() {
  const clock = new VirtualClock();
  const from = clock.now();
  const rung: number[] = [];
  return { clock, from, rung, alarm: new Alarm(clock, () => rung.push(clock.now() - from)) };
}

describe("an alarm", () => {
  it("rings once, at the earliest time that it was set to", async () => {
    const { clock, from, rung, alarm: set } = alarm();
    set.setBy(from + 5000);
    set.setBy(from + 2000);
    set.setBy(from + 9000);
    await clock.run(clock.sleep(10_000));
    expect(rung).toEqual([2000]);
    expect(set.isSet).toBe(false);
  });

  it("can be set again when it has rung, for a moment that is past, too", async () => {
    const { clock, from, rung, alarm: set } = alarm();
    set.setBy(from + 1000);
    await clock.run(clock.sleep(2000));
    set.setBy(from + 1500);
    await clock.run(clock.sleep(2000));
    expect(rung).toEqual([1000, 2001]);
  });

  it("leaves no timer when it is stopped, and rings no more", async () => {
    const { clock, from, rung, alarm: set } = alarm();
    set.setBy(from + 1000);
    set.stop();
    expect(clock.pending).toBe(0);
    await clock.run(clock.sleep(2000));
    expect(rung).toEqual([]);
  });
});
