/** Links of a many-to-many relationship, whichever request meets whatever: each pair once, and each outcome true. */
import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { RowOutcome } from "../../server/core/outcome.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import type { Summary } from "../../server/publish/publication.ts";
import { recordBatch, text } from "../support/columns.ts";
import { hours, settleLate } from "./client.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

const calm = { faultRate: 0, partFaultRate: 0, principals: 1 };
const troubles = ["lost", "late", "reset", "silent", "throttled", "gateway", "partly", "damaged"] as const;

function id(kind: "a" | "c", nth: number): string {
  return `0000000${kind}-0000-4000-8000-${String(nth).padStart(12, "0")}`;
}

async function call(world: World, method: string, path: string, body: unknown): Promise<void> {
  const headers = { "content-type": "application/json" };
  const reply = await world.emulator.handle({
    method,
    url: `/api/data/v9.2/${path}`,
    headers,
    body: JSON.stringify(body),
  });
  if ("reset" in reply || reply.status !== 204) throw new Error(`${method} ${path} was refused`);
}

/** Three accounts and three contacts; the first pair is linked. */
async function seed(world: World): Promise<void> {
  for (const nth of [0, 1, 2]) {
    await call(world, "POST", "accounts", { accountid: id("a", nth), name: "a" });
    await call(world, "POST", "contacts", { contactid: id("c", nth), lastname: "c" });
  }
  const link = { "@odata.id": `https://localhost/api/data/v9.2/contacts(${id("c", 0)})` };
  await call(world, "POST", `accounts(${id("a", 0)})/new_account_contact/$ref`, link);
}

type Pair = readonly [account: string, contact: string];

interface Told {
  readonly summary: Summary;
  readonly outcomes: readonly RowOutcome[];
}

async function publish(world: World, pairs: readonly Pair[], more: Partial<PublishRequest>): Promise<Told> {
  const ids = pairs.map(([account]) => account);
  const others = pairs.map(([, contact]) => contact);
  return await publishBatch(world, recordBatch(text("accountid", ids), text("contactid", others)), more);
}

async function publishBatch(world: World, batch: RecordBatch, more: Partial<PublishRequest>): Promise<Told> {
  const matchOn = more.mode === "DELETE" ? ["accountid", "contactid"] : [];
  const request: PublishRequest = { ...defaults, table: "new_account_contact", matchOn, ...more };
  const outcomes: RowOutcome[] = [];
  const schema = { fields: batch.columns.map(({ field }) => field) };
  const publication = await world.publisher.open(request, schema, (_, settled) => {
    for (const { streamRow, outcome } of settled) outcomes[streamRow] = outcome;
    return Promise.resolve();
  });
  await publication.accept(batch);
  return { summary: await publication.end(), outcomes };
}

function links(world: World): readonly string[] {
  const rows = world.emulator.rows("new_account_contact");
  return rows.map((row) => `${String(row["accountid"]).at(-1)}${String(row["contactid"]).at(-1)}`).sort();
}

const pairs: readonly Pair[] = [
  [id("a", 0), id("c", 0)],
  [id("a", 0), id("c", 1)],
  [id("a", 2), id("c", 2).toUpperCase()],
];

/** Accounts by number, contacts by first and last name; every account has its number, and the last two contacts share theirs. */
async function name(world: World): Promise<void> {
  for (const nth of [0, 1, 2]) {
    const firstname = nth === 0 ? "Ada" : "Ben";
    await call(world, "PATCH", `accounts(${id("a", nth)})`, { accountnumber: `N/${nth}` });
    await call(world, "PATCH", `contacts(${id("c", nth)})`, { firstname, lastname: "Lee" });
  }
}

const byName = {
  columns: [
    { sources: ["account"], target: "accountid", lookup: { by: ["accountnumber"] } },
    { sources: ["first", "last"], target: "contactid", lookup: { by: ["firstname", "lastname"] } },
  ],
};

function named(...rows: readonly (readonly [account: string | null, first: string, last: string])[]): RecordBatch {
  return recordBatch(
    ...["account", "first", "last"].map((column, at) => {
      const values = rows.map((row) => row[at] ?? null);
      return text(column, values);
    }),
  );
}

const chosen = named(
  ["N/0", "Ada", "Lee"],
  ["n/1", "ADA", "lee "],
  ["N/1", "Ada", "Lee"],
  ["N/9", "Ada", "Lee"],
  ["N/0", "Ben", "Lee"],
  [null, "Ada", "Lee"],
);

async function play(mode: "INSERT" | "DELETE", onMissing: "ACCEPT" | "FAIL" = "ACCEPT"): Promise<readonly unknown[]> {
  const world = createWorld(1, calm);
  await world.clock.run(seed(world), hours);
  await world.clock.run(name(world), hours);
  const { outcomes } = await world.clock.run(publishBatch(world, chosen, { mode, onMissing, ...byName }), hours);
  return [...outcomes.map(({ kind, failure }) => failure?.code ?? kind), ...links(world)];
}

describe("an association of rows that are named by their keys", () => {
  it("is made once, however often and by whatever spelling it is named", async () => {
    const told = ["unchanged", "created", "unchanged", "lookup_missing", "key_ambiguous", "value_not_mappable"];
    expect(await play("INSERT")).toEqual([...told, "00", "10"]);
  });

  it("is taken apart; where a row is missing there is none", async () => {
    const told = ["deleted", "unchanged", "unchanged", "unchanged", "key_ambiguous", "value_not_mappable"];
    expect(await play("DELETE")).toEqual(told);
    const strict = ["deleted", "row_missing", "row_missing", "row_missing", "key_ambiguous", "value_not_mappable"];
    expect(await play("DELETE", "FAIL")).toEqual(strict);
  });

  it.each(troubles)("is acknowledged only where it stands, whatever a request meets: %s", async (trouble) => {
    const rows = named(["N/0", "Ada", "Lee"], ["N/1", "Ada", "Lee"], ["N/2", "Ada", "Lee"]);
    for (const mode of ["INSERT", "DELETE"] as const) {
      for (const nth of [1, 2, 3]) {
        const world = createWorld(nth, { ...calm, script: (made) => (made === nth ? trouble : "none") });
        await world.clock.run(seed(world), hours);
        await world.clock.run(name(world), hours);
        const { summary } = await world.clock.run(publishBatch(world, rows, { mode, ...byName }), hours);
        await world.clock.run(settleLate(world), hours);
        expect(summary, `${mode}, request ${nth}`).toMatchObject({ acknowledged: 3, failed: 0 });
        expect(links(world), `${mode}, request ${nth}`).toEqual(mode === "INSERT" ? ["00", "10", "20"] : []);
      }
    }
  });
});

describe("an association", () => {
  it("is created, or there already; twice in the input it is made once", async () => {
    const world = createWorld(1, calm);
    await world.clock.run(seed(world), hours);
    const { outcomes } = await world.clock.run(publish(world, [...pairs, ...pairs], { mode: "INSERT" }), hours);
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      ...["unchanged", "created", "created"],
      ...["unchanged", "unchanged", "unchanged"],
    ]);
    expect(links(world)).toEqual(["00", "01", "22"]);
  });

  it("of a row that is not there fails as a lookup, and may be replayed", async () => {
    const world = createWorld(1, calm);
    await world.clock.run(seed(world), hours);
    const strange: Pair = [id("a", 0), id("c", 9)];
    const { outcomes } = await world.clock.run(publish(world, [strange], { mode: "INSERT" }), hours);
    expect(outcomes[0]?.failure).toMatchObject({ code: "lookup_missing", column: "contactid", retryable: true });
  });

  it("is taken apart; one that is not there is as onMissing says", async () => {
    for (const onMissing of ["ACCEPT", "FAIL"] as const) {
      const world = createWorld(1, calm);
      await world.clock.run(seed(world), hours);
      const { outcomes } = await world.clock.run(
        publish(world, pairs.slice(0, 2), { mode: "DELETE", onMissing }),
        hours,
      );
      const told = outcomes.map(({ kind, failure }) => failure?.code ?? kind);
      expect(told).toEqual(["deleted", onMissing === "ACCEPT" ? "unchanged" : "row_missing"]);
      expect(links(world)).toEqual([]);
    }
  });

  it.each(troubles)("is acknowledged only where it stands, whatever a request meets: %s", async (trouble) => {
    for (const mode of ["INSERT", "DELETE"] as const) {
      for (const nth of [1, 2]) {
        const world = createWorld(nth, { ...calm, script: (made) => (made === nth ? trouble : "none") });
        await world.clock.run(seed(world), hours);
        const { summary } = await world.clock.run(publish(world, pairs, { mode }), hours);
        await world.clock.run(settleLate(world), hours);
        expect(summary, `${mode}, request ${nth}`).toMatchObject({ acknowledged: 3, failed: 0 });
        expect(links(world), `${mode}, request ${nth}`).toEqual(mode === "INSERT" ? ["00", "01", "22"] : []);
      }
    }
  });
});
