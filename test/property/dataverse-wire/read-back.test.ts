/** A row that is read back as it was sent is the same; with any one value changed it is not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReadBackPlan } from "../../../server/dataverse/answers/read-back.ts";
import { parseObject } from "../../../server/dataverse/wire/operation.ts";
import { mappingFor, operation, rowId } from "../../unit/dataverse/wire-mapping.ts";

/** JSON texts, so that numbers keep their digits; one value of each differs from any other by more than its form. */
const digits = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const values = fc.record({
  name: fc.string({ unit: "grapheme", minLength: 1 }).map((text) => JSON.stringify(text)),
  new_serial: digits,
  exchangerate: fc.tuple(fc.integer(), fc.stringMatching(/^\d{1,9}[1-9]$/)).map(([whole, rest]) => `${whole}.${rest}`),
  creditonhold: fc.boolean().map(String),
  industrycode: fc.nat().map(String),
  new_founded: fc.constantFrom('"2024-02-29"', '"1753-01-01"'),
});
type Values = typeof values extends fc.Arbitrary<infer T> ? T : never;

const plan = new ReadBackPlan(mappingFor("INSERT"));

function json(columns: Partial<Values>): string {
  const fields = Object.entries({ accountid: `"${rowId}"`, ...columns }).map(([name, text]) => `"${name}":${text}`);
  return `{${fields.join(",")}}`;
}

function compare(sent: Values, stored: Partial<Values>): string {
  const asked = plan.asked(operation("POST", "accounts", json(sent)), undefined);
  return plan.compare(asked, parseObject(json(stored)) ?? {}, new Map()).kind;
}

describe("a row read back", () => {
  it("is the same as it was sent", () => {
    fc.assert(
      fc.property(values, (row) => {
        expect(compare(row, row)).toBe("same");
      }),
    );
  });

  it("is different when one value is another or gone", () => {
    const column = fc.constantFrom(
      ...(["name", "new_serial", "exchangerate", "creditonhold", "industrycode"] as const),
    );
    fc.assert(
      fc.property(values, values, column, (row, other, name) => {
        fc.pre(JSON.parse(row[name]) !== JSON.parse(other[name]) || row[name] !== other[name]);
        expect(compare(row, { ...row, [name]: other[name] })).toBe("different");
        expect(compare(row, { ...row, [name]: "null" })).toBe("different");
      }),
    );
  });
});
