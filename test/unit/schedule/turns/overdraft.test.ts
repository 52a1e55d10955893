import { describe, expect, it } from "vitest";
import { Overdraft } from "../../../../server/schedule/turns/overdraft.ts";

describe("a stream that does not wait for a lane", () => {
  it("needs next to nothing in all, with what it was served before", () => {
    const overdraft = new Overdraft();
    overdraft.served(1000);
    expect([overdraft.allows(0.9, 0), overdraft.allows(0.9, 0.2), overdraft.allows(1.1, 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("is one of those that together take a fiftieth of what all were served", () => {
    const overdraft = new Overdraft();
    expect(overdraft.allows(0.1, 0), "nobody was served yet").toBe(false);
    overdraft.served(10);
    overdraft.overdraw(0.15);
    expect([overdraft.allows(0.05, 0), overdraft.allows(0.06, 0)]).toEqual([true, false]);
  });

  it("is not one of hours of such, however long none came", () => {
    const overdraft = new Overdraft();
    for (let day = 0; day < 30; day += 1) overdraft.served(4 * 86_400);
    let seconds = 0;
    for (; overdraft.allows(1, 0); seconds += 1) overdraft.overdraw(1);
    expect(seconds).toBe(60);
    overdraft.served(30);
    expect([overdraft.allows(0.6, 0), overdraft.allows(0.7, 0)], "a fiftieth again").toEqual([true, false]);
  });
});
