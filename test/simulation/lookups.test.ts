/** Lookups against the emulator: by values that are no key, to a table that each row names, by name of an owner. */
import { describe, expect, it } from "vitest";
import type { Column } from "../../server/arrow/columns.ts";
import type { ColumnRequest } from "../../server/dataverse/request.ts";
import { recordBatch, schemaOf, text } from "../support/columns.ts";
import {
  account,
  create,
  idOf,
  insert,
  lastname,
  leads,
  named,
  names,
  play,
  publish,
  toAccount,
  worldOf,
} from "./lookup-world.ts";
import { defaults } from "./world.ts";

describe("a lookup by values that are no key", () => {
  const columns = [lastname, toAccount({ table: "account", by: ["name"] })];

  it("leads each row to the row that has the value, in whatever case", async () => {
    const world = worldOf();
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
    const world = worldOf();
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
    const world = worldOf();
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
    const world = worldOf();
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
    const world = worldOf();
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
    const world = worldOf();
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

  it("goes there in bulk messages too, each target through a property of its own", async () => {
    const world = worldOf();
    const told = await play(world, async () => {
      await create(world, "accounts", { accountid: idOf(1) });
      await create(world, "contacts", { contactid: idOf(2), lastname: "parent" });
      return await publish(world, { ...insert, strategy: "BULK", columns }, [
        text("lastname", ["a", "b", "c"]),
        text("parent", [idOf(1), idOf(2), null]),
        text("kind", ["account", "contact", null]),
      ]);
    });
    expect(told.outcomes).toEqual(["created", "created", "created"]);
    expect(told.summary.requests).toBe(1);
    expect(leads(world, "parentcustomerid")).toEqual({ parent: null, a: account(1), b: `contact ${idOf(2)}`, c: null });
  });

  it.each(["BATCH", "BULK"] as const)("is cleared by null whatever it led to, by %s", async (strategy) => {
    const world = worldOf();
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
    const world = worldOf();
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
    const world = worldOf();
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

describe("a lost reply", () => {
  it.each(["lost", "reset", "damaged", "unavailable"] as const)(
    "to a read or a write of lookups leaves every row at its row (%s)",
    async (trouble) => {
      const world = worldOf(trouble, "none", trouble);
      const lookup = { by: ["emailaddress1"], tableFrom: "kind" };
      const told = await play(world, async () => {
        await create(world, "accounts", { accountid: idOf(1), emailaddress1: "x@example.com" });
        await create(world, "contacts", { contactid: idOf(2), lastname: "parent", emailaddress1: "x@example.com" });
        return await publish(world, { ...insert, columns: [lastname, toAccount(lookup)] }, [
          text("lastname", ["a", "b"]),
          text("parent", ["x@example.com", "x@example.com"]),
          text("kind", ["account", "contact"]),
        ]);
      });
      expect(told.outcomes).toEqual(["created", "created"]);
      expect(leads(world, "parentcustomerid")).toEqual({ parent: null, a: account(1), b: `contact ${idOf(2)}` });
    },
  );
});

describe("rows of another table", () => {
  it("are regarded by an activity through the property of their table and its own", async () => {
    const world = worldOf();
    const regarding = {
      sources: ["about"],
      target: "regardingobjectid",
      lookup: { by: [], tableFrom: "kind", table: "account,contact" },
    };
    const request = {
      ...insert,
      table: "task",
      rowKey: ["subject"],
      columns: [{ sources: ["subject"], target: "subject" }, regarding],
    };
    const told = await play(world, async () => {
      await create(world, "accounts", { accountid: idOf(1) });
      await create(world, "contacts", { contactid: idOf(2), lastname: "parent" });
      return await publish(world, request, [
        text("subject", ["a", "b"]),
        text("about", [idOf(1), idOf(2)]),
        text("kind", ["account", "contact"]),
      ]);
    });
    expect(told.outcomes).toEqual(["created", "created"]);
    expect(world.emulator.rows("task").map((row) => named(row["regardingobjectid"]))).toEqual([
      account(1),
      `contact ${idOf(2)}`,
    ]);
  });
});
