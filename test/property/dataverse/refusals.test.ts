import fc from "fast-check";
import { describe, it } from "vitest";
import type { Column } from "../../../server/arrow/columns.ts";
import type { Attribute } from "../../../server/dataverse/metadata/attributes.ts";
import { binary, list, text } from "../../support/columns.ts";
import { columnOf, date32, decimal, float, int, timestamp, utf8 } from "../../support/dataverse/columns.ts";
import { attribute, encodeRow, optionsOf, tableOf } from "../../support/dataverse/tables.ts";

/** A value that its attribute cannot take: how it looks as text, and the limit that its failure must name. */
interface Refused {
  readonly target: Attribute;
  readonly column: Column;
  readonly value: string;
  readonly limit: string;
  readonly byLabel?: boolean;
}

const options = optionsOf({ 1: "One", 2: "Two" });
/** Twelve letters that no message holds. */
const word = fc.string({ unit: fc.constantFrom(..."qxzkvw"), minLength: 12, maxLength: 12 });
/** Eight digits that no limit holds. */
const whole = fc.integer({ min: 30_000_000, max: 39_999_999 });

function refused(value: string, target: Attribute, column: Column, limit: string): Refused {
  return { target, column, value, limit };
}

const refusals: readonly fc.Arbitrary<Refused>[] = [
  word.map((value) =>
    refused(value, attribute("x", "text", { maxLength: 9 }), columnOf("x", utf8, [value]), "9 UTF-16 units"),
  ),
  word.map((value) => refused(value, attribute("x", "memo"), columnOf("x", utf8, [`${value}\u0001`]), "XML 1.0")),
  word.map((value) => refused(value, attribute("x", "guid"), columnOf("x", utf8, [value]), "36 characters")),
  word.map((value) => ({
    ...refused(value, attribute("x", "choice", { options }), columnOf("x", utf8, [value]), "2 options"),
    byLabel: true,
  })),
  word.map((value) => ({
    ...refused(
      value,
      attribute("x", "choices", { options }),
      list("x", [[value]], (all) => text("element", all)),
      "2 options",
    ),
    byLabel: true,
  })),
  word.map((value) => refused(value, attribute("x", "choices", { options }), columnOf("x", utf8, [value]), "1,9,14")),
  word.map((value) =>
    refused(value, attribute("x", "image", { maxSizeKb: 0 }), binary("x", [Buffer.from(value)]), "0 KiB"),
  ),
  whole.map((value) =>
    refused(
      String(value),
      attribute("x", "integer", { maxValue: "99" }),
      columnOf("x", int(32), [BigInt(value)]),
      "99",
    ),
  ),
  whole.map((value) =>
    refused(String(value), attribute("x", "bigint", { maxValue: "99" }), columnOf("x", int(64), [BigInt(value)]), "99"),
  ),
  whole.map((value) =>
    refused(
      String(value),
      attribute("x", "money", { maxValue: "99" }),
      columnOf("x", decimal(128, 0), [BigInt(value)]),
      "99",
    ),
  ),
  whole.map((value) =>
    refused(
      String(value),
      attribute("x", "decimal", { precision: 2 }),
      columnOf("x", float(64), [value + 0.0625]),
      "2 digits",
    ),
  ),
  whole.map((value) =>
    refused(String(value), attribute("x", "choice", { options }), columnOf("x", int(32), [BigInt(value)]), "2 options"),
  ),
  whole.map((value) =>
    refused(String(value), attribute("x", "boolean"), columnOf("x", int(32), [BigInt(value)]), "0 and 1"),
  ),
  whole.map((value) =>
    refused(String(value), attribute("x", "dateonly"), columnOf("x", date32, [BigInt(value)]), "9999-12-31"),
  ),
  whole.map((value) =>
    refused(
      String(value),
      attribute("x", "datetime"),
      columnOf("x", timestamp("s"), [BigInt(value) * 100_000n]),
      "9999-12-31",
    ),
  ),
  whole.map((value) =>
    refused(
      String(value),
      attribute("x", "integer", { format: "Duration" }),
      columnOf("x", { kind: "duration", unit: "us" }, [BigInt(value)]),
      "whole minutes",
    ),
  ),
];

describe("a value that cannot be sent", () => {
  it("fails its row with attribute, kind and limit, and is not in the message", () => {
    fc.assert(
      fc.property(fc.oneof(...refusals), ({ target, column, value, limit, byLabel = false }) => {
        const choice = byLabel ? { choice: { by: "LABEL" } as const } : {};
        const request = { columns: [{ sources: ["x"], target: "x", ...choice }] };
        const failure = encodeRow({ columns: [column], table: tableOf([target]), request });
        return (
          typeof failure !== "string" &&
          failure.code === "value_not_mappable" &&
          failure.column === "x" &&
          !failure.retryable &&
          failure.message.startsWith("The value for x is ") &&
          failure.message.includes(limit) &&
          !failure.message.includes(value)
        );
      }),
      { numRuns: 1_000 },
    );
  });
});
