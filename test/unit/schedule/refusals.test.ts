import { describe, expect, it } from "vitest";
import { Refusals } from "../../../server/schedule/refusals.ts";

const minute = 60_000;

/** Requests that are answered until one lane more may be asked for, a minute after the last refusal. */
function answersUntilAsked(refusals: Refusals, now: number): number {
  let answers = 0;
  for (; answers < 5000 && !refusals.mayAsk(now); answers++) refusals.answered();
  return answers;
}

describe("refusals for too many requests at once", () => {
  it("say for half an hour how many there may be", () => {
    const refusals = new Refusals();
    expect(refusals.hold(0), "before any").toBe(false);
    refusals.refused(1000);
    expect([refusals.hold(1000 + 29 * minute), refusals.hold(1000 + 30 * minute)]).toEqual([true, false]);
  });

  it("are not provoked again before a minute is over, nor before some requests were answered", () => {
    const refusals = new Refusals();
    refusals.refused(0);
    for (let i = 0; i < 1000; i++) refusals.answered();
    expect([refusals.mayAsk(minute - 1), refusals.mayAsk(minute)]).toEqual([false, true]);
    refusals.refused(minute);
    expect([refusals.mayAsk(5 * minute), answersUntilAsked(refusals, 5 * minute) > 50]).toEqual([false, true]);
  });

  it("of the one lane more put the next one off, each time for longer, up to a bound", () => {
    const refusals = new Refusals();
    refusals.refused(0);
    const counts = Array.from({ length: 8 }, (_, i) => {
      const answers = answersUntilAsked(refusals, (i + 1) * 10 * minute);
      refusals.refused((i + 1) * 10 * minute);
      return answers;
    });
    expect(counts).toEqual([60, 120, 240, 480, 600, 600, 600, 600]);
  });

  it("of others than the one more put nothing off", () => {
    const refusals = new Refusals();
    for (let i = 0; i < 5; i++) refusals.refused(i);
    expect(answersUntilAsked(refusals, 10 * minute)).toBe(60);
  });

  it("are less feared once the one more was let in", () => {
    const refusals = new Refusals();
    refusals.refused(0);
    for (const at of [10, 20, 30]) {
      answersUntilAsked(refusals, at * minute);
      refusals.refused(at * minute);
    }
    expect(answersUntilAsked(refusals, 40 * minute)).toBe(480);
    answersUntilAsked(refusals, 50 * minute);
    expect(answersUntilAsked(refusals, 60 * minute)).toBe(60);
  });
});
