import { describe, expect, it } from "vitest";
import { Allowance, malformed, quoted, within } from "../../../server/arrow/limits.ts";
import { codeOf } from "../../support/messages.ts";

describe("limits", () => {
  it("let the limit itself pass and refuse one more", () => {
    expect(codeOf(() => within(10, 10, "rows"))).toBeUndefined();
    expect(codeOf(() => within(11, 10, "rows"))).toBe("limit_exceeded");
  });

  it("say what was exceeded and by how much", () => {
    expect(() => within(11, 10, "rows")).toThrow("The message has 11 rows; 10 are allowed.");
  });

  it("refuse an allowance that is spent in parts", () => {
    const allowance = new Allowance(10, "bytes");
    allowance.take(6);
    expect(() => allowance.take(5)).toThrow(
      expect.objectContaining({ code: "limit_exceeded", message: expect.stringContaining("11 bytes; 10 are allowed") }),
    );
    expect(allowance.spent).toBe(6);
  });

  it("quote a name so that it stays one line and short", () => {
    expect(quoted('a"\n')).toBe('"a\\"\\n"');
    expect(quoted("x".repeat(1000)).length).toBeLessThan(110);
  });

  it("give malformed bytes a remedy", () => {
    expect(malformed("No.").line).toMatch(/^malformed_arrow: No\. \S/);
  });
});
