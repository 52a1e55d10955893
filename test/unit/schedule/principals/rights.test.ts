import { describe, expect, it } from "vitest";
import { Rights } from "../../../../server/schedule/principals/rights.ts";

const minute = 60_000;
const scope = "account UPSERT";

describe("Rights", () => {
  it("sets a principal aside for ten minutes, for the table and mode alone", () => {
    const rights = new Rights();
    expect(rights.refused(scope, 100, 0)).toBe(true);
    expect(rights.may(scope, 10 * minute - 1)).toBe(false);
    expect(rights.may("account INSERT", 0)).toBe(true);
    expect(rights.may(undefined, 0)).toBe(true);
    expect(rights.may(scope, 10 * minute)).toBe(true);
  });

  it("does not take a few refused rows for the want of a privilege, but ten without one let in", () => {
    const rights = new Rights();
    expect(rights.refused(scope, 9, 0)).toBe(false);
    expect(rights.may(scope, 0)).toBe(true);
    expect(rights.refused(scope, 1, 0)).toBe(true);
  });

  it("knows for ten minutes that whoever had a row let in has the privilege", () => {
    const rights = new Rights();
    rights.granted(scope, 0);
    expect(rights.refused(scope, 100, 10 * minute - 1)).toBe(false);
    expect(rights.refused(scope, 1, 10 * minute)).toBe(true);
  });

  it("asks again at once whoever was set aside and had a row let in", () => {
    const rights = new Rights();
    rights.refused(scope, 100, 0);
    rights.granted(scope, 1);
    expect(rights.may(scope, 2)).toBe(true);
  });

  it("forgets the longest unheard of past 256 tables and modes", () => {
    const rights = new Rights();
    for (let i = 0; i <= 256; i += 1) rights.refused(`t${i} INSERT`, 10, 0);
    expect(rights.may("t0 INSERT", 0)).toBe(true);
    expect(rights.may("t1 INSERT", 0)).toBe(false);
  });
});
