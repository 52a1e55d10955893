import { describe, expect, it } from "vitest";
import { Trials, trialRows } from "../../../../server/publish/splitting/trials.ts";

/** Of the usual costs. */
const rows = trialRows("batch", 0.03);

/** As many answers as there were still count. */
const all = Number.POSITIVE_INFINITY;

const asExpected = (seconds: number): { seconds: number; expected: number } => ({ seconds, expected: seconds });

/** Seconds of bulk requests until a `$batch` that takes a second is tried, and answered in as many seconds as given. */
function untilTried(trials: Trials, took: number): number {
  let executed = 0;
  for (; !trials.take("batch", 1) && executed < 10_000; executed += 8) trials.heard("bulk", 600, asExpected(8));
  trials.heard("batch", rows, { seconds: took, expected: 1 });
  return executed;
}

describe("trialRows", () => {
  it("are some ten of a $batch, more of a bulk request, and fewer where they are dear", () => {
    expect([trialRows("batch", 0.03), trialRows("bulk", 0.008)]).toEqual([10, 50]);
    expect([trialRows("batch", 0.2), trialRows("bulk", 0.06)]).toEqual([5, 16]);
    expect(trialRows("batch", 1.5)).toBe(3);
  });
});

describe("Trials", () => {
  it("come once some hundred times their price was executed, each next after twice as much, up to two thousand times", () => {
    const trials = new Trials();
    const waits = [1, 2, 3, 4, 5, 6].map(() => untilTried(trials, 1));
    expect(waits).toEqual([256, 512, 1024, 2048, 2048, 2048]);
  });

  it("cost less than a thousandth of what is executed", () => {
    const trials = new Trials();
    const waits = Array.from({ length: 20 }, () => untilTried(trials, 1));
    expect(waits.length / waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(0.001);
  });

  it("are one at a time, however many lanes ask", () => {
    const trials = new Trials();
    trials.heard("bulk", 600, asExpected(300));
    expect([trials.take("batch", 1), trials.take("batch", 1)]).toEqual([true, false]);
  });

  it.each([0.4, 2.1])("come soon again after one that took %f of what was expected", (took) => {
    const trials = new Trials();
    for (let i = 0; i < 6; i++) untilTried(trials, 1);
    untilTried(trials, took);
    expect(untilTried(trials, 1)).toBe(256);
  });

  it("prove what was known of their way wrong, which no other answer does", () => {
    const trials = new Trials();
    const slow = { seconds: 3, expected: 1 };
    expect(trials.heard("batch", 10, slow)).toBe(all);
    trials.heard("bulk", 600, asExpected(300));
    trials.take("batch", 1);
    expect([trials.heard("bulk", 600, slow), trials.heard("batch", 10, slow), trials.heard("batch", 10, slow)]).toEqual(
      [all, 0.5, all],
    );
  });

  it("are of as many rows as a request may have, and soon, after few were dear: the request may be what is", () => {
    const trials = new Trials();
    for (let i = 0; i < 3; i++) untilTried(trials, 1);
    untilTried(trials, 1.5);
    expect(trials.rows("batch", 0.03, 100)).toBe(100);
    expect(untilTried(trials, 1)).toBe(256);
    expect(trials.rows("batch", 0.03, 100)).toBe(10);
  });

  it("are of few rows and of many in turn once they are as seldom as can be", () => {
    const trials = new Trials();
    for (let i = 0; i < 3; i++) untilTried(trials, 1);
    const rowsOf = [1, 2, 3, 4].map(() => {
      const next = trials.rows("batch", 0.03, 100);
      untilTried(trials, 1);
      return next;
    });
    expect(rowsOf).toEqual([10, 100, 10, 100]);
  });

  it.each([
    ["cheap with many rows make dear ones of few forgotten", 100, 0.4, 0],
    ["cheap with few rows leave something of what was known", 10, 0.4, 0.5],
    ["dear with many rows do, too", 100, 2.5, 0.5],
  ])("that are %s", (_name, count, took, kept) => {
    const trials = new Trials();
    trials.heard("bulk", 600, asExpected(300));
    trials.take("batch", 1);
    expect(trials.heard("batch", count, { seconds: took, expected: 1 })).toBe(kept);
  });

  it("wait where the way is heard of anyhow, by as much as its rows tell", () => {
    const trials = new Trials();
    trials.heard("bulk", 600, asExpected(300));
    trials.heard("batch", rows / 10, asExpected(0.1));
    expect(trials.take("batch", 1)).toBe(true);
    trials.heard("bulk", 600, asExpected(600));
    trials.heard("batch", rows, asExpected(1));
    expect(trials.take("batch", 1)).toBe(false);
  });

  it("try bulk requests where rows go by $batch", () => {
    const trials = new Trials();
    trials.heard("batch", 100, asExpected(300));
    expect([trials.take("batch", 1), trials.take("bulk", 1)]).toEqual([false, true]);
  });
});
