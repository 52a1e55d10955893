/**
 * The later rows of the same key, as far as they are in memory: what stands in Dataverse for a row that was published before is what
 * the last of them has made of it.
 */

import type { Mapping, RowEncoder } from "../../dataverse/mapping/mapping.ts";
import { Bytes } from "../../dataverse/text/bytes.ts";
import type { Operation } from "../rows/batch.ts";
import type { Slab } from "../rows/ledger.ts";
import { idFound } from "../rows/operations.ts";
import type { KeyOrder } from "./key-order.ts";
import { KeySet } from "./key-set.ts";

/** Encoded at once, some megabytes; of a key with more rows than that the earlier ones are written again. */
const followersMax = 10_000;
const rowBytes = 512;

/** A record batch, and the first of its rows that was not looked at yet. */
export interface Unseen {
  readonly slab: Slab;
  readonly from: number;
}

export interface FollowersOptions {
  readonly mapping: Mapping;
  readonly keys: Pick<KeyOrder<Operation>, "behind">;
  /** Whose rows are later than any that wait for their key. */
  readonly batcher: { readonly unseen: readonly Unseen[] };
}

/** By operation, the operations of later rows that may be of its key, in input order; without an entry there are none. */
export type FollowersOf = ReadonlyMap<Operation, readonly Operation[]>;

export class Followers {
  readonly #options: FollowersOptions;
  readonly #encoder: RowEncoder;
  /** Hashes of folded keys; gone with the record batch. */
  readonly #keys = new WeakMap<Slab, Float64Array>();
  #bound: Slab | undefined;

  constructor(options: FollowersOptions) {
    this.#options = options;
    this.#encoder = options.mapping.encoder("batch");
  }

  of(operations: readonly Operation[]): FollowersOf {
    const firsts = new Map(operations.filter(({ key }) => key !== -1).map((operation) => [operation.key, operation]));
    const found = new Map<Operation, Operation[]>();
    let left = followersMax;
    const add = (key: number, slab: Slab, row: number): void => {
      const first = firsts.get(key);
      const own = first === undefined || left === 0 ? undefined : this.#encoded(slab, row, key);
      if (first === undefined || own === undefined) return;
      left -= 1;
      const others = found.get(first);
      if (others === undefined) found.set(first, [own]);
      else others.push(own);
    };
    for (const key of firsts.keys()) for (const { slab, row } of this.#options.keys.behind(key)) add(key, slab, row);
    const wanted = new KeySet();
    for (const key of firsts.keys()) wanted.add(key);
    for (const { slab, from } of this.#options.batcher.unseen) {
      for (const row of this.#rowsOf(slab, from, wanted)) add(this.#keysOf(slab)[row] ?? -1, slab, row);
    }
    return this.#options.mapping.steps === 1 ? found : this.#covering(found);
  }

  /** A row whose plan leaves a step out says nothing of what that step has written. */
  #covering(found: FollowersOf): FollowersOf {
    return new Map(
      [...found].map(([first, others]) => {
        let steps = this.#stepsOf(first);
        const end = others.findIndex((other) => {
          const own = this.#stepsOf(other);
          const covers = steps.every((step) => own.includes(step));
          steps = own;
          return !covers;
        });
        return [first, end === -1 ? others : others.slice(0, end)];
      }),
    );
  }

  #stepsOf({ slab, row }: Operation): readonly number[] {
    this.#bind(slab);
    const steps: number[] = [];
    for (let step = this.#encoder.stepAfter(row, 0); step !== undefined; step = this.#encoder.stepAfter(row, step))
      steps.push(step);
    return steps;
  }

  #keysOf(slab: Slab): Float64Array {
    const known = this.#keys.get(slab);
    if (known !== undefined) return known;
    this.#bind(slab);
    const keys = new Float64Array(slab.batch.rows);
    for (let row = 0; row < keys.length; row++) keys[row] = this.#encoder.foldedKey(row, idFound(slab, row));
    this.#keys.set(slab, keys);
    return keys;
  }

  /** Those of wanted keys. All rows in memory are looked at for each of the first requests. */
  #rowsOf(slab: Slab, from: number, wanted: KeySet): readonly number[] {
    const rows: number[] = [];
    const keys = this.#keysOf(slab);
    for (let row = from; row < keys.length; row++) {
      const key = keys[row] ?? -1;
      // No key can be made of it; where the set has room, it finds -1.
      if (key !== -1 && wanted.has(key)) rows.push(row);
    }
    return rows;
  }

  /** Undefined for a row that cannot be sent: it changes nothing. */
  #encoded(slab: Slab, row: number, key: number): Operation | undefined {
    if (slab.found.unread !== undefined) return undefined;
    this.#bind(slab);
    const id = idFound(slab, row);
    const out = new Bytes(rowBytes);
    if (this.#encoder.encode(row, 0, id, out) !== undefined) return undefined;
    const bytes = out.view(0, out.length);
    const encoded = { bytes, start: 0, end: bytes.length, way: "batch" } as const;
    return { slab, row, step: 0, id, key, ...encoded, attempts: 0, uncertainAt: 0 };
  }

  #bind(slab: Slab): void {
    if (this.#bound !== slab) this.#encoder.bind(slab.batch, slab.found);
    this.#bound = slab;
  }
}
