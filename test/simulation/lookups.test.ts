/** Lookups against the emulator: by values that are no key, to a table that each row names, by name of an owner; and parties. */
import { describe, expect, it } from "vitest";
import type { Column } from "../../server/arrow/columns.ts";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { ColumnRequest, PublishRequest } from "../../server/dataverse/request.ts";
import type { Summary } from "../../server/publish/publication.ts";
import { isReset } from "../emulator/wire/http.ts";
import { column, list, recordBatch, schemaOf, text } from "../support/columns.ts";
import { hours } from "./client.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

function idOf(nth: number): string {
  return `0000abcd-0000-4000-8000-${String(nth).padStart(12, "0")}`;
}

interface Told {
  readonly outcomes: readonly string[];
  readonly messages: readonly (string | undefined)[];
  readonly summary: Summary;
}

async function publish(
  world: World,
  request: Partial<PublishRequest>,
  ...batches: readonly (readonly Column[])[]
): Promise<Told> {
  const rows: RowOutcome[] = [];
  const [first = []] = batches;
  const asked = { ...defaults, matchOn: [], ...request };
  const publication = await world.publisher.open(asked, schemaOf(recordBatch(...first)), (_, settled) => {
    for (const { streamRow, outcome } of settled) rows[streamRow] = outcome;
    return Promise.resolve();
  });
  for (const columns of batches) await publication.accept(recordBatch(...columns));
  const summary = await publication.end();
  return {
    outcomes: rows.map(({ kind, failure }) => failure?.code ?? kind),
    messages: rows.map(({ failure }) => failure?.message),
    summary,
  };
}

async function create(world: World, set: string, ...rows: readonly object[]): Promise<void> {
  for (const row of rows) {
    const answer = await world.emulator.handle({
      method: "POST",
      url: `/api/data/v9.2/${set}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(row),
    });
    if (isReset(answer) || answer.status >= 300) {
      throw new Error(`${set}: ${isReset(answer) ? "reset" : answer.body.toString()}`);
    }
  }
}

function calm(): World {
  return createWorld(1, { faultRate: 0, partFaultRate: 0, principals: 1 });
}

async function play<T>(world: World, work: () => Promise<T>): Promise<T> {
  return await world.clock.run(work(), hours);
}

/** By last name, where the lookup of each contact leads. */
function leads(world: World, attribute: string): Record<string, unknown> {
  return Object.fromEntries(world.emulator.rows("contact").map((row) => [row["lastname"], named(row[attribute])]));
}

function named(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("table" in value) || !("id" in value)) return value;
  return `${value.table} ${value.id}`;
}

function account(nth: number): string {
  return `account ${idOf(nth)}`;
}

function names(count: number, name: (nth: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, nth) => name(nth));
}

const insert: Partial<PublishRequest> = { table: "contact", mode: "INSERT", strategy: "BATCH", rowKey: ["lastname"] };
const lastname: ColumnRequest = { sources: ["lastname"], target: "lastname" };

function toAccount(lookup: ColumnRequest["lookup"]): ColumnRequest {
  return { sources: ["parent"], target: "parentcustomerid", ...(lookup === undefined ? {} : { lookup }) };
}

describe("a lookup by values that are no key", () => {
  const columns = [lastname, toAccount({ table: "account", by: ["name"] })];

  it("leads each row to the row that has the value, in whatever case", async () => {
    const world = calm();
    const told = await play(world, async () => {
      await create(
        world,
        "accounts",
        { accountid: idOf(1), name: "A/B & 'C'" },
        { accountid: idOf(2), name: "Zürich" },
      );
      return await publish(world, { ...insert, columns }, [
        text("lastname", ["a", "b", "c", "d", "e"]),
        text("parent", ["A/B & 'C'", "a/b & 'c'", "zürich", null, ""]),
      ]);
    });
    expect(told.outcomes).toEqual(["created", "created", "created", "created", "value_not_mappable"]);
    expect(leads(world, "parentcustomerid")).toEqual({ a: account(1), b: account(1), c: account(2), d: null });
  });

  it("fails the rows whose value no row has, or several have, and no others", async () => {
    const world = calm();
    const told = await play(world, async () => {
      await create(world, "accounts", { name: "one" }, { name: "two" }, { name: "TWO" });
      return await publish(world, { ...insert, columns }, [
        text("lastname", ["a", "b", "c"]),
        text("parent", ["one", "two", "three"]),
      ]);
    });
    expect(told.outcomes).toEqual(["created", "key_ambiguous", "lookup_missing"]);
    expect(told.messages[1]).toContain("Several rows of account have the name that parentcustomerid names.");
    expect(told.messages[2]).toContain("No row of account has the name that parentcustomerid names.");
  });

  it("takes a read for some hundreds of distinct values, whatever the number of rows and record batches", async () => {
    const world = calm();
    const { summary } = await play(world, async () => {
      await create(world, "accounts", ...names(300, (nth) => `account ${nth}`).map((name) => ({ name })));
      const batch = (part: number): readonly Column[] => [
        text(
          "lastname",
          names(1000, (nth) => `${part} ${nth}`),
        ),
        text(
          "parent",
          names(1000, (nth) => `account ${(nth * 7) % 300}`),
        ),
      ];
      return await publish(world, { ...insert, columns }, batch(0), batch(1), batch(2), batch(3));
    });
    expect(summary).toMatchObject({ created: 4000, failed: 0 });
    expect(summary.requests).toBe(41);
  });

  it("looks again for what was missing, since it may be loaded meanwhile", async () => {
    const world = calm();
    const told = await play(world, async () => {
      const asked = { ...defaults, matchOn: [], ...insert, columns };
      const outcomes: string[] = [];
      const batch = (name: string): readonly Column[] => [text("lastname", [name]), text("parent", ["late"])];
      const publication = await world.publisher.open(asked, schemaOf(recordBatch(...batch("a"))), (_, settled) => {
        for (const { outcome } of settled) outcomes.push(outcome.failure?.code ?? outcome.kind);
        return Promise.resolve();
      });
      await publication.accept(recordBatch(...batch("a")));
      while (outcomes.length === 0) await world.clock.sleep(100);
      await create(world, "accounts", { name: "late" });
      await publication.accept(recordBatch(...batch("b")));
      await publication.end();
      return outcomes;
    });
    expect(told).toEqual(["lookup_missing", "created"]);
  });
});

describe("a lookup by an alternate key", () => {
  it("is read for texts that no URL can hold, and bound by its URL for others", async () => {
    const world = calm();
    const columns = [lastname, toAccount({ table: "account", by: ["accountnumber"] })];
    const told = await play(world, async () => {
      await create(
        world,
        "accounts",
        { accountid: idOf(1), accountnumber: "A/1" },
        { accountid: idOf(2), accountnumber: "A1" },
      );
      return await publish(world, { ...insert, columns }, [
        text("lastname", ["a", "b", "c", "d"]),
        text("parent", ["a/1", "A1", "A/2", "A2"]),
      ]);
    });
    expect(told.outcomes).toEqual(["created", "created", "lookup_missing", "lookup_missing"]);
    expect(leads(world, "parentcustomerid")).toEqual({ a: account(1), b: account(2) });
    expect(told.summary.requests).toBe(2);
  });
});

describe("a lookup whose table each row names", () => {
  const columns = [lastname, toAccount({ by: [], tableFrom: "kind" })];

  it("goes to the table by its logical or entity set name, and is cleared whatever it led to", async () => {
    const world = calm();
    const told = await play(world, async () => {
      await create(world, "accounts", { accountid: idOf(1) });
      await create(world, "contacts", { contactid: idOf(2), lastname: "parent" });
      const first = await publish(world, { ...insert, columns }, [
        text("lastname", ["a", "b", "c", "d", "e"]),
        text("parent", [idOf(1), idOf(2), idOf(1), idOf(1), null]),
        text("kind", ["account", "Contacts", null, "lead", null]),
      ]);
      return first;
    });
    expect(told.outcomes).toEqual(["created", "created", "value_not_mappable", "value_not_mappable", "created"]);
    expect(told.messages[2]).toContain("whose table is null");
    expect(told.messages[3]).toContain("none of account, contact");
    expect(leads(world, "parentcustomerid")).toEqual({ parent: null, a: account(1), b: `contact ${idOf(2)}`, e: null });
  });

  it.each(["BATCH", "BULK"] as const)("is cleared by null whatever it led to, by %s", async (strategy) => {
    const world = calm();
    const told = await play(world, async () => {
      await create(world, "accounts", { accountid: idOf(1) });
      await create(world, "contacts", { contactid: idOf(2), lastname: "parent" });
      await create(world, "contacts", {
        contactid: idOf(3),
        lastname: "a",
        "parentcustomerid_contact@odata.bind": `/contacts(${idOf(2)})`,
      });
      await create(world, "contacts", {
        contactid: idOf(4),
        lastname: "b",
        "parentcustomerid_account@odata.bind": `/accounts(${idOf(1)})`,
      });
      const key: ColumnRequest = { sources: ["id"], target: "contactid" };
      const [, parent] = columns;
      const asked = {
        ...insert,
        mode: "UPDATE",
        strategy,
        matchOn: ["contactid"],
        rowKey: [],
        columns: [key, parent ?? key],
      } as const;
      return await publish(world, asked, [
        text("id", [idOf(3), idOf(4)]),
        text("parent", [null, null]),
        text("kind", ["contact", null]),
      ]);
    });
    expect(told.outcomes).toEqual(["updated", "updated"]);
    expect(leads(world, "parentcustomerid")).toEqual({ parent: null, a: null, b: null });
  });

  it("goes by attributes that every table has", async () => {
    const world = calm();
    const request = {
      ...insert,
      columns: [lastname, toAccount({ table: "account,contact", by: ["emailaddress1"], tableFrom: "kind" })],
    };
    const told = await play(world, async () => {
      await create(world, "accounts", { accountid: idOf(1), emailaddress1: "x@example.com" });
      await create(world, "contacts", { contactid: idOf(2), lastname: "parent", emailaddress1: "x@example.com" });
      return await publish(world, request, [
        text("lastname", ["a", "b", "c"]),
        text("parent", ["x@example.com", "X@example.com", "y@example.com"]),
        text("kind", ["account", "contact", "contact"]),
      ]);
    });
    expect(told.outcomes).toEqual(["created", "created", "lookup_missing"]);
    expect(leads(world, "parentcustomerid")).toEqual({ parent: null, a: account(1), b: `contact ${idOf(2)}` });
  });
});

describe("an owner", () => {
  it("is a user by name, or a team", async () => {
    const world = calm();
    const owner: ColumnRequest = {
      sources: ["owner"],
      target: "ownerid",
      lookup: { table: "systemuser", by: ["fullname"] },
    };
    const told = await play(world, async () => {
      await create(world, "systemusers", { systemuserid: idOf(7), fullname: "Ann Lee" });
      await create(world, "teams", { teamid: idOf(8), name: "East" });
      const users = await publish(world, { ...insert, columns: [lastname, owner] }, [
        text("lastname", ["a", "b"]),
        text("owner", ["ann lee", "Nobody"]),
      ]);
      const team = { ...owner, lookup: { table: "team", by: ["name"] } };
      const teams = await publish(world, { ...insert, runId: "second", columns: [lastname, team] }, [
        text("lastname", ["c"]),
        text("owner", ["EAST"]),
      ]);
      const companion = { ...owner, lookup: { by: [], tableFrom: "kind" } };
      const both = await publish(world, { ...insert, runId: "third", columns: [lastname, companion] }, [
        text("lastname", ["d", "e"]),
        text("owner", [idOf(7), idOf(8)]),
        text("kind", ["systemuser", "teams"]),
      ]);
      return [...users.outcomes, ...teams.outcomes, ...both.outcomes];
    });
    expect(told).toEqual(["created", "lookup_missing", "created", "created", "created"]);
    const [ann, east] = [`systemuser ${idOf(7)}`, `team ${idOf(8)}`];
    expect(leads(world, "ownerid")).toEqual({ a: ann, c: east, d: ann, e: east });
  });
});

interface Party {
  readonly partyid?: string;
  readonly table?: string;
  readonly addressused?: string;
}

function parties(name: string, rows: readonly (readonly Party[] | null)[]): Column {
  return list(name, rows, (items) =>
    column("item", { kind: "struct" }, items, {
      children: [
        text(
          "partyid",
          items.map(({ partyid }) => partyid ?? null),
        ),
        text(
          "table",
          items.map(({ table }) => table ?? null),
        ),
        text(
          "addressused",
          items.map(({ addressused }) => addressused ?? null),
        ),
      ],
    }),
  );
}

describe("the parties of an activity", () => {
  it("are created with it, in their roles", async () => {
    const world = calm();
    const request = { ...insert, table: "email", rowKey: ["subject"], columns: [] } as const;
    const told = await play(world, async () => {
      await create(world, "contacts", { contactid: idOf(2), lastname: "to" });
      await create(world, "systemusers", { systemuserid: idOf(7), fullname: "Ann Lee" });
      return await publish(world, request, [
        text("subject", ["a", "b", "c", "d"]),
        parties("from", [[{ partyid: idOf(7), table: "systemuser" }], null, [], [{}]]),
        parties("to", [
          [{ partyid: idOf(2), table: "contacts" }, { addressused: "x@example.com" }],
          [{ addressused: "y@example.com" }],
          null,
          null,
        ]),
      ]);
    });
    expect(told.outcomes).toEqual(["created", "created", "created", "value_not_mappable"]);
    expect(told.messages[3]).toBe("The value for from is a list with a party without partyid and addressused.");
    const stored = world.emulator
      .rows("activityparty")
      .map((row) => `${row["participationtypemask"]} ${named(row["partyid"]) ?? row["addressused"]}`);
    expect(stored.toSorted()).toEqual(
      [`1 systemuser ${idOf(7)}`, `2 contact ${idOf(2)}`, "2 x@example.com", "2 y@example.com"].toSorted(),
    );
  });
});
