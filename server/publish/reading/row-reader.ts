/** What stands in Dataverse for operations: their rows are read in chunks, by id or by key, and compared with what was sent. */

import type { Asked, ReadBack, Reference, Referents, Superseded } from "../../dataverse/answers/read-back.ts";
import { ReadBackPlan, rowOf } from "../../dataverse/answers/read-back.ts";
import type { KeyAttribute, KeyTexts } from "../../dataverse/keys/find-key.ts";
import type { ReadKey } from "../../dataverse/keys/key-texts.ts";
import { isFlaw } from "../../dataverse/keys/key-texts.ts";
import type { Mapping } from "../../dataverse/mapping/mapping.ts";
import type { Attribute } from "../../dataverse/metadata/attributes.ts";
import { isElastic } from "../../dataverse/rows/elastic.ts";
import { getPart } from "../../dataverse/wire/batch-body.ts";
import type { JsonObject } from "../../dataverse/wire/operation.ts";
import { asGuid } from "../../dataverse/wire/operation.ts";
import { sessionHeaders } from "../../dataverse/wire/session-token.ts";
import type { Lane } from "../../schedule/lane.ts";
import type { FollowersOf } from "../order/followers.ts";
import type { Finder } from "../preparing/finder.ts";
import type { Operation } from "../rows/batch.ts";
import { partOf } from "../rows/batch.ts";
import type { Slab } from "../rows/ledger.ts";

/** A row, none, or a doubt that no row can settle. */
type Standing = JsonObject | "absent" | undefined;

interface Reading {
  readonly asked: readonly Asked[];
  readonly columns: readonly string[];
  readonly lane: Lane;
}

interface Wanted {
  readonly by: readonly KeyAttribute[];
  readonly key: KeyTexts;
}

export class RowReader {
  readonly #mapping: Mapping;
  readonly #finder: Finder;
  readonly #plan: ReadBackPlan;
  readonly #primary: readonly KeyAttribute[];

  constructor(mapping: Mapping, finder: Finder) {
    this.#mapping = mapping;
    this.#finder = finder;
    this.#plan = new ReadBackPlan(mapping);
    this.#primary = [{ logicalName: mapping.table.primaryId, kind: "guid" }];
  }

  /**
   * By operation, in their order.
   * @throws as `Finder.find`.
   */
  async read(operations: readonly Operation[], lane: Lane): Promise<readonly ReadBack[]> {
    const { asked, rows, referents } = await this.#standing(operations, lane);
    return asked.map((each, i) => this.#told(rows[i], (row) => this.#plan.compare(each, row, referents)));
  }

  /**
   * As `read`, of rows that later ones may have overwritten.
   * @throws as `Finder.find`.
   */
  async readAhead(
    operations: readonly Operation[],
    followers: FollowersOf,
    lane: Lane,
  ): Promise<readonly (ReadBack | Superseded)[]> {
    const chains = operations.map((operation) => [operation, ...(followers.get(operation) ?? [])]);
    const { asked, rows, referents } = await this.#standing(chains.flat(), lane);
    let end = 0;
    return chains.map(({ length }) => {
      const at = end;
      end += length;
      return this.#told(rows[at], (row) => {
        const [first, ...others] = asked.slice(at, end);
        if (first === undefined) return { kind: "unreadable" };
        // Keys that fold alike need not be one: where another row is among theirs, nothing tells what overwrote which.
        const isOne = others.every((_, i) => this.#isRow(row, rows[at + 1 + i]));
        return this.#plan.compareChain(isOne ? [first, ...others] : [first], row, referents);
      });
    });
  }

  async #standing(
    operations: readonly Operation[],
    lane: Lane,
  ): Promise<{ asked: readonly Asked[]; rows: readonly Standing[]; referents: Referents }> {
    const asked = operations.map((operation) => this.#plan.asked(partOf(operation), operation.id?.toString()));
    const columns = this.#plan.columns(asked);
    const rows = isElastic(this.#mapping.table)
      ? await this.#byAddress(operations, { asked, columns, lane })
      : await this.#byQuery(operations, { asked, columns, lane });
    const standing = asked.filter((_, i) => typeof rows[i] === "object");
    return { asked, rows, referents: await this.#referents(standing, lane) };
  }

  #told<T>(row: Standing, compare: (row: JsonObject) => T): T | ReadBack {
    if (row === "absent") return { kind: row };
    return row === undefined ? { kind: "unreadable" } : compare(row);
  }

  #isRow(row: JsonObject, other: Standing): boolean {
    const { primaryId } = this.#mapping.table;
    return typeof other === "object" && asGuid(row[primaryId]) === asGuid(other[primaryId]);
  }

  async #byAddress(operations: readonly Operation[], { asked, columns, lane }: Reading): Promise<readonly Standing[]> {
    const gets = asked.map((each, i) =>
      getPart(this.#plan.path(each, columns), sessionHeaders(operations[i]?.sessionToken)),
    );
    return (await this.#finder.get(gets, lane)).map(rowOf);
  }

  async #byQuery(
    operations: readonly Operation[],
    { asked, columns: select, lane }: Reading,
  ): Promise<readonly Standing[]> {
    const { table } = this.#mapping;
    const keys = this.#keys();
    const wanted = operations.map(({ slab, row }, i) => this.#wanted(asked[i], () => keys(slab)(row)));
    const standing = new Array<Standing>(operations.length).fill(undefined);
    for (const by of [this.#primary, this.#mapping.finding?.by ?? []]) {
      const places = wanted.flatMap((each, i) => (each?.by === by ? [i] : []));
      const found = await this.#finder.find(
        { table, by, select },
        places.map((place) => wanted[place]?.key ?? []),
        lane,
      );
      for (const [i, place] of places.entries()) standing[place] = only(found[i] ?? []);
    }
    return standing;
  }

  #wanted(asked: Asked | undefined, key: () => ReturnType<ReadKey>): Wanted | undefined {
    if (asked?.id !== undefined) return { by: this.#primary, key: [asked.id] };
    const { finding } = this.#mapping;
    const own = finding === undefined ? undefined : key();
    return finding === undefined || own === undefined || isFlaw(own) ? undefined : { by: finding.by, key: own };
  }

  /** Binds each record batch once. */
  #keys(): (slab: Slab) => ReadKey {
    const bound = new Map<Slab, ReadKey>();
    return (slab) => {
      const known = bound.get(slab) ?? this.#mapping.finding?.keys(slab.batch, slab.found) ?? (() => []);
      bound.set(slab, known);
      return known;
    };
  }

  async #referents(asked: readonly Asked[], lane: Lane): Promise<ReadonlyMap<string, string>> {
    const references = new Map<string, Reference>();
    for (const each of asked)
      for (const reference of this.#plan.references(each)) references.set(reference.url, reference);
    const ids = new Map<string, string>();
    for (const group of grouped([...references.values()])) {
      const [{ table, by }] = group;
      const found = await this.#finder.find(
        { table, by, select: [] },
        group.map(({ key }) => key),
        lane,
      );
      for (const [i, { url }] of group.entries()) {
        const row = only(found[i] ?? []);
        // Without such a row the lookup cannot be as sent, which the empty id brings to light.
        const id = row === "absent" ? "" : asGuid(row?.[table.primaryId]);
        if (id !== undefined) ids.set(url, id);
      }
    }
    return ids;
  }
}

/** An ambiguous key names no row. */
function only(rows: readonly JsonObject[]): Standing {
  return rows.length === 0 ? "absent" : rows.length === 1 ? rows[0] : undefined;
}

/** By table and key. */
function grouped(references: readonly Reference[]): readonly (readonly [Reference, ...Reference[]])[] {
  const groups = new Map<string, [Reference, ...Reference[]]>();
  for (const reference of references) {
    const name = [reference.table, ...reference.by]
      .map(({ logicalName }: Attribute | Reference["table"]) => logicalName)
      .join();
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [reference]);
    else group.push(reference);
  }
  return [...groups.values()];
}
