/** Rows that lead to other rows, from pyarrow to the service: by values, by the table beside them, and parties in lists of structs. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Report } from "../../support/flight-clients.ts";
import { Stack, summaryOf } from "../../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.end());
beforeEach(() => stack.emulator.reset());

function outcomes({ rows }: Report): readonly unknown[] {
  return rows.map((row) => row["_dv_error_code"] ?? row["_dv_outcome"]);
}

async function named(table: string, name: string, values: readonly string[]): Promise<void> {
  const report = await stack.publish({
    command: { table, mode: "INSERT", runId: table, rowKey: [name] },
    columns: [{ name, type: "string", values }],
  });
  expect(summaryOf(report)).toMatchObject({ created: values.length });
}

describe("lookups", () => {
  it("by values lead to rows of the tables that stand beside them", async () => {
    await named("account", "emailaddress1", ["ada@example.com", "ben@example.com"]);
    await named("contact", "emailaddress1", ["ada@example.com"]);
    const lookup = { by: ["emailaddress1"], table: "account,contact", tableFrom: "kind" };
    const report = await stack.publish({
      command: {
        table: "contact",
        mode: "INSERT",
        runId: "children",
        rowKey: ["lastname"],
        returning: "ALL",
        columns: [
          { source: "lastname", target: "lastname" },
          { source: "parent", target: "parentcustomerid", lookup },
        ],
      },
      columns: [
        { name: "lastname", type: "string", values: ["a", "b", "c", "d"] },
        { name: "parent", type: "string", values: ["ADA@example.com", "ada@example.com", "ben@example.com", null] },
        { name: "kind", type: "string", values: ["account", "contacts", "contact", null] },
      ],
    });
    expect(outcomes(report)).toEqual(["created", "created", "lookup_missing", "created"]);
    const tables = new Map<unknown, unknown>();
    for (const row of await stack.emulator.rows("contact")) tables.set(row["lastname"], row["parentcustomerid"]);
    expect([tables.get("a"), tables.get("b"), tables.get("d")]).toMatchObject([
      { table: "account" },
      { table: "contact" },
      null,
    ]);
  });
});

describe("parties", () => {
  it("are created with their activity, and come back as they were sent where they cannot be", async () => {
    const good = [{ partyid: null, table: null, addressused: "x@example.com" }];
    const bad = [{ partyid: "no guid", table: "contact", addressused: null }];
    const report = await stack.publish({
      command: { table: "email", mode: "INSERT", runId: "mails", rowKey: ["subject"] },
      columns: [
        { name: "subject", type: "string", values: ["a", "b", "c"] },
        { name: "to", type: "parties", values: [good, bad, null] },
      ],
    });
    expect(outcomes(report)).toEqual(["value_not_mappable"]);
    expect(report.unchanged).toBe(true);
    expect(summaryOf(report)).toMatchObject({ created: 2, failed: 1 });
    expect(await stack.emulator.rows("activityparty")).toMatchObject([
      { addressused: "x@example.com", participationtypemask: 2 },
    ]);
  });
});
