/** Whatever the values and however often they occur: every row gets the row that has its own value, and nobody asks twice. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FindBy } from "../../../server/dataverse/finding/find.ts";
import type { KeyTexts } from "../../../server/dataverse/keys/find-key.ts";
import { sameTexts } from "../../../server/dataverse/keys/find-key.ts";
import type { JsonObject } from "../../../server/dataverse/wire/operation.ts";
import { LookupStep } from "../../../server/publish/preparing/lookup-step.ts";
import type { Slab } from "../../../server/publish/rows/ledger.ts";
import { recordBatch, text } from "../../support/columns.ts";
import { attribute, mappingOf, orderTable, tableOf } from "../../support/dataverse/tables.ts";
import { slabOf } from "../../support/publish/scenes.ts";
import { ScriptedLane } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const named = attribute("name", "text");
const account = tableOf([named]);
const contact = tableOf([named], { logicalName: "contact", entitySetName: "contacts", primaryId: "contactid" });
const lane = new ScriptedLane(new VirtualClock(), () => new Error("asked"));

/** Values that differ in case, blanks and accents alone, and any others. */
const value = fc.oneof(
  fc.constantFrom("a", "A", "a ", "á", "b", "a/b", "O'Brien", '"', " "),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const kind = fc.constantFrom("account", "contacts", "lead", null);
const rowsOf = fc.array(fc.tuple(fc.option(value), kind), { maxLength: 40 });

type Rows = readonly (readonly [value: string | null, kind: string | null])[];

/** The service: knows some of the values, one of each table, and remembers what was asked. */
class Directory {
  /** What was asked for and found; what is missing may be asked for again. */
  readonly found: string[] = [];
  readonly #known: (name: string) => boolean;

  constructor(known: (name: string) => boolean) {
    this.#known = known;
  }

  idOf(table: string, key: KeyTexts): string | undefined {
    const name = `${table} ${sameTexts([named], key).join()}`;
    return this.#known(name) ? guidOf(name) : undefined;
  }

  async find({ table }: FindBy, keys: readonly KeyTexts[]): Promise<readonly (readonly JsonObject[])[]> {
    const { entitySetName, primaryId } = table;
    await Promise.resolve();
    return keys.map((key) => {
      const id = this.idOf(entitySetName, key);
      if (id === undefined) return [];
      this.found.push(id);
      return [{ [primaryId]: id }];
    });
  }
}

function guidOf(name: string): string {
  const digits = createHash("sha256").update(name).digest("hex").slice(0, 12);
  return `0000abcd-0000-4000-8000-${digits}`;
}

function stepOf(directory: Directory): LookupStep {
  const request = { columns: [{ sources: ["k"], target: "customerid", lookup: { by: ["name"], tableFrom: "t" } }] };
  const columns = [text("k", []), text("t", [])];
  return new LookupStep(
    mappingOf({ columns, table: orderTable, request, related: [account, contact] }).references,
    directory,
  );
}

function expected([name, table]: Rows[number], directory: Directory): string | undefined {
  if (name === null || table === null || table === "lead") return undefined;
  const set = table === "account" ? "accounts" : table;
  return isKey(name) ? (directory.idOf(set, [name]) ?? "lookup_missing") : "value_not_mappable";
}

function isKey(name: string): boolean {
  return !/^ *$/.test(name) && !/[\p{Cc}\ufffe\uffff]/u.test(name) && name.isWellFormed();
}

function slabFor(rows: Rows): Slab {
  return slabOf(
    recordBatch(
      text(
        "k",
        rows.map(([name]) => name),
      ),
      text(
        "t",
        rows.map(([, table]) => table),
      ),
    ),
  );
}

/** An id, a code, or undefined, for each row. */
function told({ found, batch }: Slab): readonly unknown[] {
  const ids = found.references.get("customerid") ?? [];
  return Array.from({ length: batch.rows }, (_, row) => {
    const id = ids[row];
    return typeof id === "object" ? id.code : id;
  });
}

describe("lookups by values", () => {
  it("lead every row to the row of its own value, in whatever record batches the values come", async () => {
    const batches = fc.array(rowsOf, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, fc.func(fc.boolean()), async (given: readonly Rows[], known) => {
        const directory = new Directory((name) => known(name));
        const step = stepOf(directory);
        const slabs = given.map(slabFor);
        await Promise.all(slabs.map((slab) => step.prepare(slab, lane)));
        expect(slabs.map(told)).toEqual(given.map((rows) => rows.map((row) => expected(row, directory))));
        expect(directory.found.length).toBe(new Set(directory.found).size);
      }),
    );
  });
});
