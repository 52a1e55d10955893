import { describe, expect, it } from "vitest";
import { sameValue } from "../../../../server/dataverse/answers/same-value.ts";
import type { AttributeKind } from "../../../../server/dataverse/metadata/attributes.ts";
import { otherId, rowId } from "../wire-mapping.ts";

const same: readonly (readonly [AttributeKind, unknown, unknown])[] = [
  ["text", "Contoso", "Contoso"],
  ["text", "", null],
  ["text", null, undefined],
  ["memo", "a\r\nb", "a\r\nb"],
  ["integer", "5", "5"],
  ["bigint", "9007199254740993", "9007199254740993"],
  ["decimal", "0.5", "0.5000000000"],
  ["decimal", "-0", "0"],
  ["decimal", "1e2", "100"],
  ["money", "5000000", "5000000.0000"],
  ["float", "0.1", "0.1000000000000000055"],
  ["float", "1e300", "1E+300"],
  ["boolean", true, true],
  ["choice", "1", "1"],
  ["state", "0", "0"],
  ["status", "1", "1"],
  ["datetime", "2024-03-01T10:15:00Z", "2024-03-01T10:15:00Z"],
  ["datetime", "2024-03-01T10:15:00.123456Z", "2024-03-01T10:15:00Z"],
  ["datetime", "2024-03-01T10:15:00.120Z", "2024-03-01T10:15:00.12Z"],
  ["datetime", "2024-03-01T10:15:00Z", "2024-03-01T12:15:00+02:00"],
  ["datetime", "2024-02-29T23:30:00Z", "2024-03-01T00:30:00+01:00"],
  ["datetime", "2023-12-31T23:30:00Z", "2024-01-01T00:30:00+01:00"],
  ["datetime", "1753-01-01T00:00:00Z", "1753-01-01T00:00:00"],
  ["dateonly", "2024-03-01", "2024-03-01"],
  ["guid", rowId, rowId.toUpperCase()],
  ["lookup", rowId, rowId],
  ["customer", null, null],
  ["choices", "1,9,14", "14, 1, 9"],
  ["other", "x", "x"],
];

const different: readonly (readonly [AttributeKind, unknown, unknown])[] = [
  ["text", "Contoso", "contoso"],
  ["text", "Contoso", "Contoso "],
  ["text", "Contoso", null],
  ["text", null, "Contoso"],
  ["text", "5", 5],
  ["integer", "5", "6"],
  ["integer", "0", null],
  ["bigint", "9007199254740993", "9007199254740992"],
  ["decimal", "0.1", "0.10000000000000001"],
  ["decimal", "1", "1e999999999"],
  ["money", "5", "-5"],
  ["money", "5", "5 EUR"],
  ["float", "0.1", "0.2"],
  ["float", "1", "one"],
  ["boolean", true, false],
  ["boolean", false, null],
  ["boolean", true, "true"],
  ["boolean", "true", "true"],
  ["choice", "1", "2"],
  ["datetime", "2024-03-01T10:15:00Z", "2024-03-01T10:15:01Z"],
  ["datetime", "2024-03-01T10:15:00Z", "2024-03-01T10:15:00.5Z"],
  ["datetime", "2024-03-01T10:15:00.5Z", "2024-03-01T10:15:00.6Z"],
  ["datetime", "2024-03-01T10:15:00Z", "yesterday"],
  ["datetime", "2023-02-28T00:00:00Z", "2023-03-01T00:00:00Z"],
  ["dateonly", "2024-03-01", "2024-03-02"],
  ["guid", rowId, otherId],
  ["lookup", rowId, null],
  ["owner", "", ""],
  ["choices", "1,9", "1,9,14"],
  ["choices", "1,9", "one"],
  ["image", "R0lG", "R0lH"],
  ["other", "a", "b"],
];

describe("a value read back", () => {
  it.each(same)("%s: %j is %j", (kind, sent, stored) => {
    expect(sameValue(kind, sent, stored)).toBe(true);
  });

  it.each(different)("%s: %j is not %j", (kind, sent, stored) => {
    expect(sameValue(kind, sent, stored)).toBe(false);
  });
});
