/**
 * The rows that keys name, for one stream: what was found is remembered, what others are asking for is waited for, and only the
 * rest is asked. A key without a row is not remembered: its row may be loaded meanwhile.
 */
import type { KeyTexts } from "../../dataverse/keys/find-key.ts";
import type { Lookup } from "../../dataverse/lookups/lookup-context.ts";
import { asGuid } from "../../dataverse/wire/operation.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { Finder } from "./finder.ts";

/** Primary keys of the rows that have a key: none, one, or two that stand for any more. Undefined: one that cannot be read. */
export type Ids = readonly (string | undefined)[];

type Answers = ReadonlyMap<string, Ids>;

/** Some 4 MiB, an eighth of what a stream's record batches may take: dimensions fit, and keys that hardly recur need no memory. */
const rememberedMax = 16_384;

export class Referents {
  readonly #finder: Pick<Finder, "find">;
  /** By table, attributes and key; the one that was used last is the last. */
  readonly #known = new Map<string, Ids>();
  /** As many as the record batches that are read side by side have keys. */
  readonly #asking = new Map<string, Promise<Answers>>();

  constructor(finder: Pick<Finder, "find">) {
    this.#finder = finder;
  }

  /**
   * @param keys by a name that is the same for two keys that are one row.
   * @returns by the same names.
   * @throws SidecarError as `Finder.find`.
   */
  async find(by: Lookup, keys: ReadonlyMap<string, KeyTexts>, lane: Lane): Promise<Answers> {
    const scope = [by.table.logicalName, ...by.by.map(({ logicalName }) => logicalName), ""].join("\0");
    const found = new Map<string, Ids>();
    const open = new Map<string, KeyTexts>();
    const waited = new Set<Promise<Answers>>();
    for (const [name, key] of keys) {
      const known = this.#recall(scope + name);
      const asking = this.#asking.get(scope + name);
      if (known !== undefined) found.set(name, known);
      else if (asking !== undefined) waited.add(asking);
      else open.set(scope + name, key);
    }
    if (open.size > 0) waited.add(this.#ask(by, open, lane));
    // A place that is held for no request would in the end be missed by the one that is waited for.
    else if (waited.size > 0) lane.rest();
    for (const answers of await Promise.all(waited)) {
      for (const [place, ids] of answers) found.set(place.slice(scope.length), ids);
    }
    return found;
  }

  #recall(place: string): Ids | undefined {
    const ids = this.#known.get(place);
    if (ids === undefined) return undefined;
    this.#known.delete(place);
    this.#known.set(place, ids);
    return ids;
  }

  #ask(by: Lookup, open: ReadonlyMap<string, KeyTexts>, lane: Lane): Promise<Answers> {
    const asked = this.#read(by, open, lane).finally(() => {
      for (const place of open.keys()) this.#asking.delete(place);
    });
    for (const place of open.keys()) this.#asking.set(place, asked);
    return asked;
  }

  async #read({ table, by }: Lookup, open: ReadonlyMap<string, KeyTexts>, lane: Lane): Promise<Answers> {
    const rows = await this.#finder.find({ table, by, select: [] }, [...open.values()], lane);
    const answers = new Map<string, Ids>();
    for (const [i, place] of [...open.keys()].entries()) {
      const ids = (rows[i] ?? []).map((row) => asGuid(row[table.primaryId]));
      answers.set(place, ids);
      if (ids.length === 1 && ids[0] !== undefined) this.#remember(place, ids);
    }
    return answers;
  }

  #remember(place: string, ids: Ids): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= rememberedMax) this.#known.delete(oldest);
    this.#known.set(place, ids);
  }
}
