/** The effects in columns of typed arrays: twenty million of them take about 1 GiB and no time of the garbage collector. */
import { guidLength, guidText, readGuid, readWord, wordText } from "../core/guid-words.ts";
import { Names } from "../core/names.ts";
import type { Effect, Operation } from "./effect.ts";

const chunkSize = 1 << 12;
const operations: readonly Operation[] = ["create", "update", "delete"];
const repeatedBit = 4;

/** What an effect carried is kept of the last so many only: about 1 KB each. */
export const valuesMax = 200_000;

class Chunk {
  readonly times = new Float64Array(chunkSize);
  readonly requests = new Uint32Array(chunkSize);
  readonly principals = new Uint16Array(chunkSize);
  readonly servers = new Uint16Array(chunkSize);
  readonly tables = new Uint16Array(chunkSize);
  readonly kinds = new Uint8Array(chunkSize);
  readonly ids = new Uint32Array(4 * chunkSize);
  /** What follows the GUID in an id: the partition of an elastic row. */
  readonly tails = new Uint32Array(chunkSize);
  readonly hashes = new Uint32Array(2 * chunkSize);
}

export class Effects implements Iterable<Effect> {
  private readonly chunks: Chunk[] = [];
  private readonly principals = new Names();
  private readonly tables = new Names();
  private readonly tailNames = new Names();
  /** A ring. */
  private readonly values: (Effect["values"] | undefined)[] = [];
  private count = 0;

  get length(): number {
    return this.count;
  }

  append(effect: Omit<Effect, "sequence">): void {
    const place = this.count % chunkSize;
    if (place === 0) {
      this.chunks.push(new Chunk());
    }
    const chunk = this.chunkOf(this.count);
    if (!readGuid(effect.id, chunk.ids, 4 * place)) {
      throw new Error(`The id ${effect.id} is no GUID.`);
    }
    chunk.times[place] = effect.time;
    chunk.requests[place] = effect.request;
    chunk.principals[place] = this.principals.number(effect.principal);
    chunk.servers[place] = effect.server;
    chunk.tables[place] = this.tables.number(effect.table);
    chunk.kinds[place] = operations.indexOf(effect.operation) + (effect.repeated ? repeatedBit : 0);
    // The commonest tail needs no number of its own: 0 is none.
    chunk.tails[place] = effect.id.length === guidLength ? 0 : 1 + this.tailNames.number(effect.id.slice(guidLength));
    chunk.hashes[2 * place] = readWord(effect.hash, 0);
    chunk.hashes[2 * place + 1] = readWord(effect.hash, 8);
    if (effect.values !== undefined) {
      this.values[this.count % valuesMax] = effect.values;
    }
    this.count += 1;
  }

  /** Throws beyond the end. */
  at(index: number): Effect {
    const [chunk, place] = [this.chunkOf(index), index % chunkSize];
    const kind = chunk.kinds[place] ?? 0;
    const tail = chunk.tails[place] ?? 0;
    const values = index < this.count - valuesMax ? undefined : this.values[index % valuesMax];
    const operation = operations[kind & ~repeatedBit] ?? "create";
    return {
      sequence: index + 1,
      time: chunk.times[place] ?? 0,
      principal: this.principals.text(chunk.principals[place] ?? 0),
      server: chunk.servers[place] ?? 0,
      request: chunk.requests[place] ?? 0,
      operation,
      table: this.tables.text(chunk.tables[place] ?? 0),
      id: guidText(chunk.ids, 4 * place) + (tail === 0 ? "" : this.tailNames.text(tail - 1)),
      hash:
        operation === "delete"
          ? ""
          : wordText(chunk.hashes[2 * place] ?? 0) + wordText(chunk.hashes[2 * place + 1] ?? 0),
      repeated: (kind & repeatedBit) !== 0,
      ...(values === undefined ? {} : { values }),
    };
  }

  /** The first effects, `count` at most, from the `since`-th on that are wanted. */
  select(since: number, count: number, isWanted: (effect: Effect) => boolean): readonly Effect[] {
    const found: Effect[] = [];
    for (let index = since; index < this.count && found.length < count; index += 1) {
      const effect = this.at(index);
      if (isWanted(effect)) {
        found.push(effect);
      }
    }
    return found;
  }

  *[Symbol.iterator](): Iterator<Effect> {
    for (let index = 0; index < this.count; index += 1) {
      yield this.at(index);
    }
  }

  private chunkOf(index: number): Chunk {
    const chunk = this.chunks[Math.floor(index / chunkSize)];
    if (chunk === undefined) {
      throw new RangeError(`The ledger has no effect ${index}.`);
    }
    return chunk;
  }
}
