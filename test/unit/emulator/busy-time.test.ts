import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BusyTime } from "../../emulator/limits/busy-time.ts";

interface Ran {
  readonly start: number;
  readonly end: number;
}

const windowMs = 100;

/** By the definition: of each request, what lies within the window. */
function usedBy(requests: readonly Ran[], now: number): number {
  return requests.reduce(
    (sum, { start, end }) => sum + Math.max(0, Math.min(end, now) - Math.max(start, now - windowMs)),
    0,
  );
}

function played(requests: readonly Ran[], now: number): BusyTime {
  const busy = new BusyTime(windowMs);
  const changes = requests.flatMap(({ start, end }) => [
    { time: start, by: 1 as const },
    { time: end, by: -1 as const },
  ]);
  for (const { time, by } of changes.filter((change) => change.time <= now).sort((a, b) => a.time - b.time)) {
    busy.change(time, by);
  }
  return busy;
}

const requests = fc.array(
  fc.record({ start: fc.nat(500), length: fc.nat(80) }).map(({ start, length }) => ({ start, end: start + length })),
  { maxLength: 30 },
);

describe("execution time in a window", () => {
  it("is what of each request lies within it, running ones included", () => {
    fc.assert(
      fc.property(requests, fc.nat(700), (ran, now) => {
        expect(played(ran, now).used(now)).toBeCloseTo(usedBy(ran, now), 6);
      }),
    );
  });

  it("is under the limit when the wait is over, and not a moment before", () => {
    fc.assert(
      fc.property(requests, fc.nat(700), fc.integer({ min: 1, max: 500 }), (ran, now, allowed) => {
        const begun = ran.filter(({ start }) => start <= now);
        const remaining = begun.reduce((sum, { end }) => sum + Math.max(0, end - now), 0);
        fc.pre(usedBy(begun, now) >= allowed && begun.every(({ end }) => end <= now + windowMs / 2));
        const wait = played(begun, now).wait(now, allowed, remaining);
        const longest = Math.max(0, ...begun.map(({ end }) => end - now));
        fc.pre(wait < windowMs && wait > longest + 2);
        expect(usedBy(begun, now + wait)).toBeLessThan(allowed);
        expect(usedBy(begun, now + wait - 1)).toBeGreaterThanOrEqual(allowed - 1e-6);
      }),
    );
  });
});
