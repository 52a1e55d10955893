import { describe, expect, it } from "vitest";
import { Knocks } from "../../../../server/schedule/budgets/knocks.ts";

/** @param letIn requests between two refusals, each second. @returns for how long each refusal keeps the next one, seconds. */
function waitsOf(letIn: number, refusals: number): readonly number[] {
  const knocks = new Knocks();
  return Array.from({ length: refusals }, () => {
    for (let i = 0; i < letIn; i += 1) knocks.letIn();
    knocks.refused(0);
    return knocks.at(0.1) / 1000;
  });
}

describe("requests beyond a plan of less than one lane", () => {
  it("may go until one is refused, if they are short: a long one is dear to others", () => {
    const knocks = new Knocks();
    expect([knocks.at(1), knocks.at(1.1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it("go on at once when many were let in before one was refused: it had another cause", () => {
    expect(waitsOf(10, 20)).toEqual(Array.from({ length: 20 }, () => 0));
  });

  it("wait ever longer, a window at most, where few are let in", () => {
    expect(waitsOf(9, 7)).toEqual([0, 30, 60, 120, 240, 300, 300]);
  });

  it("wait as at first when many were let in meanwhile", () => {
    const knocks = new Knocks();
    for (let i = 0; i < 5; i += 1) knocks.refused(0);
    for (let i = 0; i < 10; i += 1) knocks.letIn();
    knocks.refused(0);
    expect(knocks.at(1)).toBe(0);
    knocks.refused(0);
    expect(knocks.at(1)).toBe(30_000);
  });
});
