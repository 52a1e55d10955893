/**
 * Any pairs for a many-to-many table, by GUID or by keys, whatever requests meet: what is told and which links stand is what somebody
 * makes of them who takes one pair at a time. `SEED=…` replays a failure.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordBatch } from "../../server/arrow/columns.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { recordBatch, schemaOf, text } from "../support/columns.ts";
import { troubles } from "./any-table.ts";
import type { Trouble } from "./bad-wire.ts";
import { hours, settleLate } from "./client.ts";
import { create } from "./lookup-world.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

const seed = Number(process.env["SEED"] ?? 1);
/** Of each mode. */
const inputs = Number(process.env["INPUTS"] ?? 15);

const tables = parseTables(`
tables:
  x_book:
    primary_name: x_name
    columns:
      x_name: {type: text, max_length: 100}
      x_code: {type: text, max_length: 20}
    keys: {x_bycode: [x_code]}
    many_to_many: {x_book_contact: contact}
`);

const standing = [0, 1, 2, 3];
/** Of a book or a contact that is not there. */
const nobody = 9;
const idAt = (kind: "b" | "c", nth: number): string => `0000000${kind}-0000-4000-8000-${String(nth).padStart(12, "0")}`;

/** How the input names the book, and what it says of it. */
const namings = {
  id: { by: undefined, of: (nth: number) => idAt("b", nth) },
  key: { by: ["x_code"], of: (nth: number) => `c/${nth}` },
  name: { by: ["x_name"], of: (nth: number) => `book ${nth}` },
} as const;

interface Pair {
  /** Null: its key is. */
  readonly book: number | null;
  readonly contact: number;
  /** In capitals, which the service takes for the same. */
  readonly isLoud: boolean;
}

interface AnyLinks {
  readonly mode: "INSERT" | "DELETE";
  readonly onMissing: PublishRequest["onMissing"];
  readonly naming: keyof typeof namings;
  readonly pairs: readonly Pair[];
  readonly rowsPerBatch: number;
  readonly linked: readonly string[];
  readonly troubles: ReadonlyMap<number, Trouble>;
}

function anyLinks(mode: AnyLinks["mode"]): fc.Arbitrary<AnyLinks> {
  const end = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...standing) }, fc.constant(nobody));
  const book = fc.oneof({ weight: 15, arbitrary: end }, fc.constant(null));
  const trouble = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.constantFrom(...troubles));
  return fc.record({
    mode: fc.constant(mode),
    onMissing: fc.constantFrom<PublishRequest["onMissing"][]>("ACCEPT", "FAIL"),
    naming: fc.constantFrom<AnyLinks["naming"][]>("id", "key", "name"),
    pairs: fc.array(fc.record({ book, contact: end, isLoud: fc.boolean() }), {
      minLength: 1,
      maxLength: 60,
      size: "max",
    }),
    rowsPerBatch: fc.integer({ min: 1, max: 30 }),
    linked: fc.subarray(standing.flatMap((one) => standing.map((other) => `${one} ${other}`))),
    troubles: fc.array(trouble, { maxLength: 4 }).map((some) => new Map(some)),
  });
}

function batchOf({ naming }: AnyLinks, pairs: readonly Pair[]): RecordBatch {
  const named = ({ book, isLoud }: Pair): string | null => {
    if (book === null) return null;
    const plain = namings[naming].of(book);
    return isLoud ? plain.toUpperCase() : plain;
  };
  const contacts = pairs.map(({ contact }) => idAt("c", contact));
  return recordBatch(text("book", pairs.map(named)), text("contact", contacts));
}

function requestOf({ mode, onMissing, naming }: AnyLinks): PublishRequest {
  const { by } = namings[naming];
  const columns = [
    { sources: ["book"], target: "x_bookid", ...(by === undefined ? {} : { lookup: { by } }) },
    { sources: ["contact"], target: "contactid" },
  ];
  const matchOn = mode === "DELETE" ? ["x_bookid", "contactid"] : [];
  return { ...defaults, table: "x_book_contact", mode, onMissing, matchOn, columns };
}

/** What may be told of a pair; `links` are those that stand, and is changed. */
function expected({ mode, onMissing, troubles: met }: AnyLinks, pair: Pair, links: Set<string>): readonly string[] {
  const { book, contact } = pair;
  if (book === null) return ["value_not_mappable"];
  const none = onMissing === "ACCEPT" ? "unchanged" : "row_missing";
  const place = `${book} ${contact}`;
  const isThere = links.has(place);
  const inDoubt = (other: string): string[] => (met.size > 0 ? [other] : []);
  if (mode === "DELETE") {
    links.delete(place);
    return isThere
      ? ["deleted", ...(onMissing === "ACCEPT" ? inDoubt("unchanged") : [])]
      : [none, ...inDoubt("deleted")];
  }
  // The next one of the pair waits for a replay of the first, where both go out.
  if (book === nobody || contact === nobody) return ["lookup_missing", "blocked_by_earlier_row"];
  links.add(place);
  return isThere ? ["unchanged", ...inDoubt("created")] : ["created", ...inDoubt("unchanged")];
}

async function worldOf({ linked, troubles: met }: AnyLinks): Promise<World> {
  const script = (nth: number): Trouble | "none" => met.get(nth) ?? "none";
  const world = createWorld(seed, { faultRate: 0, partFaultRate: 0, principals: 1, tables, script });
  for (const nth of standing) {
    await create(world, "x_books", { x_bookid: idAt("b", nth), x_name: `book ${nth}`, x_code: `c/${nth}` });
    await create(world, "contacts", { contactid: idAt("c", nth), lastname: "c" });
  }
  for (const place of linked) {
    const [book = 0, contact = 0] = place.split(" ").map(Number);
    const id = `https://localhost/api/data/v9.2/contacts(${idAt("c", contact)})`;
    await create(world, `x_books(${idAt("b", book)})/x_book_contact/$ref`, { "@odata.id": id });
  }
  return world;
}

async function differences(world: World, input: AnyLinks): Promise<readonly string[]> {
  const told: string[] = [];
  const publication = await world.publisher.open(requestOf(input), schemaOf(batchOf(input, [])), (_, settled) => {
    for (const { streamRow, outcome } of settled) told[streamRow] = outcome.failure?.code ?? outcome.kind;
    return Promise.resolve();
  });
  const { pairs, rowsPerBatch } = input;
  for (let at = 0; at < pairs.length; at += rowsPerBatch) {
    await publication.accept(batchOf(input, pairs.slice(at, at + rowsPerBatch)));
  }
  await publication.end();
  await settleLate(world);
  const links = new Set(input.linked);
  const wrong = pairs.flatMap((pair, i) => {
    const may = expected(input, pair, links);
    return may.includes(told[i] ?? "nothing") ? [] : [`pair ${i} is told ${told[i]}, should be ${may.join(" or ")}`];
  });
  const places = world.emulator.rows("x_book_contact").map((row) => {
    return [row["x_bookid"], row["contactid"]].map((id) => Number(String(id).at(-1))).join(" ");
  });
  const doubled = places.length > new Set(places).size ? ["duplicated: a link"] : [];
  const strange = places.filter((place) => !links.has(place)).map((place) => `unexpected: ${place}`);
  const lost = [...links].filter((place) => !places.includes(place)).map((place) => `lost: ${place}`);
  return [...wrong, ...doubled, ...strange, ...lost];
}

describe("any pairs of a many-to-many table", () => {
  it.each(["INSERT", "DELETE"] as const)("come to what one pair at a time comes to: %s", async (mode) => {
    const property = fc.asyncProperty(anyLinks(mode), async (input) => {
      const world = await worldOf(input);
      expect(await world.clock.run(differences(world, input), hours)).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns: inputs, endOnFailure: true });
  });
});
