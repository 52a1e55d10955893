import { describe, expect, it } from "vitest";
import { Refusals } from "../../../../server/schedule/lanes/refusals.ts";

const minute = 60_000;

/** Requests that are answered until one lane more may be asked for, a minute after the last refusal. */
function answersUntilAsked(refusals: Refusals, now: number): number {
  let answers = 0;
  for (; answers < 5000 && !refusals.mayAsk(now); answers++) refusals.answered();
  return answers;
}

/** Until one lane more is asked for without another answer; a time that is never reached if it never is. */
function minutesUntilAsked(refusals: Refusals, from: number): number {
  let minutes = 0;
  for (; minutes < 100 && !refusals.mayAsk(from + minutes * minute); minutes++);
  return minutes;
}

describe("refusals for too many requests at once", () => {
  it("say for half an hour how many there may be", () => {
    const refusals = new Refusals();
    expect(refusals.hold(0), "before any").toBe(false);
    refusals.refused(4, 3, 1000);
    expect([refusals.hold(1000 + 29 * minute), refusals.hold(1000 + 30 * minute)]).toEqual([true, false]);
  });

  it("leave as many lanes as others were let in, never more than there were, never none", () => {
    const refusals = new Refusals();
    expect([refusals.refused(8, 5, 0), refusals.refused(8, 20, 1), refusals.refused(1, 0, 2)]).toEqual([5, 8, 1]);
  });

  it("are not provoked again before a minute is over, nor before some requests were answered", () => {
    const refusals = new Refusals();
    refusals.refused(4, 3, 0);
    for (let i = 0; i < 1000; i++) refusals.answered();
    expect([refusals.mayAsk(minute - 1), refusals.mayAsk(minute)]).toEqual([false, true]);
    refusals.refused(4, 3, minute);
    expect([refusals.mayAsk(5 * minute), answersUntilAsked(refusals, 5 * minute) > 50]).toEqual([false, true]);
  });

  it("of the one lane more put the next one off, each time for longer, up to a bound", () => {
    const refusals = new Refusals();
    refusals.refused(4, 3, 0);
    const counts = Array.from({ length: 6 }, (_, i) => {
      const answers = answersUntilAsked(refusals, (i + 1) * 10 * minute);
      refusals.refused(4, 3, (i + 1) * 10 * minute);
      return answers;
    });
    expect(counts).toEqual([60, 180, 540, 600, 600, 600]);
  });

  it("of the one lane more put the next one off by the clock, too: short requests are many soon, and a refusal costs seconds", () => {
    const refusals = new Refusals();
    refusals.refused(4, 3, 0);
    const minutes = [1, 2, 3, 4].map(() => {
      let at = 0;
      for (let i = 0; i < 1000; i++) refusals.answered();
      while (!refusals.mayAsk(at * minute)) at++;
      refusals.refused(4, 3, 0);
      return at;
    });
    expect(minutes).toEqual([1, 3, 9, 10]);
  });

  it("of others than the one more put nothing off", () => {
    const refusals = new Refusals();
    for (let i = 0; i < 5; i++) refusals.refused(4, 3, i);
    expect(answersUntilAsked(refusals, 10 * minute)).toBe(60);
  });

  it("are less feared once the one more was let in", () => {
    const refusals = new Refusals();
    refusals.refused(4, 3, 0);
    for (const at of [10, 20]) {
      answersUntilAsked(refusals, at * minute);
      refusals.refused(4, 3, at * minute);
    }
    expect(answersUntilAsked(refusals, 40 * minute)).toBe(540);
    answersUntilAsked(refusals, 50 * minute);
    expect(answersUntilAsked(refusals, 60 * minute)).toBe(60);
  });
});

describe("one lane more that was let in", () => {
  it("is followed by the next as soon as enough requests were answered, where nobody else takes lanes", () => {
    const refusals = new Refusals();
    refusals.refused(4, 3, 0);
    answersUntilAsked(refusals, minute);
    expect(answersUntilAsked(refusals, minute)).toBe(60);
  });
});

describe("a refusal though nothing more was asked for", () => {
  /** Eight lanes that were found long ago, and one of them is refused. */
  function disturbed(): Refusals {
    const refusals = new Refusals();
    refusals.refused(9, 8, 0);
    refusals.refused(8, 7, 10 * minute);
    return refusals;
  }

  it("tells of somebody else: whether there is more room is asked by the clock, however few requests there are", () => {
    expect(minutesUntilAsked(disturbed(), 10 * minute)).toBe(4);
    const alone = new Refusals();
    alone.refused(9, 8, 0);
    expect(minutesUntilAsked(alone, 0), "where it was asked for").toBe(100);
  });

  it("makes a quarter of the lanes go each time that one more is then asked for in vain", () => {
    const refusals = disturbed();
    expect(refusals.mayAsk(14 * minute)).toBe(true);
    expect(refusals.refused(8, 8, 14 * minute)).toBe(6);
    expect(refusals.mayAsk(18 * minute)).toBe(true);
    expect(refusals.refused(1, 1, 18 * minute), "but never all").toBe(1);
  });

  it("tells of somebody else at once where nothing else was under way: alone, one request finds room", () => {
    const refusals = new Refusals();
    refusals.refused(1, 0, 0);
    expect(minutesUntilAsked(refusals, 0)).toBe(4);
  });

  it("is followed by the next lane more after half that time, while those asked for are let in", () => {
    const refusals = disturbed();
    expect([14, 15, 16, 17, 18].map((at) => refusals.mayAsk(at * minute))).toEqual([true, false, true, false, true]);
  });

  it("takes no more than the lane that was refused", () => {
    const refusals = disturbed();
    expect(refusals.refused(7, 6, 12 * minute)).toBe(6);
  });

  it("is told from those that come in one moment, when too many were sent", () => {
    const refusals = new Refusals();
    for (const [lanes, others] of [[9, 8] as const, [8, 7] as const]) refusals.refused(lanes, others, others);
    expect(minutesUntilAsked(refusals, 0)).toBe(100);
  });

  it("is forgotten after an hour", () => {
    const refusals = disturbed();
    refusals.mayAsk(14 * minute);
    expect(refusals.refused(9, 8, 69 * minute)).toBe(6);
    answersUntilAsked(refusals, 80 * minute);
    expect(refusals.refused(9, 8, 80 * minute)).toBe(8);
  });

  it("makes it worth asking soon, whatever earlier asking came to", () => {
    const refusals = new Refusals();
    refusals.refused(4, 3, 0);
    for (const at of [10, 20, 30]) {
      answersUntilAsked(refusals, at * minute);
      refusals.refused(4, 3, at * minute);
    }
    refusals.refused(4, 3, 30 * minute + 1);
    expect(answersUntilAsked(refusals, 32 * minute)).toBe(60);
  });
});
