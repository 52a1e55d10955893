/**
 * The primary key of a row that INSERT creates: minted before the first send from (run, table, row key) alone, so that every
 * resend, task retry and rerun names the same row, and Dataverse itself refuses the second one. No clock takes part.
 */
import type { Column, RecordBatch } from "../../arrow/columns.ts";
import type { Clock } from "../../core/clock.ts";
import { Guid } from "../../core/guid.ts";
import type { CanonicalWriter } from "./canonical.ts";
import { CanonicalBytes, canonicalWriter } from "./canonical.ts";
import { murmur128 } from "./murmur.ts";

/** Part of every identity: a new form of identity gets a new tag, and never the ids of an old one. */
const VERSION_TAG = "dataverse-flight/1";
const SEED = 0x44564631;

/** Different rows of a stream without a row key, whose repetitions are counted in a Map: about 45 MiB. */
export const rowsByContentMax = 1_000_000;

const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/**
 * The last six bytes of every id of a run, as twelve hex digits. SQL Server sorts GUIDs by them first, so the rows of a run lie
 * together in the index: the timestamp of a UUIDv7 run, else a hash of its name.
 */
export function runSuffix(runId: string): string {
  const match = UUID_V7.exec(runId);
  if (match !== null) return `${match[1]}${match[2]}`.toLowerCase();
  const words = new Uint32Array(4);
  const bytes = Buffer.from(`${VERSION_TAG}\0${runId}`, "utf8");
  murmur128(bytes, bytes.length, SEED, words);
  return wordOf(words, 0).toString(16).padStart(8, "0") + (wordOf(words, 1) >>> 16).toString(16).padStart(4, "0");
}

/** A UUIDv7 for a client that names no run: its rows lie together, and a repetition of it is another run. */
export function freshRunId(clock: Clock): string {
  const time = Math.floor(clock.wall()).toString(16).padStart(12, "0");
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(clock.random() * 16).toString(16)).join("");
  const variant = (8 + Math.floor(clock.random() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(3)}-${variant}${digits(3)}-${digits(12)}`;
}

export interface IdentityOptions {
  readonly runId: string;
  /** Table logical name. */
  readonly table: string;
  /** Indexes of the input columns that make a row unique in the run. */
  readonly keyColumns: readonly number[];
  /** Set when `keyColumns` is the row's whole content: equal rows are told apart by partition and occurrence. */
  readonly byContent?: { readonly partition: number; readonly rowsMax?: number };
}

/** Mints ids for the rows of one stream. Bind a record batch, then ask for its rows in order. */
export class Identity {
  readonly #options: IdentityOptions;
  readonly #bytes = new CanonicalBytes();
  readonly #prefix: number;
  readonly #words = new Uint32Array(4);
  /** The end of every id: 16 bits and 32. */
  readonly #suffix: readonly [number, number];
  /** 52 bits of the content's hash -> times seen: 50 bytes an entry, 50 MB at the bound. */
  readonly #occurrences = new Map<number, number>();
  #writers: readonly CanonicalWriter[] = [];

  constructor(options: IdentityOptions) {
    this.#options = options;
    const suffix = runSuffix(options.runId);
    this.#suffix = [Number.parseInt(suffix.slice(0, 4), 16), Number.parseInt(suffix.slice(4), 16)];
    this.#bytes.raw(Buffer.from(VERSION_TAG), 0, VERSION_TAG.length);
    const scope = Buffer.from(`${options.runId}\0${options.table}`, "utf8");
    this.#bytes.raw(scope, 0, scope.length);
    this.#prefix = this.#bytes.length;
  }

  bind(batch: RecordBatch): void {
    const columns = this.#options.keyColumns.map((index) => batch.columns[index]);
    this.#writers = columns.filter((column): column is Column => column !== undefined).map(canonicalWriter);
  }

  /**
   * A UUIDv8. By content, each call for an equal row counts as one occurrence more.
   * @returns undefined past the rows that can be told apart by content.
   */
  mint(row: number): Guid | undefined {
    this.#bytes.length = this.#prefix;
    for (const write of this.#writers) write(row, this.#bytes);
    const { byContent } = this.#options;
    if (byContent !== undefined && !this.#tellApart(byContent)) return undefined;
    murmur128(this.#bytes.bytes, this.#bytes.length, SEED, this.#words);
    return this.#uuid();
  }

  #tellApart({ partition, rowsMax = rowsByContentMax }: { partition: number; rowsMax?: number }): boolean {
    murmur128(this.#bytes.bytes, this.#bytes.length, SEED, this.#words);
    const content = wordOf(this.#words, 0) * 2 ** 20 + (wordOf(this.#words, 1) >>> 12);
    const nth = this.#occurrences.get(content) ?? 0;
    if (nth === 0 && this.#occurrences.size >= rowsMax) return false;
    this.#occurrences.set(content, nth + 1);
    this.#bytes.int64(BigInt(partition));
    this.#bytes.int64(BigInt(nth));
    return true;
  }

  #uuid(): Guid {
    // Version 8 and variant 10 take six bits; the rest is 74 bits of the row and 48 of the run.
    const second = (wordOf(this.#words, 1) & 0xffff0fff) | 0x00008000;
    const third = (wordOf(this.#words, 2) & 0x3fff0000) | 0x80000000 | this.#suffix[0];
    return new Guid(wordOf(this.#words, 0), second, third, this.#suffix[1]);
  }
}

function wordOf(words: Uint32Array, at: number): number {
  return words[at] ?? 0;
}
