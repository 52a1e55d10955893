import { describe, expect, it } from "vitest";
import { Waits } from "../../../../server/schedule/turns/waits.ts";

describe("Waits", () => {
  it("gives each second to what held work back then", () => {
    const waits = new Waits();
    waits.note("limits", 1000);
    waits.note("throttled", 3000);
    waits.note(undefined, 4000);
    waits.note("limits", 9000);
    expect(waits.seconds(9500)).toEqual({ outage: 0, limits: 2.5, throttled: 1, lanes: 0 });
  });

  it("counts a wait that is under way once, however often it is asked for", () => {
    const waits = new Waits();
    waits.note("lanes", 0);
    waits.seconds(1000);
    expect(waits.seconds(2000)).toEqual({ outage: 0, limits: 0, throttled: 0, lanes: 2 });
  });
});
