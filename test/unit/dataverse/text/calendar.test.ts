import { describe, expect, it } from "vitest";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { FIRST_DAY, Instant, LAST_DAY, writeDay, writeTime } from "../../../../server/dataverse/text/calendar.ts";

function written(write: (out: Bytes) => void): string {
  const out = new Bytes(1);
  write(out);
  return out.view(0, out.length).toString("latin1");
}

describe("writeDay", () => {
  it("agrees with the platform's calendar from the first to the last day", () => {
    const wrong: number[] = [];
    for (let day = FIRST_DAY; day <= LAST_DAY; day += 97) {
      const expected = new Date(day * 86_400_000).toISOString().slice(0, 10);
      if (written((out) => writeDay(day, out)) !== expected) wrong.push(day);
    }
    expect(wrong).toEqual([]);
  });

  it("ends where the service's range ends", () => {
    expect(written((out) => writeDay(FIRST_DAY, out))).toBe("1753-01-01");
    expect(written((out) => writeDay(LAST_DAY, out))).toBe("9999-12-31");
  });
});

describe("writeTime", () => {
  it.each([
    [0, 0, "T00:00:00Z"],
    [86_399, 999_999, "T23:59:59.999999Z"],
    [3_661, 100_000, "T01:01:01.1Z"],
    [0, 1, "T00:00:00.000001Z"],
  ])("writes second %d and microsecond %d", (second, microseconds, expected) => {
    expect(written((out) => writeTime(second, microseconds, out))).toBe(expected);
  });
});

describe("Instant", () => {
  it.each([-(2n ** 63n), -1n, 0n, 253_402_300_799_999_999n, 2n ** 63n - 1n])("splits %d without loss", (value) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, value, true);
    for (const perSecond of [1e6, 1e9]) {
      const instant = new Instant();
      instant.load(view, 0, perSecond);
      expect(BigInt(instant.seconds) * BigInt(perSecond) + BigInt(instant.fraction)).toBe(value);
      expect(instant.fraction).toBeGreaterThanOrEqual(0);
    }
  });
});
