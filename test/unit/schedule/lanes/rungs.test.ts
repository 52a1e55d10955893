import { describe, expect, it } from "vitest";
import type { Pace, Sample } from "../../../../server/schedule/lanes/rungs.ts";
import { paceOf, Rungs, sampleOf, stretch } from "../../../../server/schedule/lanes/rungs.ts";

function samples(count: number, seconds: number, more: Partial<Sample> = {}): readonly Sample[] {
  return Array.from({ length: count }, () => ({ kind: "account", rows: 100, seconds, travelled: 0, ...more }));
}

const perRow = (pace: Pace | undefined, kind = "account"): number | undefined => pace?.get(kind)?.perRow;

describe("a pace", () => {
  it("is the time of a row, by the rows of all requests and not by the requests", () => {
    const pace = paceOf([...samples(1, 1, { rows: 100 }), ...samples(1, 6, { rows: 300 })]);
    expect(perRow(pace)).toBeCloseTo(7 / 400, 5);
  });

  it("keeps kinds of work apart", () => {
    const pace = paceOf([...samples(3, 1), ...samples(2, 5, { kind: "contact" })]);
    expect([perRow(pace), perRow(pace, "contact"), pace.get("contact")?.samples]).toEqual([0.01, 0.05, 2]);
  });

  it("is not told by one request that took ten times as long", () => {
    const pace = paceOf([...samples(15, 1), ...samples(1, 10)]);
    expect(perRow(pace)).toBeLessThan(0.011);
  });

  it("is never nothing, whatever the clock says", () => {
    expect(perRow(paceOf(samples(4, 0)))).toBeGreaterThan(0);
  });
});

describe("how much slower rows became", () => {
  it("is told by each kind that both know, and by no other", () => {
    const before = paceOf([...samples(8, 1), ...samples(8, 1, { kind: "gone" })]);
    const after = paceOf([...samples(8, 2), ...samples(8, 90, { kind: "new" })]);
    expect(stretch(before, after)).toBeCloseTo(2);
  });

  it("is not taken from a mix of work that changed", () => {
    const mostCheap = paceOf([...samples(12, 1), ...samples(4, 20, { kind: "dear" })]);
    const mostDear = paceOf([...samples(4, 1), ...samples(12, 20, { kind: "dear" })]);
    expect(stretch(mostCheap, mostDear)).toBeCloseTo(1);
  });

  it("is told most by the kind of which most was seen", () => {
    const before = paceOf([...samples(30, 1), ...samples(2, 1, { kind: "rare" })]);
    const after = paceOf([...samples(30, 1), ...samples(2, 4, { kind: "rare" })]);
    expect(stretch(before, after)).toBeLessThan(1.2);
  });

  it("counts the time in which requests travel, which more lanes do not stretch", () => {
    const before = paceOf(samples(8, 1, { travelled: 1 }));
    const after = paceOf(samples(8, 3, { travelled: 1 }));
    expect(stretch(before, after)).toBeCloseTo(2);
  });

  it("is not taken from requests that became smaller", () => {
    const work = { kind: "account", seconds: 1, requestRows: 7.5 };
    const of = (rows: number) =>
      paceOf(Array.from({ length: 8 }, () => sampleOf({ ...work, rows }, 0.06 + 0.008 * rows, 0.1)));
    expect(stretch(of(27), of(1))).toBeCloseTo(1);
    expect(
      stretch(of(27), paceOf([...Array.from({ length: 8 }, () => sampleOf({ ...work, rows: 1 }, 0.136, 0.1))])),
    ).toBeGreaterThan(1.2);
  });

  it("is not taken from what requests were expected to cost, which follows what they cost", () => {
    const work = { kind: "account", rows: 1, requestRows: 7.5 };
    const before = paceOf([sampleOf({ ...work, seconds: 0.07 }, 0.07, 0)]);
    const after = paceOf([sampleOf({ ...work, seconds: 0.01 }, 0.07, 0)]);
    expect(stretch(before, after)).toBeCloseTo(1);
  });

  it("cannot be told where they have no kind of work in common", () => {
    expect(stretch(paceOf(samples(3, 1)), paceOf(samples(3, 1, { kind: "other" })))).toBeUndefined();
  });
});

describe("what is remembered of each number of lanes", () => {
  it("is the mean of all that was seen there", () => {
    const rungs = new Rungs();
    rungs.add(4, paceOf(samples(10, 1)), 0);
    rungs.add(4, paceOf(samples(30, 2)), 1);
    expect(perRow(rungs.at(4, 1))).toBeCloseTo(0.0175, 5);
    expect(rungs.at(5, 1)).toBeUndefined();
  });

  it("follows a change, however much was seen before it", () => {
    const rungs = new Rungs();
    for (let i = 0; i < 100; i++) rungs.add(4, paceOf(samples(20, 1)), i);
    for (let i = 0; i < 12; i++) rungs.add(4, paceOf(samples(20, 2)), i);
    expect(perRow(rungs.at(4, 12))).toBeGreaterThan(0.018);
  });

  it("is forgotten after a quarter of an hour", () => {
    const rungs = new Rungs();
    rungs.add(4, paceOf(samples(10, 1)), 0);
    expect(rungs.at(4, 900_000)).toBeDefined();
    expect(rungs.at(4, 900_001)).toBeUndefined();
    rungs.add(4, paceOf(samples(10, 2)), 900_001);
    expect(perRow(rungs.at(4, 900_001))).toBeCloseTo(0.02, 5);
  });

  it("is forgotten on demand", () => {
    const rungs = new Rungs();
    rungs.add(4, paceOf(samples(10, 1)), 0);
    rungs.clear();
    expect(rungs.at(4, 0)).toBeUndefined();
  });

  it("is bounded: the numbers of lanes and the kinds that are longest unheard of leave", () => {
    const rungs = new Rungs();
    for (let lanes = 1; lanes <= 24; lanes++) rungs.add(lanes, paceOf(samples(2, 1)), 0);
    rungs.add(1, paceOf(samples(2, 1)), 0);
    rungs.add(25, paceOf(samples(2, 1)), 0);
    expect([rungs.at(1, 0), rungs.at(2, 0)].map((pace) => pace !== undefined)).toEqual([true, false]);
    for (let i = 0; i < 40; i++) rungs.add(1, paceOf(samples(2, 1, { kind: `kind ${i}` })), 0);
    expect([rungs.at(1, 0)?.size, rungs.at(1, 0)?.has("kind 39")]).toEqual([16, true]);
  });
});
