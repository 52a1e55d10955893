/** Finds the rows that lookups name by values that are no key, or that no URL can hold, before their rows are encoded. */
import type { RowFailure } from "../../core/outcome.ts";
import type { LookupQuestion } from "../../dataverse/finding/lookup-reading.ts";
import { lookupReading, needsReading } from "../../dataverse/finding/lookup-reading.ts";
import type { FoundId } from "../../dataverse/keys/found.ts";
import type { SoughtLookup, SoughtTarget } from "../../dataverse/lookups/lookup-context.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Slab } from "../rows/ledger.ts";
import { noTime } from "../rows/settlement.ts";
import type { Finder } from "./finder.ts";
import type { PreparationStep } from "./preparation.ts";
import { Referents } from "./referents.ts";

export class LookupStep implements PreparationStep {
  readonly #lookups: readonly SoughtLookup[];
  readonly #referents: Referents;

  constructor(lookups: readonly SoughtLookup[], finder: Pick<Finder, "find">) {
    this.#lookups = lookups;
    this.#referents = new Referents(finder);
  }

  needs({ batch }: Slab): boolean {
    return this.#lookups.some((lookup) => needsReading(lookup, batch));
  }

  async prepare(slab: Slab, lane: Lane): Promise<void> {
    const references = new Map(slab.found.references);
    for (const lookup of this.#lookups) {
      if (!needsReading(lookup, slab.batch)) continue;
      const { logicalName } = lookup.attribute;
      const { ids, questions } = lookupReading(lookup, slab.batch);
      for (const question of questions) question.answer(await this.#find(question, logicalName, lane), ids);
      references.set(logicalName, ids);
    }
    slab.found = { ...slab.found, references };
  }

  async #find(question: LookupQuestion, column: string, lane: Lane): Promise<ReadonlyMap<string, FoundId>> {
    const { target, keys } = question;
    const none = missing(target, column);
    const several = ambiguous(target, column);
    const found = new Map<string, FoundId>();
    for (const [name, ids] of await this.#referents.find(target, keys, lane)) {
      const [id = noTime] = ids;
      found.set(name, ids.length === 1 ? id : ids.length === 0 ? none : several);
    }
    return found;
  }
}

function missing({ table, by }: SoughtTarget, column: string): RowFailure {
  return {
    code: "lookup_missing",
    column,
    message: `No row of ${table.logicalName} has the ${namesOf(by)} that ${column} names. Publish the rows that it points to first, then replay it.`,
    retryable: true,
  };
}

function ambiguous({ table, by }: SoughtTarget, column: string): RowFailure {
  return {
    code: "key_ambiguous",
    column,
    message: `Several rows of ${table.logicalName} have the ${namesOf(by)} that ${column} names. Remove the others, or name the row by a key that is unique.`,
    retryable: false,
  };
}

function namesOf(by: SoughtTarget["by"]): string {
  return by.map(({ logicalName }) => logicalName).join(" and ");
}
