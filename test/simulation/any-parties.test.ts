/**
 * Any lists of parties, in any roles, whatever requests meet: each activity that is acknowledged stands with its parties, each once, and
 * one that is refused has left none behind. `SEED=…` replays a failure.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { recordBatch, schemaOf, text } from "../support/columns.ts";
import type { PartyRow } from "../support/dataverse/activities.ts";
import { partyColumn } from "../support/dataverse/activities.ts";
import { troubles } from "./any-table.ts";
import type { Trouble } from "./bad-wire.ts";
import { hours, settleLate } from "./client.ts";
import { create, idOf } from "./lookup-world.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

const seed = Number(process.env["SEED"] ?? 1);
const inputs = Number(process.env["INPUTS"] ?? 15);

const tables = parseTables(`
tables:
  email:
    columns:
      x_gate: {type: text, max_length: 20}
    refuse_when:
      - {column: x_gate, equals: Closed, message: The gate is closed.}
`);

interface AnyMail {
  readonly subject: number;
  readonly isRefused: boolean;
  readonly from: readonly PartyRow[] | null;
  readonly to: readonly PartyRow[] | null;
}

interface AnyMails {
  readonly strategy: PublishRequest["strategy"];
  readonly mails: readonly AnyMail[];
  readonly rowsPerBatch: number;
  readonly troubles: ReadonlyMap<number, Trouble>;
}

const good: readonly PartyRow[] = [
  ...[1, 2].map((nth) => ({ partyid: idOf(nth), table: "contact" })),
  ...["x@example.com", "y@example.com"].map((addressused) => ({ addressused })),
];
/** It names nobody. */
const bad: PartyRow = {};
/** A row that is not there. */
const astray: PartyRow = { partyid: idOf(99), table: "contact" };

const party = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...good) }, fc.constantFrom(bad, astray));
const parties = fc.option(fc.array(party, { maxLength: 4 }), { freq: 5 });

const anyMails: fc.Arbitrary<AnyMails> = fc.record({
  strategy: fc.constantFrom<PublishRequest["strategy"][]>("AUTO", "BATCH"),
  mails: fc.array(
    fc.record({ subject: fc.nat(30), isRefused: fc.nat(9).map((drawn) => drawn === 0), from: parties, to: parties }),
    { minLength: 1, maxLength: 60, size: "max" },
  ),
  rowsPerBatch: fc.integer({ min: 1, max: 30 }),
  troubles: fc
    .array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.constantFrom(...troubles)), { maxLength: 4 })
    .map((some) => new Map(some)),
});

function batchOf(mails: readonly AnyMail[]): RecordBatch {
  return recordBatch(
    text(
      "subject",
      mails.map(({ subject }) => `mail ${subject}`),
    ),
    text(
      "x_gate",
      mails.map(({ isRefused }) => (isRefused ? "Closed" : "Open")),
    ),
    partyColumn(
      "from",
      mails.map(({ from }) => from),
    ),
    partyColumn(
      "to",
      mails.map(({ to }) => to),
    ),
  );
}

/** What may be told of a mail; `made` are those that stand, by subject. */
function expected(mail: AnyMail, made: ReadonlyMap<number, AnyMail>, isDoubtful: boolean): readonly string[] {
  const listed = [...(mail.from ?? []), ...(mail.to ?? [])];
  const twin = made.has(mail.subject) ? ["duplicate_key_in_input", ...(isDoubtful ? ["outcome_unknown"] : [])] : [];
  // What shows of a twin is the same, and its parties do not show.
  const same = twin.length > 0 && made.get(mail.subject)?.isRefused === mail.isRefused ? ["unchanged", "created"] : [];
  if (listed.includes(bad)) return ["value_not_mappable", "blocked_by_earlier_row"];
  if (listed.includes(astray)) return ["lookup_missing", "blocked_by_earlier_row", ...twin, ...same];
  if (mail.isRefused) return ["logic_rejected", "blocked_by_earlier_row", ...twin];
  return twin.length > 0 ? [...twin, ...same, "blocked_by_earlier_row"] : ["created", "blocked_by_earlier_row"];
}

function shown({ from, to }: AnyMail): string {
  const named = (role: number, list: readonly PartyRow[] | null): string[] =>
    (list ?? []).map(({ partyid, addressused }) => `${role} ${partyid ?? addressused}`);
  return [...named(1, from), ...named(2, to)].sort().join(", ");
}

async function differences(
  world: World,
  { mails, rowsPerBatch, strategy, troubles: met }: AnyMails,
): Promise<string[]> {
  for (const nth of [1, 2]) await create(world, "contacts", { contactid: idOf(nth), lastname: "c" });
  const told: string[] = [];
  const request: PublishRequest = {
    ...defaults,
    table: "email",
    mode: "INSERT",
    matchOn: [],
    rowKey: ["subject"],
    strategy,
  };
  const publication = await world.publisher.open(request, schemaOf(batchOf([])), (_, settled) => {
    for (const { streamRow, outcome } of settled) told[streamRow] = outcome.failure?.code ?? outcome.kind;
    return Promise.resolve();
  });
  for (let at = 0; at < mails.length; at += rowsPerBatch)
    await publication.accept(batchOf(mails.slice(at, at + rowsPerBatch)));
  await publication.end();
  await settleLate(world);
  const made = new Map<number, AnyMail>();
  const wrong = mails.flatMap((mail, i) => {
    const may = expected(mail, made, met.size > 0);
    if (told[i] === "created" && !made.has(mail.subject)) made.set(mail.subject, mail);
    return may.includes(told[i] ?? "nothing") ? [] : [`mail ${i} is told ${told[i]}, should be ${may.join(" or ")}`];
  });
  return [...wrong, ...misstatements(world, made)];
}

function misstatements(world: World, made: ReadonlyMap<number, AnyMail>): string[] {
  const ofMail = Map.groupBy(world.emulator.rows("activityparty"), (row) => idIn(row["activityid"]));
  const stands = world.emulator.rows("email").map((row): [number, string] => {
    const own = ofMail.get(String(row["activityid"])) ?? [];
    const listed = own.map((one) => `${one["participationtypemask"]} ${idIn(one["partyid"]) ?? one["addressused"]}`);
    return [Number(String(row["subject"]).slice(5)), listed.sort().join(", ")];
  });
  const doubled = stands.length > new Set(stands.map(([subject]) => subject)).size ? ["duplicated: a mail"] : [];
  const parties = new Map(stands);
  const subjects = [...new Set([...parties.keys(), ...made.keys()])];
  const unlike = subjects.flatMap((subject) => {
    const mail = made.get(subject);
    const due = mail === undefined ? undefined : shown(mail);
    return parties.get(subject) === due ? [] : [`mail ${subject} has ${parties.get(subject)}, should have ${due}`];
  });
  return [...doubled, ...unlike];
}

function idIn(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && "id" in value ? String(value.id) : undefined;
}

describe("any parties of any activities", () => {
  it("stand with them, each once", async () => {
    const property = fc.asyncProperty(anyMails, async (input) => {
      const script = (nth: number): Trouble | "none" => input.troubles.get(nth) ?? "none";
      const world = createWorld(seed, { faultRate: 0, partFaultRate: 0, principals: 1, tables, script });
      expect(await world.clock.run(differences(world, input), hours)).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns: inputs, endOnFailure: true });
  });
});
