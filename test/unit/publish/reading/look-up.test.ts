import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import type { ReadBack, Superseded } from "../../../../server/dataverse/answers/read-back.ts";
import { missesMax, rowsPerLook } from "../../../../server/publish/reading/look-up.ts";
import { operationsMax } from "../../../../server/publish/rows/batch.ts";
import { absent, different, LookUpBench, same } from "../../../support/publish/look-up-bench.ts";
import { byNumberRequest, insertRequest, testId } from "../../../support/publish/scenes.ts";

describe("rows that were looked at and put back", () => {
  it("go before more are looked at, in requests of the usual size", async () => {
    const bench = await new LookUpBench(1).again(same);
    bench.batcher.hasDue = true;
    expect(bench.lookUp.shape().size).toBe(100);
    bench.batcher.hasDue = false;
    expect(bench.lookUp.shape().size).toBe(rowsPerLook);
  });
});

describe("rows of an elastic table, whose reads may be behind", () => {
  it.each(["UPDATE", "UPSERT", "DELETE"] as const)("are not looked at, whatever attempt it is: %s", async (mode) => {
    const bench = await new LookUpBench(1, { ...byNumberRequest, mode }, "Elastic").again(() => absent);
    expect([bench.reads, bench.sent, bench.settled.size]).toEqual([0, [[0]], 0]);
  });

  it("are looked at by an INSERT, which believes what stands there as it was sent, and nothing else", async () => {
    const bench = await new LookUpBench(3, insertRequest, "Elastic").again(
      (row) => [same, different][row]?.(row) ?? absent,
    );
    expect([...bench.settled.keys()]).toEqual([0]);
    expect(bench.sent).toEqual([[1, 2]]);
  });
});

describe("the first attempt", () => {
  it("reads nothing, and asks for batches as the strategy wants them", async () => {
    const bench = new LookUpBench(3);
    await bench.send();
    expect([bench.reads, bench.sent, bench.lookUp.shape().size]).toEqual([0, [[0, 1, 2]], 100]);
  });
});

describe("a stream of which nobody knows whether it is a repetition", () => {
  const unsure = (rows: number, ready = 1): LookUpBench => {
    const bench = new LookUpBench(rows, byNumberRequest);
    bench.batcher.ready = ready;
    return bench;
  };

  it("is read at its first request, and from then on where rows stand there as sent", async () => {
    const bench = unsure(2);
    bench.there = (row) => (row === 0 ? same(row) : different(row));
    expect(bench.lookUp.shape().size).toBe(100);
    await bench.send();
    expect([bench.sent, bench.settled.size, bench.lookUp.shape().size]).toEqual([[[1]], 1, rowsPerLook]);
  });

  it("is read on, request by request, while the few that were read stand there otherwise", async () => {
    const bench = unsure(missesMax - 1);
    bench.there = different;
    await bench.send();
    expect(bench.lookUp.shape().size).toBe(100);
    for (const operation of bench.operations) operation.looked = false;
    const sending = bench.send();
    expect([bench.reads, bench.lookUp.isAsking]).toEqual([2, true]);
    await sending;
    for (const operation of bench.operations) operation.looked = false;
    await bench.send();
    expect(bench.reads).toBe(2);
  });

  it("is not read on where none does", async () => {
    const bench = unsure(missesMax);
    bench.there = different;
    await bench.send();
    for (const operation of bench.operations) operation.looked = false;
    await bench.send();
    expect([bench.reads, bench.sent.length, bench.lookUp.gathers]).toEqual([1, 2, false]);
  });

  it("is not read where it is no more than a request of rows that each have a key of their own", async () => {
    const bench = unsure(2, 0);
    await bench.send();
    expect([bench.reads, bench.sent]).toEqual([0, [[0, 1]]]);
  });

  it("is read where a key comes again, however short it is", async () => {
    const bench = unsure(2, 0);
    const [first, second] = bench.operations;
    if (first !== undefined && second !== undefined) bench.followers = new Map([[first, [second]]]);
    await bench.send({ operations: bench.operations.slice(0, 1) });
    expect([bench.reads, bench.chains]).toEqual([1, [[second]]]);
  });

  it("sends nothing else before the first look is over", async () => {
    const bench = unsure(2);
    const sending = bench.send();
    expect(bench.lookUp.isAsking).toBe(true);
    await sending;
    expect(bench.lookUp.isAsking).toBe(false);
  });

  it("waits for more of the input until it has sent something", async () => {
    const bench = unsure(2, 0);
    expect(bench.lookUp.gathers).toBe(true);
    await bench.send();
    expect(bench.lookUp.gathers).toBe(false);
  });

  it.each([
    ["an INSERT, which a duplicate tells", insertRequest],
    ["a DELETE that must find its rows", { ...byNumberRequest, mode: "DELETE", onMissing: "FAIL" } as const],
  ])("is never %s", async (_, request) => {
    const columns = [{ sources: ["accountnumber"], target: "accountnumber" }];
    const bench = new LookUpBench(2, request.mode === "DELETE" ? { ...request, columns, ignore: ["name"] } : request);
    bench.batcher.ready = 1;
    await bench.send();
    expect([bench.reads, bench.lookUp.gathers]).toEqual([0, false]);
  });
});

describe("a row that later ones of its key have overwritten", () => {
  /** Rows 0, 1 and 2 are of one key, and all in memory. */
  async function chain(there: Superseded): Promise<LookUpBench> {
    const bench = new LookUpBench(3, byNumberRequest);
    const [first, ...others] = bench.operations;
    if (first !== undefined) bench.followers = new Map([[first, others]]);
    bench.there = (row) => (row === 0 ? there : different(row));
    await bench.send({ operations: bench.operations.slice(0, 1) });
    bench.followers = new Map();
    for (const operation of bench.operations.slice(1)) await bench.send({ operations: [operation] });
    return bench;
  }
  const superseded = { kind: "superseded", id: testId(7) } as const;

  it("is not sent again, and neither are those that were applied after it", async () => {
    const bench = await chain({ ...superseded, rows: 3, stands: true, hides: false });
    expect([bench.superseded, [...bench.settled], bench.sent]).toEqual([
      [0, 1],
      [[2, { kind: "unchanged", id: testId(7) }]],
      [],
    ]);
  });

  it("is followed by those that were not applied yet", async () => {
    const bench = await chain({ ...superseded, rows: 2, stands: true, hides: false });
    expect([bench.superseded, [...bench.settled.keys()], bench.sent]).toEqual([[0], [1], [[2]]]);
  });

  it("is followed by one that left no value behind, and is sent again", async () => {
    const bench = await chain({ ...superseded, rows: 1, stands: false, hides: false });
    expect([bench.superseded, [...bench.settled.keys()], bench.sent]).toEqual([[0], [], [[1], [2]]]);
  });

  it("is followed by the last one that was applied where not all of that shows", async () => {
    const bench = await chain({ ...superseded, rows: 3, stands: true, hides: true });
    expect([bench.superseded, [...bench.settled], bench.sent]).toEqual([[0, 1], [], [[2]]]);
  });
});

describe("a later row of a key that was found out about", () => {
  it("is not sent again, though nothing is looked at any more", async () => {
    const bench = new LookUpBench(2 + missesMax, byNumberRequest);
    const [first, second, ...others] = bench.operations;
    if (first === undefined || second === undefined) throw new Error("rows are missing");
    bench.followers = new Map([[first, [second]]]);
    bench.there = (row) =>
      row === 0 ? { kind: "superseded", id: testId(7), rows: 2, stands: true, hides: false } : absent;
    await bench.send({ operations: [first] });
    bench.followers = new Map();
    await bench.send({ operations: others });
    const { reads, sent } = bench;
    const before = sent.length;
    await bench.send({ operations: [second] });
    expect([bench.reads - reads, sent.length - before]).toEqual([0, 0]);
    expect([...bench.settled]).toEqual([[1, { kind: "unchanged", id: testId(7) }]]);
  });
});

describe("a row of a key of which this stream has written another", () => {
  it("was overwritten by no earlier try, whatever stands there", async () => {
    const bench = new LookUpBench(3, byNumberRequest);
    const [first, second] = bench.operations;
    if (first === undefined || second === undefined) throw new Error("rows are missing");
    bench.lookUp.begin();
    bench.lookUp.wrote(second.key);
    await bench.send();
    expect(bench.followed).toEqual([0, 2]);
  });
});

describe("what a strategy tries", () => {
  it("is sent by a stream that does not look, and is no look of one that does", () => {
    const bench = new LookUpBench(1);
    const trial = { way: "bulk", size: 50 } as const;
    bench.strategy.trial = () => trial;
    expect(bench.lookUp.shape()).toEqual(trial);
    bench.lookUp.begin();
    expect(bench.lookUp.shape()).toEqual({ way: "batch", size: rowsPerLook });
  });
});

describe("an attempt after the first", () => {
  it("asks for more rows than a request would take", () => {
    const bench = new LookUpBench(1);
    bench.lookUp.begin();
    expect(bench.lookUp.shape()).toEqual({ way: "batch", size: rowsPerLook });
  });

  it("does not send what stands there as it would be sent", async () => {
    const bench = await new LookUpBench(3).again((row) => (row === 1 ? absent : same(row)));
    expect(bench.sent).toEqual([[1]]);
    expect([...bench.settled]).toEqual([
      [0, { kind: "unchanged", id: testId(0) }],
      [2, { kind: "unchanged", id: testId(2) }],
    ]);
  });

  it("sends nothing at all when all of it stands there", async () => {
    const bench = await new LookUpBench(2).again(same);
    expect([bench.sent, bench.settled.size]).toEqual([[], 2]);
  });

  it("fails an INSERT whose row stands there with other values", async () => {
    const bench = await new LookUpBench(1).again(different);
    expect(bench.settled.get(0)).toMatchObject({ kind: "failed", failure: { code: "duplicate_key_in_input" } });
  });

  it("sends an UPSERT whose row stands there with other values", async () => {
    const bench = await new LookUpBench(2, byNumberRequest).again((row) => (row === 0 ? different(row) : same(row)));
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
      const bench = await new LookUpBench(1, request).again(() => absent);
      expect([bench.settled.size, bench.sent]).toEqual([count, sent]);
    },
  );

  it("sends what cannot be read", async () => {
    const bench = await new LookUpBench(2).again((row) => (row === 0 ? { kind: "unreadable" } : same(row)));
    expect(bench.sent).toEqual([[0]]);
  });

  it("sends all of it when the service does not answer, and stops the run when it refuses the credentials", async () => {
    const refuse = (code: "deadline_passed" | "row_forbidden" | "credentials_rejected") => (): ReadBack => {
      throw new SidecarError(code, "No.");
    };
    const busy = await new LookUpBench(2).again(refuse("deadline_passed"));
    expect([busy.sent, busy.stops]).toEqual([[[0, 1]], []]);
    const unseen = await new LookUpBench(2).again(refuse("row_forbidden"));
    expect([unseen.sent, unseen.stops]).toEqual([[[0, 1]], []]);
    const rejected = await new LookUpBench(2).again(refuse("credentials_rejected"));
    expect(rejected.stops).toEqual([expect.objectContaining({ code: "credentials_rejected" })]);
  });

  describe("whose values could go over newer ones", () => {
    const silent = (): ReadBack => {
      throw new SidecarError("deadline_passed", "No.");
    };

    it("is looked at again where the service does not answer", async () => {
      const bench = await new LookUpBench(2, byNumberRequest).again(silent);
      expect([bench.sent, [...bench.later]]).toEqual([
        [],
        [
          [0, 1000],
          [1, 1000],
        ],
      ]);
      bench.there = different;
      await bench.send();
      expect(bench.sent).toEqual([[0, 1]]);
    });

    it("is looked at ever more seldom, and fails when the service has been silent for ten minutes", async () => {
      const bench = await new LookUpBench(1, byNumberRequest).again(silent);
      const waits: (number | undefined)[] = [];
      for (const ms of [4000, 56_000, 540_000]) {
        await bench.clock.run(bench.clock.sleep(ms));
        bench.later.clear();
        await bench.send();
        waits.push(bench.later.get(0));
      }
      expect(waits).toEqual([4000, 15_000, undefined]);
      expect(bench.settled.get(0)).toMatchObject({ failure: { code: "deadline_passed", retryable: true } });
    });

    it("is given back where the stream halted during the silence: it was not sent", async () => {
      const bench = await new LookUpBench(1, byNumberRequest).again(silent);
      await bench.clock.run(bench.clock.sleep(900_000));
      bench.later.clear();
      bench.halt.abort(new Error("halted"));
      await bench.send();
      expect([bench.settled.size, bench.later.size]).toEqual([0, 1]);
    });

    it("is sent where it may not be read", async () => {
      const bench = await new LookUpBench(1, byNumberRequest).again(() => {
        throw new SidecarError("row_forbidden", "No.");
      });
      expect(bench.sent).toEqual([[0]]);
    });
  });

  it("makes a defect of ours known", async () => {
    const broken = (): ReadBack => {
      throw new TypeError("broken");
    };
    await expect(new LookUpBench(1).again(broken)).rejects.toThrow("broken");
  });

  it("stops reading when as many rows as a first request holds find nothing, and does not begin anew", async () => {
    const bench = await new LookUpBench(missesMax).again(() => absent);
    for (const operation of bench.operations) operation.looked = false;
    bench.lookUp.begin();
    await bench.send();
    expect([bench.reads, bench.sent.length]).toEqual([1, 2]);
  });

  it("goes on reading while it is few rows that nothing was found of", async () => {
    const bench = await new LookUpBench(missesMax - 1).again(() => absent);
    for (const operation of bench.operations) operation.looked = false;
    await bench.send();
    expect(bench.reads).toBe(2);
  });

  it("sends of what is left as much as a request takes, and puts the rest back for requests of the size that is best then", async () => {
    const bench = await new LookUpBench(251).again((row) => (row === 0 ? same(row) : absent));
    expect(bench.sent.map((rows) => rows.length)).toEqual([100]);
    expect(bench.back).toHaveLength(150);
  });

  it("sends no $batch of more rows than one may have, though rows go by larger bulk requests by now", async () => {
    const bench = new LookUpBench(251);
    bench.strategy.next = () => ({ way: "bulk", size: 1000 });
    await bench.again((row) => (row === 0 ? same(row) : absent));
    expect(bench.sent.map((rows) => rows.length)).toEqual([operationsMax]);
    expect(bench.back).toHaveLength(150);
  });

  it("reads no row twice, and none that was sent", async () => {
    const bench = new LookUpBench(3);
    const [first, second, third] = bench.operations;
    if (first !== undefined) first.attempts = 1;
    if (second !== undefined) second.uncertainAt = 1;
    if (third !== undefined) third.looked = true;
    await bench.again(same);
    expect([bench.reads, bench.sent]).toEqual([0, [[0, 1, 2]]]);
  });

  it("leaves a batch alone that tests a part of a refused one", async () => {
    const bench = new LookUpBench(2);
    bench.lookUp.begin();
    await bench.send({ suspects: bench.operations.slice(1), operations: bench.operations.slice(0, 1) });
    expect([bench.reads, bench.sent]).toEqual([0, [[0]]]);
  });
});

describe("an upsert in two halves", () => {
  const columns = [
    { sources: ["accountnumber"], target: "accountnumber" },
    { sources: ["name"], target: "name", onlyOn: "CREATE" } as const,
  ];
  const request = { ...byNumberRequest, columns };

  it("is read before it is sent: the first half where there is no row, the second one where there is", async () => {
    const bench = new LookUpBench(4, request);
    const there = [absent, same(1), different(2), { kind: "unreadable" } as const];
    bench.there = (row) => there[row] ?? absent;
    await bench.send();
    expect([bench.sent, bench.existing, bench.settled.size]).toEqual([[[0, 3]], [1, 2], 0]);
    expect(bench.operations.map(({ wasAbsent }) => wasAbsent)).toEqual([true, undefined, undefined, undefined]);
  });

  it("is read however many of its rows were not there", async () => {
    const bench = new LookUpBench(missesMax, request);
    await bench.send();
    for (const operation of bench.operations) operation.looked = false;
    await bench.send();
    expect([bench.reads, bench.lookUp.gathers]).toEqual([2, false]);
  });
});
