import { describe, expect, it } from "vitest";
import { Account } from "../../../../server/schedule/principals/account.ts";

const midnight = Date.UTC(2026, 0, 2);

describe("Account", () => {
  it("sums up seconds for ever, and operations until midnight of the universal time", () => {
    const account = new Account();
    account.add(1.5, 100, midnight - 2);
    account.add(0.5, 1, midnight - 1);
    expect(account.operationsToday(midnight - 1)).toBe(101);
    account.add(1, 7, midnight);
    expect([account.seconds, account.operationsToday(midnight + 1)]).toEqual([3, 7]);
  });

  it("has nothing of a day on which nothing was asked", () => {
    const account = new Account();
    account.add(1, 5, midnight - 1);
    expect(account.operationsToday(midnight)).toBe(0);
  });
});
