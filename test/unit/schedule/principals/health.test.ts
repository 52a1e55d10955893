import { describe, expect, it } from "vitest";
import { Health } from "../../../../server/schedule/principals/health.ts";

const second = 1000;

describe("Health", () => {
  it("leaves a principal that was refused alone for 30 s, then lets one request try", () => {
    const health = new Health();
    expect(health.refused(0)).toBe(30 * second);
    expect(health.isQuarantined).toBe(true);
    expect(health.mayTry(30 * second - 1)).toBe(false);
    expect(health.nextAt(0)).toBe(30 * second);
    expect(health.mayTry(30 * second)).toBe(true);
    health.tried();
    expect(health.mayTry(30 * second)).toBe(false);
    health.ended();
    expect(health.mayTry(30 * second)).toBe(true);
  });

  it("doubles the time with each refused trial, to 10 min", () => {
    const health = new Health();
    const times: (number | undefined)[] = [];
    let now = 0;
    for (let trial = 0; trial < 7; trial += 1) {
      const ms = health.refused(now);
      times.push(ms);
      now += ms ?? 0;
    }
    expect(times).toEqual([30, 60, 120, 240, 480, 600, 600].map((seconds) => seconds * second));
  });

  it("counts refusals of requests that were under way as one", () => {
    const health = new Health();
    health.refused(0);
    expect(health.refused(1)).toBeUndefined();
    expect(health.mayTry(30 * second)).toBe(true);
  });

  it("begins anew after a request that was let in", () => {
    const health = new Health();
    health.refused(0);
    health.refused(30 * second);
    expect(health.accepted()).toBe(true);
    expect(health.mayTry(31 * second)).toBe(true);
    expect(health.nextAt(31 * second)).toBe(Number.POSITIVE_INFINITY);
    expect(health.refused(40 * second)).toBe(30 * second);
  });

  it("has nothing to tell of one that was always let in", () => {
    const health = new Health();
    health.tried();
    expect(health.mayTry(0)).toBe(true);
    expect(health.accepted()).toBe(false);
  });
});
