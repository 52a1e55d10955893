import { describe, expect, it, vi } from "vitest";
import { Waits } from "../../../../server/schedule/turns/waits.ts";

describe("Waits", () => {
  it("gives each second to what held work back then", () => {
    const waits = new Waits(() => undefined);
    waits.note("limits", 1000);
    waits.note("throttled", 3000);
    waits.note(undefined, 4000);
    waits.note("limits", 9000);
    expect(waits.seconds(9500)).toEqual({ outage: 0, limits: 2.5, throttled: 1, lanes: 0 });
  });

  it("counts a wait that is under way once, however often it is asked for", () => {
    const waits = new Waits(() => undefined);
    waits.note("lanes", 0);
    waits.seconds(1000);
    expect(waits.seconds(2000)).toEqual({ outage: 0, limits: 0, throttled: 0, lanes: 2 });
  });

  it("says of each that was of a second or longer when it is over, whole", () => {
    const over = vi.fn();
    const waits = new Waits(over);
    waits.note("limits", 0);
    waits.seconds(2000);
    waits.note("limits", 3000);
    waits.note("throttled", 4000);
    waits.note("lanes", 4999);
    waits.note(undefined, 6000);
    waits.note(undefined, 60_000);
    expect(over.mock.calls).toEqual([
      ["limits", 4],
      ["lanes", 1.001],
    ]);
  });
});
