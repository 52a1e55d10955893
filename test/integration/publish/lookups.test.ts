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
    command: { table, mode: "INSERT", runId: table, rowKey: ["nth"], ignore: ["nth"] },
    columns: [
      { name, type: "string", values },
      { name: "nth", type: "string", values: values.map((_, nth) => `${nth}`) },
    ],
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

describe("links", () => {
  it("lead from and to rows that are named by their values, and are taken apart by them", async () => {
    await named("team", "name", ["North", "South", "East", "East"]);
    const columns = [
      { source: "team", target: "teamid", lookup: { by: ["name"] } },
      { source: "user", target: "systemuserid", lookup: { by: ["fullname"] } },
    ];
    const publish = async (mode: string, teams: readonly string[]): Promise<readonly unknown[]> => {
      const matchOn = mode === "DELETE" ? ["teamid", "systemuserid"] : [];
      const report = await stack.publish({
        command: { table: "teammembership", mode, runId: mode, returning: "ALL", matchOn, columns },
        columns: [
          { name: "team", type: "string", values: teams },
          { name: "user", type: "string", values: teams.map(() => "# application 1") },
        ],
      });
      return [...outcomes(report), (await stack.emulator.rows("teammembership")).length];
    };
    expect(await publish("INSERT", ["North", "South", "north", "West", "East"])).toEqual([
      ...["created", "created", "unchanged", "lookup_missing", "key_ambiguous"],
      2,
    ]);
    expect(await publish("DELETE", ["South", "West"])).toEqual(["deleted", "unchanged", 1]);
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

  it("come with an upsert that creates, and stay as they are with one that updates", async () => {
    const publish = async (runId: string, subject: string, to: string, keys: readonly string[]): Promise<unknown> => {
      const columns = [
        { source: "activityid", target: "activityid" },
        { source: "subject", target: "subject" },
        { source: "to", target: "to", onlyOn: "CREATE" },
      ];
      const report = await stack.publish({
        command: { table: "email", mode: "UPSERT", matchOn: ["activityid"], runId, returning: "ALL", columns },
        columns: [
          { name: "activityid", type: "string", values: keys },
          { name: "subject", type: "string", values: keys.map(() => subject) },
          { name: "to", type: "parties", values: keys.map(() => [{ partyid: null, table: null, addressused: to }]) },
        ],
      });
      return outcomes(report);
    };
    const keys = ["1", "2"].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
    expect(await publish("first", "a", "first@example.com", keys.slice(0, 1))).toEqual(["created"]);
    expect(await publish("second", "b", "second@example.com", keys)).toEqual(["updated", "created"]);
    const parties = await stack.emulator.rows("activityparty");
    expect(parties.map(({ addressused }) => addressused)).toEqual(["first@example.com", "second@example.com"]);
    expect((await stack.emulator.rows("email")).map(({ subject }) => subject)).toEqual(["b", "b"]);
  });
});
