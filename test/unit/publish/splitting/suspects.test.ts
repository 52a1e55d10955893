import { describe, expect, it } from "vitest";
import type { Operation } from "../../../../server/publish/rows/batch.ts";
import { Suspects } from "../../../../server/publish/splitting/suspects.ts";
import { accountMapping, byNumberRequest, numberedOperations } from "../../../support/publish/scenes.ts";

const mapping = accountMapping(byNumberRequest);
const some = (count: number): readonly Operation[] => numberedOperations(mapping, count);

/** To which the first row came so many seconds ago and was judged. */
function usedFor(seconds: number): Suspects {
  const suspects = new Suspects();
  suspects.add(some(1), 0);
  suspects.take(0);
  suspects.add(some(3), seconds * 1000);
  return suspects;
}

describe("Suspects", () => {
  it("are due when they fill a request, and the rest waits on", () => {
    const suspects = usedFor(1000);
    suspects.add(some(98), 1_000_000);
    expect(suspects.due(1_000_000).length).toBe(100);
    expect(suspects.due(1_000_000).length).toBe(0);
    expect(suspects.requests(true)).toBe(1);
  });

  it("wait ten seconds at most", () => {
    expect(usedFor(1000).due(1_009_999).length).toBe(0);
    expect(usedFor(1000).due(1_010_000).length).toBe(3);
  });

  it("wait no longer than a tenth of the time that there were any: at first they teach what to expect", () => {
    expect(usedFor(0).due(0).length).toBe(3);
    expect(usedFor(9).due(9_900).length).toBe(0);
    expect(usedFor(9).due(10_000).length).toBe(3);
  });

  it("count the time from the oldest of them", () => {
    const suspects = usedFor(1000);
    suspects.add(some(1), 1_009_000);
    expect(suspects.due(1_010_000).length).toBe(4);
  });

  it("are full requests, or all there are where nothing else is to be sent", () => {
    const suspects = usedFor(1000);
    expect([suspects.requests(false), suspects.requests(true)]).toEqual([0, 1]);
    suspects.add(some(98), 1_000_000);
    expect([suspects.requests(false), suspects.requests(true)]).toEqual([1, 2]);
    expect(suspects.drain().length).toBe(101);
    expect([suspects.requests(true), suspects.due(9e9).length]).toEqual([0, 0]);
  });
});
