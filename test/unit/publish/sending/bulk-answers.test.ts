import { describe, expect, it } from "vitest";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import type { PartReply } from "../../../../server/dataverse/wire/batch-reply.ts";
import type { Batch, Operation } from "../../../../server/publish/rows/batch.ts";
import type { Verdict } from "../../../../server/publish/rows/ledger.ts";
import type { Doubt } from "../../../../server/publish/rows/settlement.ts";
import { Settlement } from "../../../../server/publish/rows/settlement.ts";
import { BulkAnswers } from "../../../../server/publish/sending/bulk-answers.ts";
import { byNumberRequest, insertRequest, testId } from "../../../support/publish/scenes.ts";
import { errorBody, trailOf } from "../../../support/publish/scripted-lane.ts";
import { rowsOf, SendingBench } from "../../../support/publish/sending-bench.ts";

/** A reader of bulk answers whose every word is noted; `standing` are the rows that reading finds. */
class Bench extends SendingBench {
  readonly settled: Record<number, string> = {};
  readonly again: number[] = [];
  /** Rows that are judged one by one. */
  readonly alone: number[] = [];
  readonly resent: { readonly way: string; readonly rows: readonly number[]; readonly suspects: readonly number[] }[] =
    [];
  readonly read: number[] = [];
  readonly answers: BulkAnswers;

  constructor(rows: number, request?: Partial<PublishRequest>, standing: readonly number[] = [], tableType?: string) {
    super({ rows, ...(request === undefined ? {} : { request }), ...(tableType === undefined ? {} : { tableType }) });
    const { mapping } = this;
    for (const operation of this.operations) operation.attempts = 1;
    const settle = ({ row }: Operation, verdict: Verdict): void => {
      this.settled[row] = verdict.failure?.code ?? verdict.kind;
    };
    const again = ({ row }: Operation): void => void this.again.push(row);
    this.answers = new BulkAnswers({
      mapping,
      clock: this.clock,
      strategy: this.strategy,
      settlement: new Settlement({ mapping, clock: this.clock, settle, again, exists: () => false }),
      resend: ({ way, operations, suspects = [] }) =>
        this.resent.push({ way, rows: rowsOf(operations), suspects: rowsOf(suspects) }),
      judge: (operations) => this.alone.push(...rowsOf(operations)),
      putBack: this.putBack,
      doubt: (doubts: readonly Doubt[]) => {
        this.read.push(...doubts.map(({ operation }) => operation.row));
        return Promise.resolve(doubts.map(({ operation }) => operation).filter(({ row }) => !standing.includes(row)));
      },
    });
  }

  async hear(reply: PartReply, more: Partial<Batch> = {}): Promise<this> {
    const batch: Batch = { way: "bulk", operations: this.operations, ...more };
    await this.answers.read(batch, { ...trailOf(), ...reply, seconds: 1 }, this.lane);
    return this;
  }
}

function reply(status: number, body?: unknown): PartReply {
  return { status, headers: {}, body: Buffer.from(body === undefined ? "" : JSON.stringify(body)) };
}

const tooLong = reply(400, errorBody("0x80044331"));
const all = (count: number): number[] => Array.from({ length: count }, (_, row) => row);

describe("the answer to a bulk request", () => {
  it("settles all rows when all were applied", async () => {
    const { settled, resent, strategy } = await new Bench(3).hear(reply(204));
    expect(strategy.sent.bulk).toEqual({ requests: 1, rows: 3 });
    expect(settled).toEqual({ 0: "upserted", 1: "upserted", 2: "upserted" });
    expect(resent).toEqual([]);
  });

  it("has a part of a refused request tested, and the rest wait for it", async () => {
    const { resent, settled } = await new Bench(30).hear(tooLong);
    expect(settled).toEqual({});
    expect(resent.length).toBe(1);
    expect(resent[0]?.way).toBe("bulk");
    expect([...(resent[0]?.rows ?? []), ...(resent[0]?.suspects ?? [])]).toEqual(all(30));
    expect(resent[0]?.rows.length).toBeGreaterThan(1);
  });

  it("has a handful judged one by one", async () => {
    const { resent, alone } = await new Bench(4).hear(tooLong);
    expect([resent, alone]).toEqual([[], [0, 1, 2, 3]]);
  });

  it("puts the rest back among the untested when the part is refused: it is no longer suspect", async () => {
    const bench = new Bench(30);
    await bench.hear(tooLong, { operations: bench.operations.slice(0, 3), suspects: bench.operations.slice(3) });
    expect(bench.untested).toEqual(all(30).slice(3));
  });

  it("looks for the bad row in the rest when the part was good", async () => {
    const bench = new Bench(6);
    await bench.hear(reply(204), { operations: bench.operations.slice(0, 3), suspects: bench.operations.slice(3) });
    expect(bench.settled).toEqual({ 0: "upserted", 1: "upserted", 2: "upserted" });
    expect([bench.resent, bench.alone]).toEqual([[], [3, 4, 5]]);
  });

  it("says of one row alone what the service says of it", async () => {
    const { settled } = await new Bench(1).hear(tooLong);
    expect(settled).toEqual({ 0: "row_rejected" });
  });

  it("does not count what another row caused as an attempt", async () => {
    const { operations } = await new Bench(30).hear(tooLong);
    expect(operations.map(({ attempts }) => attempts)).toEqual(all(30).map(() => 0));
  });

  it("goes over to $batch for a table that takes no bulk message, rows that wait included", async () => {
    const bench = new Bench(5);
    const suspects = bench.operations.slice(3);
    await bench.hear(reply(400, errorBody("0x80040800")), { operations: bench.operations.slice(0, 3), suspects });
    expect(bench.alone).toEqual(all(5));
    expect(bench.strategy.next().way).toBe("batch");
  });

  it("lets a part tell whether a row alone is forbidden, or its user", async () => {
    const { alone, settled } = await new Bench(1).hear(reply(403, errorBody("0x80040220")));
    expect([settled, alone]).toEqual([{}, [0]]);
  });

  it("lets parts tell whose right is missing", async () => {
    const { alone } = await new Bench(30).hear(reply(403, errorBody("0x80040220")));
    expect(alone).toEqual(all(30));
  });
});

describe("an insert in bulk", () => {
  const ids = (count: number): unknown => ({ Ids: all(count).map((row) => testId(row)) });

  it("is created when the service repeats each id", async () => {
    const { settled } = await new Bench(2, insertRequest).hear(reply(200, ids(2)));
    expect(settled).toEqual({ 0: "created", 1: "created" });
  });

  it("is read before anything is sent again when too few ids came back", async () => {
    const bench = await new Bench(3, insertRequest, [0, 1, 2]).hear(reply(200, ids(2)));
    expect([bench.read, bench.again, bench.settled]).toEqual([[0, 1, 2], [], {}]);
    expect(bench.operations.every(({ uncertainAt }) => uncertainAt > 0)).toBe(true);
  });

  it("goes again where reading finds nothing", async () => {
    const bench = await new Bench(3, insertRequest, [1]).hear(reply(200, ids(2)));
    expect(bench.again).toEqual([0, 2]);
  });

  it("that meets rows of an earlier try reads all of them at once, and puts back what is not there", async () => {
    const bench = await new Bench(30, insertRequest, all(10)).hear(reply(412, errorBody("0x80040237")));
    expect(bench.read).toEqual(all(30));
    expect([bench.untested, bench.resent]).toEqual([all(30).slice(10), []]);
  });

  it("is taken apart when a duplicate is none of its own rows", async () => {
    const bench = await new Bench(30, insertRequest).hear(reply(412, errorBody("0x80060892")));
    expect(bench.untested).toEqual([]);
    expect(bench.resent.length).toBe(1);
  });
});

describe("an upsert in bulk whose answer is lost", () => {
  it("goes again, for it may be repeated, and nothing waits for it", async () => {
    const bench = new Bench(4);
    const suspects = bench.operations.slice(2);
    await bench.answers.unanswered({ way: "bulk", operations: bench.operations.slice(0, 2), suspects }, bench.lane);
    expect([bench.again, bench.untested, bench.read]).toEqual([[0, 1], [2, 3], []]);
  });
});

describe("an elastic bulk request", () => {
  const elastic = (rows: number, request = byNumberRequest, standing: readonly number[] = []): Bench =>
    new Bench(rows, request, standing, "Elastic");
  const name = "@Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails";

  function partly(...failed: readonly [index: number, status: number][]): PartReply {
    const details = failed.map(([RequestIndex, StatusCode]) => ({ RequestIndex, StatusCode }));
    return reply(400, { error: { code: "0x80040216", message: "Some failed.", [name]: details } });
  }

  it("settles the rows that are not listed, and has those that are judged by their own parts", async () => {
    const bench = await elastic(4).hear(partly([1, 400], [3, 403]));
    expect(bench.settled).toEqual({ 0: "upserted", 2: "upserted" });
    expect(bench.alone).toEqual([1, 3]);
  });

  it("lets a throttled row wait and go again alone", async () => {
    const bench = await elastic(2).hear(partly([1, 429]));
    expect([bench.settled, bench.again, bench.alone]).toEqual([{ 0: "upserted" }, [1], []]);
    expect(bench.lane.gate.isOpen).toBe(false);
  });

  it("reads the row that a create collides with", async () => {
    const bench = await elastic(2, insertRequest, [1]).hear(partly([1, 409]));
    expect([bench.settled, bench.read]).toEqual([{ 0: "created" }, [1]]);
  });

  it.each([
    ["ACCEPT", 0, "unchanged"],
    ["FAIL", 0, "row_missing"],
    ["FAIL", 1, "deleted"],
  ] as const)("that deletes a missing row: %s, lost before: %i", async (onMissing, uncertainAt, outcome) => {
    const bench = elastic(2, { ...byNumberRequest, mode: "DELETE", onMissing });
    for (const operation of bench.operations) operation.uncertainAt = uncertainAt;
    await bench.hear(partly([1, 404]));
    expect(bench.settled).toEqual({ 0: "deleted", 1: outcome });
  });

  it("acknowledges nothing where the answer does not say which rows failed: each goes by a part", async () => {
    const bench = await elastic(3).hear(tooLong);
    expect(bench.settled).toEqual({});
    expect(bench.alone).toEqual([0, 1, 2]);
    expect(bench.operations.every(({ uncertainAt }) => uncertainAt > 0)).toBe(true);
  });

  it("reads what a create may have made before it goes again", async () => {
    const bench = await elastic(3, insertRequest, [0, 1]).hear(tooLong);
    expect([bench.read, bench.alone]).toEqual([[0, 1, 2], [2]]);
  });
});
