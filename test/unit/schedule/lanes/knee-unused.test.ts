import { describe, expect, it } from "vitest";
import { Knee } from "../../../../server/schedule/lanes/knee.ts";
import { most, rows, unbounded } from "../../../support/schedule/slowing-environment.ts";

describe("lanes that cannot be used, for memory is short", () => {
  it("are given up after as many replies as tell of those that can", () => {
    const knee = new Knee(200, most);
    for (let i = 0; i < 59; i++) knee.unused(40, 0);
    expect(knee.lanes(unbounded, 0)).toBe(200);
    knee.unused(40, 0);
    expect(knee.lanes(unbounded, 0), "one and a half replies for each of the 40").toBeLessThan(50);
  });

  it("are kept where memory is short for a moment", () => {
    const knee = new Knee(200, most);
    for (let i = 0; i < 300; i++) {
      knee.unused(40, 0);
      if (i % 50 === 0) knee.learn({ kind: "account", rows, seconds: 5, travelled: 0 }, unbounded, 0);
    }
    expect(knee.lanes(unbounded, 0)).toBeGreaterThanOrEqual(200);
  });

  it("leave at least one", () => {
    const knee = new Knee(4, most);
    for (let i = 0; i < 16; i++) knee.unused(0, 0);
    expect(knee.lanes({ ...unbounded, bind: true }, 0)).toBe(1);
  });
});
