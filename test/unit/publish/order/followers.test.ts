import { describe, expect, it } from "vitest";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { readOperation } from "../../../../server/dataverse/wire/operation.ts";
import type { Unseen } from "../../../../server/publish/order/followers.ts";
import { Followers } from "../../../../server/publish/order/followers.ts";
import type { Operation } from "../../../../server/publish/rows/batch.ts";
import { partOf } from "../../../../server/publish/rows/batch.ts";
import { int32, recordBatch, text } from "../../../support/columns.ts";
import { mappingOf } from "../../../support/dataverse/tables.ts";
import type { Account } from "../../../support/publish/scenes.ts";
import {
  accountBatch,
  accountMapping,
  accountsWithState,
  byNumberRequest,
  operationsOf,
  slabOf,
} from "../../../support/publish/scenes.ts";

/** Record batches; the first rows of the first one are on their way, or wait behind one that is. */
class Bench {
  readonly unseen: readonly Unseen[];
  readonly operations: readonly Operation[];
  readonly followers: Followers;
  waiting: readonly Operation[] = [];

  constructor(
    begun: number,
    batches: readonly (readonly Account[])[],
    request: Partial<PublishRequest> = byNumberRequest,
  ) {
    const mapping = accountMapping(request);
    this.unseen = batches.map((rows, i) => ({ slab: slabOf(accountBatch(rows)), from: i === 0 ? begun : 0 }));
    const [first] = batches;
    const encoder = mapping.encoder("batch");
    const slab = this.unseen[0]?.slab ?? slabOf(accountBatch([]));
    encoder.bind(slab.batch);
    this.operations = operationsOf(mapping, first?.slice(0, begun) ?? []).map((operation) => ({
      ...operation,
      slab,
      key: encoder.foldedKey(operation.row, undefined),
    }));
    this.followers = new Followers({
      mapping,
      keys: { behind: (key) => this.waiting.filter((operation) => operation.key === key) },
      batcher: this,
    });
  }

  /** What the followers of the first operation would write. */
  names(operations = this.operations.slice(0, 1)): readonly unknown[] {
    const [first] = operations;
    const found = this.followers.of(operations);
    if (first === undefined) return [];
    return (found.get(first) ?? []).map((operation) => readOperation(partOf(operation)).body["name"]);
  }
}

describe("the rows that follow one of the same key", () => {
  it("are those in memory, over record batches, in input order", () => {
    const bench = new Bench(1, [
      [
        ["A", "1"],
        ["B", "2"],
        ["A", "3"],
      ],
      [
        ["C", "4"],
        ["A", "5"],
      ],
    ]);
    expect(bench.names()).toEqual(["3", "5"]);
  });

  it("are those that the service takes for one too", () => {
    const bench = new Bench(1, [
      [
        ["a", "1"],
        ["A  ", "2"],
      ],
    ]);
    expect(bench.names()).toEqual(["2"]);
  });

  it("begin with those that wait for the key", () => {
    const bench = new Bench(2, [
      [
        ["A", "1"],
        ["A", "2"],
        ["A", "3"],
      ],
    ]);
    bench.waiting = bench.operations.slice(1);
    expect(bench.names()).toEqual(["2", "3"]);
  });

  it("leave out those that cannot be sent, which change nothing", () => {
    const bench = new Bench(1, [
      [
        ["A", "1"],
        ["A", "a name that is longer than twenty characters"],
        ["A", "3"],
      ],
    ]);
    expect(bench.names()).toEqual(["3"]);
  });

  it("leave out those whose record batch could not be read", () => {
    const bench = new Bench(1, [[["A", "1"]], [["A", "2"]]]);
    const slab = bench.unseen[1]?.slab;
    if (slab !== undefined) {
      slab.found = { ...slab.found, unread: { code: "deadline_passed", message: "No.", retryable: true } };
    }
    expect(bench.names()).toEqual([]);
  });

  it("are none of a row without a key", () => {
    const bench = new Bench(1, [
      [
        ["A", "1"],
        ["A", "2"],
      ],
    ]);
    expect(bench.names(bench.operations.map((operation) => ({ ...operation, key: -1 })))).toEqual([]);
  });

  it("are bounded in number", () => {
    const rows = Array.from({ length: 10_002 }, (_, i): Account => ["A", String(i)]);
    expect(new Bench(1, [rows]).names()).toHaveLength(10_000);
  });
});

describe("rows of several steps", () => {
  /** Rows of each following row that the first one is followed by: all have one key, and the states given. */
  function followedBy(states: readonly (number | null)[]): readonly number[] {
    const batch = recordBatch(
      text(
        "accountnumber",
        states.map(() => "A"),
      ),
      int32("statecode", states),
    );
    const mapping = mappingOf({
      columns: batch.columns,
      table: accountsWithState,
      request: { ...byNumberRequest, nulls: "IGNORE" },
    });
    const slab = slabOf(batch);
    const encoder = mapping.encoder("batch");
    encoder.bind(batch);
    const [first] = operationsOf(accountMapping(byNumberRequest), [["A", "x"]]);
    if (first === undefined) throw new Error("There is a first row.");
    const operation = { ...first, slab, row: 0, key: encoder.foldedKey(0, undefined) };
    const batcher = { unseen: [{ slab, from: 1 }] };
    const followers = new Followers({ mapping, keys: { behind: () => [] }, batcher });
    return (followers.of([operation]).get(operation) ?? []).map(({ row }) => row);
  }

  it("are followed by rows that write again what they wrote", () => {
    expect(followedBy([1, 1, 1])).toEqual([1, 2]);
  });

  it("are followed by none that leaves one of the steps out, and by none after it", () => {
    expect(followedBy([1, 1, null, 1])).toEqual([1]);
    expect(followedBy([1, null, 1])).toEqual([]);
  });

  it("are followed by rows that write more", () => {
    expect(followedBy([null, null, 1])).toEqual([1, 2]);
  });
});
