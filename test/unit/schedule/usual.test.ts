import { describe, expect, it } from "vitest";
import { Usual } from "../../../server/schedule/usual.ts";

function usualOf(count: number, seconds: number, usual = new Usual()): Usual {
  for (let i = 0; i < count; i++) usual.add(seconds);
  return usual;
}

describe("how long requests usually take", () => {
  it("is told by a few long ones, and not by one short one among many", () => {
    expect(usualOf(30, 8).seconds).toBeGreaterThan(7.5);
    const usual = usualOf(600, 0.2);
    const before = usual.seconds;
    usual.add(1);
    expect(usual.seconds / before).toBeLessThan(1.02);
  });

  it("follows requests that become longer within some of them", () => {
    expect(usualOf(40, 8, usualOf(600, 0.3)).seconds).toBeGreaterThan(5);
  });
});

describe("what a request costs beside its execution", () => {
  it("is nothing where execution is what fills its window first", () => {
    expect(usualOf(30, 8).surcharge).toBe(0);
    expect(usualOf(600, 0.26).surcharge).toBe(0);
  });

  it("is the more, the shorter requests are that fill theirs, up to a bound", () => {
    const [even, short, shorter] = [0.2, 0.16, 0.01].map((seconds) => usualOf(5000, seconds).surcharge);
    expect(even).toBeCloseTo(0.02, 2);
    expect(short).toBeGreaterThan(even ?? 0);
    expect(shorter).toBe(0.1);
  });
});
