import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { ReadBack } from "../../../server/dataverse/read-back.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import type { Batch, Operation } from "../../../server/publish/batch.ts";
import { Costs } from "../../../server/publish/costs.ts";
import { Finder } from "../../../server/publish/finder.ts";
import type { Verdict } from "../../../server/publish/ledger.ts";
import { LookUp, rowsPerLook } from "../../../server/publish/look-up.ts";
import { RowReader } from "../../../server/publish/row-reader.ts";
import { Strategy } from "../../../server/publish/strategy.ts";
import { accountMapping, byNumberRequest, insertRequest, operationsOf, testId } from "../../support/publish/scenes.ts";
import { ScriptedLane } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const same = (row: number): ReadBack => ({ kind: "same", id: testId(row) });
const different = (row: number): ReadBack => ({ kind: "different", id: testId(row) });
const absent: ReadBack = { kind: "absent" };

/** Rows A0, A1, … of which the reader says what the test does. */
class Bench {
  readonly settled = new Map<number, Omit<Verdict, "attempts">>();
  readonly sent: (readonly number[])[] = [];
  readonly resent: (readonly number[])[] = [];
  readonly stops: SidecarError[] = [];
  readonly operations: readonly Operation[];
  readonly lookUp: LookUp;
  readonly #lane: ScriptedLane;
  /** What stands there, or why it cannot be read. */
  there: (row: number) => ReadBack = () => absent;
  reads = 0;

  constructor(rows: number, request: Partial<PublishRequest> = insertRequest) {
    const clock = new VirtualClock();
    const mapping = accountMapping(request);
    this.operations = operationsOf(
      mapping,
      Array.from({ length: rows }, (_, i) => [`A${i}`, "x"] as const),
    );
    this.#lane = new ScriptedLane(clock, () => new Error("asked"));
    const finder = new Finder({
      clock,
      signal: new AbortController().signal,
      patience: "short",
      learn: () => undefined,
    });
    const reader = new RowReader(mapping, finder);
    reader.read = (operations) => {
      this.reads += 1;
      return new Promise((resolve) => resolve(operations.map(({ row }) => this.there(row))));
    };
    this.lookUp = new LookUp({
      mapping,
      reader,
      strategy: new Strategy({ choice: "BATCH", costs: new Costs(), requestSeconds: () => 5 }),
      settle: ({ row }, verdict) => this.settled.set(row, verdict),
      stop: (reason) => this.stops.push(reason),
      resend: ({ operations }) => this.resent.push(operations.map(({ row }) => row)),
      send: ({ operations }) => {
        this.sent.push(operations.map(({ row }) => row));
        return Promise.resolve();
      },
    });
  }

  async send(batch: Partial<Batch> = {}): Promise<void> {
    await this.lookUp.send({ way: "batch", operations: this.operations, ...batch }, this.#lane);
  }

  /** As in an attempt after the first. */
  async again(there: (row: number) => ReadBack): Promise<this> {
    this.there = there;
    this.lookUp.begin();
    await this.send();
    return this;
  }
}

describe("the first attempt", () => {
  it("reads nothing, and asks for batches as the strategy wants them", async () => {
    const bench = new Bench(3);
    await bench.send();
    expect([bench.reads, bench.sent, bench.lookUp.shape.size]).toEqual([0, [[0, 1, 2]], 100]);
  });
});

describe("an attempt after the first", () => {
  it("asks for more rows than a request would take", () => {
    const bench = new Bench(1);
    bench.lookUp.begin();
    expect(bench.lookUp.shape).toEqual({ way: "batch", size: rowsPerLook });
  });

  it("does not send what stands there as it would be sent", async () => {
    const bench = await new Bench(3).again((row) => (row === 1 ? absent : same(row)));
    expect(bench.sent).toEqual([[1]]);
    expect([...bench.settled]).toEqual([
      [0, { kind: "unchanged", id: testId(0) }],
      [2, { kind: "unchanged", id: testId(2) }],
    ]);
  });

  it("sends nothing at all when all of it stands there", async () => {
    const bench = await new Bench(2).again(same);
    expect([bench.sent, bench.settled.size]).toEqual([[], 2]);
  });

  it("fails an INSERT whose row stands there with other values", async () => {
    const bench = await new Bench(1).again(different);
    expect(bench.settled.get(0)).toMatchObject({ kind: "failed", failure: { code: "duplicate_key_in_input" } });
  });

  it("sends an UPSERT whose row stands there with other values", async () => {
    const bench = await new Bench(2, byNumberRequest).again((row) => (row === 0 ? different(row) : same(row)));
    expect(bench.sent).toEqual([[0]]);
  });

  it.each([
    ["ACCEPT", 1, []],
    ["FAIL", 0, [[0]]],
  ] as const)(
    "takes a row that is gone for deleted only where that is accepted (%s)",
    async (onMissing, count, sent) => {
      const columns = [{ sources: ["accountnumber"], target: "accountnumber" }];
      const request = { ...byNumberRequest, mode: "DELETE", onMissing, columns, ignore: ["name"] } as const;
      const bench = await new Bench(1, request).again(() => absent);
      expect([bench.settled.size, bench.sent]).toEqual([count, sent]);
    },
  );

  it("sends an UPSERT that writes otherwise where it creates: what stands there does not tell", async () => {
    const columns = [
      { sources: ["accountnumber"], target: "accountnumber" },
      { sources: ["name"], target: "name", onlyOn: "CREATE" } as const,
    ];
    const bench = await new Bench(1, { ...byNumberRequest, columns }).again(same);
    expect([bench.reads, bench.sent]).toEqual([0, [[0]]]);
  });

  it("sends what cannot be read", async () => {
    const bench = await new Bench(2).again((row) => (row === 0 ? { kind: "unreadable" } : same(row)));
    expect(bench.sent).toEqual([[0]]);
  });

  it("sends all of it when the service does not answer, and stops the run when it refuses the credentials", async () => {
    const refuse = (code: "deadline_passed" | "credentials_rejected") => (): ReadBack => {
      throw new SidecarError(code, "No.");
    };
    const busy = await new Bench(2).again(refuse("deadline_passed"));
    expect([busy.sent, busy.stops]).toEqual([[[0, 1]], []]);
    const rejected = await new Bench(2).again(refuse("credentials_rejected"));
    expect(rejected.stops).toEqual([expect.objectContaining({ code: "credentials_rejected" })]);
  });

  it("makes a defect of ours known", async () => {
    const broken = (): ReadBack => {
      throw new TypeError("broken");
    };
    await expect(new Bench(1).again(broken)).rejects.toThrow("broken");
  });

  it("stops reading when a chunk finds none, and does not begin anew", async () => {
    const bench = await new Bench(2).again(() => absent);
    for (const operation of bench.operations) operation.looked = false;
    bench.lookUp.begin();
    await bench.send();
    expect([bench.reads, bench.sent]).toEqual([
      1,
      [
        [0, 1],
        [0, 1],
      ],
    ]);
  });

  it("sends what is left in requests of the usual size", async () => {
    const bench = await new Bench(251).again((row) => (row === 0 ? same(row) : absent));
    expect(bench.sent.map((rows) => rows.length)).toEqual([100]);
    expect(bench.resent.map((rows) => rows.length)).toEqual([100, 50]);
  });

  it("reads no row twice, and none that was sent", async () => {
    const bench = new Bench(3);
    const [first, second, third] = bench.operations;
    if (first !== undefined) first.attempts = 1;
    if (second !== undefined) second.uncertainAt = 1;
    if (third !== undefined) third.looked = true;
    await bench.again(same);
    expect([bench.reads, bench.sent]).toEqual([0, [[0, 1, 2]]]);
  });

  it("leaves a batch alone that tests a part of a refused one", async () => {
    const bench = new Bench(2);
    bench.lookUp.begin();
    await bench.send({ suspects: bench.operations.slice(1), operations: bench.operations.slice(0, 1) });
    expect([bench.reads, bench.sent]).toEqual([0, [[0]]]);
  });
});
