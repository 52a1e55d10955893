import { describe, expect, it } from "vitest";
import type { ColumnType } from "../../../../server/arrow/columns.ts";
import { columnOf, date32, naive, timestamp } from "../../../support/dataverse/columns.ts";
import { attribute, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";

function warnings(type: ColumnType, behavior: string): readonly string[] {
  const table = tableOf([attribute("opens", "datetime", { behavior })]);
  return mappingOf({
    columns: [columnOf("opens", type, [0n])],
    table,
    request: { columns: [{ sources: ["opens"], target: "opens", timestamp: { naive: "UTC" } }] },
  }).warnings;
}

describe("instants for an attribute without time zone", () => {
  it("are written as the time in UTC, which is said", () => {
    expect(warnings(timestamp("us"), "TimeZoneIndependent")).toEqual([
      "Time zones do not apply to opens: the time in UTC is written for each instant.",
    ]);
  });

  it.each([
    [naive("us"), "TimeZoneIndependent"],
    [date32, "TimeZoneIndependent"],
    [timestamp("us"), "UserLocal"],
  ])("are no other's concern: %j, %s", (type, behavior) => {
    expect(warnings(type, behavior)).toEqual([]);
  });
});
