import { describe, expect, it } from "vitest";
import type { Fault } from "../../../../server/dataverse/answers/fault-table.ts";
import { faultClasses, ruleFor, rules } from "../../../../server/dataverse/answers/fault-table.ts";

const sql = (number: number): string =>
  `Sql error: Generic SQL error. CRM ErrorCode: -2147204784 Sql ErrorCode: -2146232060 Sql Number: ${number}`;

// Written out a second time on purpose: a slip in the table must not pass its own test.
const expected: readonly (readonly [name: string, status: number, code: string, message: string, fault: Fault])[] = [
  ["request count", 429, "0x80072322", "", "throttled"],
  ["execution time", 429, "0x80072321", "", "throttled"],
  ["concurrency", 429, "0x80072326", "", "throttled"],
  ["a throttle code under another status", 503, "0x80072326", "", "throttled"],
  ["too many requests", 400, "0x8005f103", "", "throttled"],
  ["429 without a code", 429, "", "", "throttled"],
  ["401", 401, "", "", "token_rejected"],
  ["403 without a code", 403, "", "", "forbidden"],
  ["403 whatever its code", 403, "0x80040265", "", "forbidden"],
  ["privilege denied", 400, "0x80040220", "", "forbidden"],
  ["owner without privilege", 400, "0x80040231", "", "forbidden"],
  ["column security", 400, "0x8004f507", "", "forbidden"],
  ["413", 413, "", "", "too_large"],
  ["request length", 400, "0x8004418a", "", "too_large"],
  ["SQL timeout", 500, "0x80044151", "", "too_slow"],
  ["SQL timeout by number", 500, "0x80044150", sql(-2), "too_slow"],
  ["SQL deadlock", 500, "0x80044150", sql(1205), "deadlock"],
  ["application lock", 500, "0x80044339", "", "deadlock"],
  ["application lock timeout", 500, "0x8004ed47", "", "deadlock"],
  ["concurrent change", 400, "0x80048105", "", "deadlock"],
  ["bulk type dropped", 500, "0x80044150", sql(3732), "busy"],
  ["bulk type changed", 500, "0x80044150", sql(2766), "busy"],
  ["procedure not there yet", 500, "0x80044150", sql(2812), "busy"],
  ["database busy by number", 500, "0x80044150", sql(40_501), "busy"],
  ["database moving", 500, "0x80044150", sql(40_613), "busy"],
  ["no database worker", 503, "0x80072324", "", "busy"],
  ["database governor", 503, "0x8004a001", "", "busy"],
  ["solution under way", 400, "0x80071151", "", "busy"],
  ["customization under way", 400, "0x80071154", "", "busy"],
  ["sandbox worker", 500, "0x8004418d", "", "busy"],
  ["sandbox host", 500, "0x8004418e", "", "busy"],
  ["worker throttle", 500, "0x80081116", "", "busy"],
  ["database network", 500, "0x80073000", "", "unavailable"],
  ["503", 503, "", "", "unavailable"],
  ["408", 408, "", "", "unknown"],
  ["500", 500, "", "", "unknown"],
  ["502", 502, "", "", "unknown"],
  ["504", 504, "", "", "unknown"],
  ["unexpected error on 500", 500, "0x80040216", "", "unknown"],
  ["unexpected error on 400", 400, "0x80040216", "", "rejected"],
  ["a segment that is not there", 404, "0x8006088a", "", "rejected"],
  ["a redirect", 307, "", "", "unknown"],
  ["generic SQL error without a number", 500, "0x80044150", "", "unknown"],
  ["generic SQL error of another number", 500, "0x80044150", sql(547), "rejected"],
  ["unique index", 500, "0x80044150", sql(2601), "duplicate"],
  ["unique key", 500, "0x80044150", sql(2627), "duplicate"],
  ["duplicate record", 412, "0x80040237", "", "duplicate"],
  ["duplicate alternate key", 412, "0x80060892", "", "duplicate"],
  ["unique constraint", 400, "0x80073002", "", "duplicate"],
  ["412 without a code", 412, "", "", "duplicate"],
  ["409", 409, "", "", "duplicate"],
  ["duplicate rule", 412, "0x80040333", "", "rejected"],
  ["row version", 412, "0x80060882", "", "changed"],
  ["row missing on 404", 404, "0x80040217", "", "missing"],
  ["row missing on 400", 400, "0x80040217", "", "missing"],
  ["key missing on 404", 404, "0x80060891", "", "missing"],
  ["key missing on 400", 400, "0x80060891", "", "missing"],
  ["row missing on 500", 500, "0x80040217", "", "unknown"],
  ["row missing on a success that is none", 206, "0x80040217", "", "unknown"],
  ["plug-in refusal", 400, "0x80040265", "", "logic"],
  ["plug-in crash", 500, "0x80040224", "", "logic"],
  ["plug-in timeout", 500, "0x80044171", "", "logic_timeout"],
  ["text length", 400, "0x80044331", "", "rejected"],
  ["choice", 400, "0x8004431a", "", "rejected"],
  ["payload", 400, "0x80048d19", "", "rejected"],
  ["association", 405, "0x80040227", "", "rejected"],
  ["a code nobody knows", 400, "0x80049999", "", "rejected"],
  ["400 without a code", 400, "", "", "rejected"],
];

describe("the fault table", () => {
  it.each(expected)("%s", (_name, ...row) => {
    const [status, code, message, fault] = row;
    expect(ruleFor(status, code, message).fault).toBe(fault);
  });

  it("has no rule that an earlier one hides", () => {
    const hidden = rules.filter((rule) => {
      const message = rule.sql === 0 ? "" : sql(rule.sql ?? 547);
      return ruleFor(rule.status ?? 400, rule.code ?? "", message) !== rule;
    });
    expect(hidden).toEqual([]);
  });

  it("writes each code as it is compared", () => {
    const odd = rules.filter(({ code }) => code !== undefined && !/^0x[0-9a-f]{8}$/.test(code));
    expect(odd).toEqual([]);
  });
});

describe("the classes of faults", () => {
  const again = Object.entries(faultClasses).filter(([, { again: isRetried }]) => isRetried);

  it("let a part go again unless the row itself, its key or its user is at fault", () => {
    const final = ["forbidden", "missing", "duplicate", "changed", "logic", "logic_timeout", "rejected"];
    expect(Object.keys(faultClasses).filter((fault) => !again.some(([each]) => each === fault))).toEqual(final);
  });

  it.each(again)("%s leaves its row for a replay, unless the row itself is too large", (fault, { retryable }) => {
    expect(retryable).toBe(fault !== "too_large");
  });

  it.each(Object.entries(faultClasses))(
    "%s says unknown of a row exactly when it may have been applied",
    (_fault, each) => {
      expect(each.code === "outcome_unknown").toBe(each.attempt.uncertain);
    },
  );
});

describe("a table that is gone", () => {
  it("is told from an address that cannot be read", () => {
    expect(ruleFor(404, "0x8006088a", "").says).toContain("does not know the table");
    expect(ruleFor(400, "0x8006088a", "").says).toContain("could not read");
  });
});
