import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import type { RowFailure } from "../../../../server/core/outcome.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { Finder } from "../../../../server/publish/preparing/finder.ts";
import { Reconciler } from "../../../../server/publish/reading/reconciler.ts";
import type { Operation } from "../../../../server/publish/rows/batch.ts";
import type { Verdict } from "../../../../server/publish/rows/ledger.ts";
import { operationAttemptsMax } from "../../../../server/publish/rows/settlement.ts";
import type { Trail } from "../../../../server/transport/retry.ts";
import { SendFailure } from "../../../../server/transport/retry.ts";
import type { PartAnswer } from "../../../support/publish/batch-service.ts";
import { answerEach, batchReply, partsOf } from "../../../support/publish/batch-service.ts";
import {
  accountMapping,
  byNumberRequest,
  insertRequest,
  numberedOperations,
  testId,
} from "../../../support/publish/scenes.ts";
import type { Script } from "../../../support/publish/scripted-lane.ts";
import { errorBody, ScriptedLane, trailOf } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const duplicate: RowFailure = {
  code: "row_rejected",
  message: "A row with the same key exists.",
  serviceCode: "0x80040237",
  httpStatus: 412,
  requestId: "r-1",
  retryable: false,
};

interface BenchSettings {
  readonly request?: Partial<PublishRequest>;
  readonly rows?: number;
  readonly tableType?: string;
}

/** Doubts rows A0, A1, … with the name "x", and notes what the reconciler says of them. */
class Bench {
  readonly clock = new VirtualClock();
  readonly halt = new AbortController();
  readonly settled = new Map<number, Verdict>();
  readonly again: { readonly row: number; readonly inMs: number }[] = [];
  readonly givenUp: number[] = [];
  readonly stops: SidecarError[] = [];
  readonly learnt: Trail[] = [];
  met = 0;
  readonly operations: readonly Operation[];
  readonly lane: ScriptedLane;
  readonly reconciler: Reconciler;

  constructor(script: Script, { request = insertRequest, rows = 1, tableType = "Standard" }: BenchSettings = {}) {
    const standard = accountMapping(request);
    const mapping = { ...standard, table: { ...standard.table, tableType } };
    this.operations = numberedOperations(mapping, rows);
    this.lane = new ScriptedLane(this.clock, script);
    const { clock } = this;
    const finder = new Finder({
      clock,
      signal: this.halt.signal,
      patience: "short",
      learn: (trail) => {
        this.learnt.push(trail);
      },
    });
    this.reconciler = new Reconciler({
      mapping,
      clock,
      finder,
      signal: this.halt.signal,
      exists: () => false,
      met: () => {
        this.met += 1;
      },
      settle: ({ row }, verdict) => this.settled.set(row, verdict),
      again: ({ row }, at) => this.again.push({ row, inMs: at - this.clock.now() }),
      giveUp: ({ row }) => this.givenUp.push(row),
      stop: (reason) => this.stops.push(reason),
    });
  }

  async read(failure = duplicate): Promise<this> {
    const doubts = this.operations.map((operation) => ({ operation, failure }));
    await this.clock.run(this.reconciler.read(doubts, this.lane));
    return this;
  }
}

/** What stands in Dataverse: the row as it was sent, but for what is given. */
function stored(row: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { accountid: testId(row), accountnumber: `A${row}`, name: "x", ...more };
}

/** Each query finds these rows. */
function each(...rows: readonly Record<string, unknown>[]): Script {
  return (request) => answerEach(request, () => ({ status: 200, body: { value: rows } }));
}

const absent: Script = each();

function answers(...parts: readonly PartAnswer[]): Script {
  return () => batchReply(parts);
}

async function doubted(
  script: Script,
  settings: { uncertain?: boolean; request?: Partial<PublishRequest> } = {},
): Promise<Bench> {
  const bench = new Bench(script, settings.request === undefined ? {} : { request: settings.request });
  const [operation] = bench.operations;
  if (operation !== undefined && settings.uncertain === true) operation.uncertainAt = 1;
  return await bench.read();
}

describe("a duplicate answer to an insert", () => {
  it("reads the row back by the id that was minted for it", async () => {
    const bench = await doubted(absent);
    const [part] = partsOf(bench.lane.requests[0] ?? { method: "GET", path: "", headers: {} });
    expect(decodeURIComponent(part?.url ?? "")).toBe(
      `accounts?$select=accountid,accountnumber,name&$filter=Microsoft.Dynamics.CRM.In(PropertyName='accountid',PropertyValues=["${testId(0)}"])`,
    );
  });

  it("tells that rows of an earlier try stand there, if it is one", async () => {
    const earlier = await doubted(each(stored(0)));
    const own = await doubted(each(stored(0)), { uncertain: true });
    const other = await doubted(each(stored(0, { name: "y" })));
    expect([earlier.met, own.met, other.met]).toEqual([1, 0, 0]);
  });

  it("is a rejection with the service's own words when the row is absent", async () => {
    const bench = await doubted(absent);
    expect(bench.settled.get(0)).toEqual({ kind: "failed", failure: duplicate, id: testId(0) });
  });

  it("is a rejection when the row is absent, also after an attempt that may have been applied", async () => {
    const bench = await doubted(absent, { uncertain: true });
    expect(bench.settled.get(0)).toMatchObject({ kind: "failed", failure: duplicate });
  });

  it("means nothing to do when the row stands there as it was sent", async () => {
    const bench = await doubted(each(stored(0)));
    expect(bench.settled.get(0)).toEqual({ kind: "unchanged", id: testId(0) });
  });

  it("means created when an attempt of ours may have been applied and the row stands there as sent", async () => {
    const bench = await doubted(each(stored(0)), { uncertain: true });
    expect(bench.settled.get(0)).toEqual({ kind: "created", id: testId(0) });
  });

  it("is a duplicate in the input when the row stands there with other values", async () => {
    const bench = await doubted(each(stored(0, { name: "y" })));
    expect(bench.settled.get(0)).toMatchObject({
      kind: "failed",
      failure: { code: "duplicate_key_in_input", serviceCode: "0x80040237", httpStatus: 412, requestId: "r-1" },
    });
  });

  it("is unknown, not acknowledged, when other values stand there and an attempt may have been applied", async () => {
    const bench = await doubted(each(stored(0, { name: "y" })), { uncertain: true });
    expect(bench.settled.get(0)?.failure).toMatchObject({ code: "outcome_unknown", retryable: false });
  });

  it("gives no evidence that the service did not", async () => {
    const bench = new Bench(each(stored(0, { name: "y" })));
    await bench.read({ code: "row_rejected", message: "no", retryable: false });
    const failure = bench.settled.get(0)?.failure;
    for (const name of ["serviceCode", "httpStatus", "requestId"]) expect(failure).not.toHaveProperty(name);
  });
});

describe("a duplicate answer to an insert into an elastic table", () => {
  const showsNothing = answers({ status: 404, body: errorBody("0x80040217") });
  const shows = (name: string): Script => answers({ status: 200, body: stored(0, { name }) });

  async function read(script: Script, more: Partial<Operation> = {}, failure = duplicate): Promise<Bench> {
    const request = failure.code === "row_changed" ? { ...byNumberRequest, mode: "UPDATE" as const } : insertRequest;
    const bench = new Bench(script, { tableType: "Elastic", request });
    for (const operation of bench.operations) Object.assign(operation, { attempts: 2, ...more });
    return await bench.read(failure);
  }

  it("goes again, since a copy that shows no row may be behind the refusal", async () => {
    const bench = await read(showsNothing);
    expect([bench.again, bench.settled.size]).toEqual([[{ row: 0, inMs: 4000 }], 0]);
  });

  it("goes again where other values may be those before our own attempt", async () => {
    const bench = await read(shows("y"), { uncertainAt: 1 });
    expect([bench.again.length, bench.settled.size]).toEqual([1, 0]);
    expect((await read(shows("y"))).settled.get(0)?.failure?.code).toBe("duplicate_key_in_input");
  });

  it("leaves open at last whether other values are those of our own attempt, changed since", async () => {
    const spent = await read(shows("y"), { uncertainAt: 1, attempts: operationAttemptsMax });
    expect(spent.settled.get(0)?.failure).toMatchObject({ code: "outcome_unknown", retryable: false });
  });

  it("is no change by another where the version may be our own attempt's", async () => {
    const changed: RowFailure = { ...duplicate, code: "row_changed" };
    const bench = await read(shows("y"), { uncertainAt: 1 }, changed);
    expect([bench.again.length, bench.settled.size]).toEqual([1, 0]);
    expect((await read(shows("y"), {}, changed)).settled.get(0)?.failure?.code).toBe("row_changed");
  });

  it("is acknowledged as soon as the row shows as it was sent", async () => {
    expect((await read(shows("x"), { uncertainAt: 1 })).settled.get(0)).toMatchObject({ kind: "created" });
  });

  it("is decided by the first read that repeats the refusal's token", async () => {
    const bench = await read(showsNothing, { sessionToken: "240:8#7#7=-1" });
    expect([bench.again, bench.settled.get(0)?.failure]).toEqual([[], duplicate]);
  });

  it("waits longer each time, and no longer than its attempts", async () => {
    const waits = await Promise.all(
      [1, 4, 7].map(async (attempts) => (await read(showsNothing, { attempts })).again[0]?.inMs),
    );
    expect(waits).toEqual([2000, 16_000, 16_000]);
    const spent = await read(showsNothing, { attempts: operationAttemptsMax });
    expect(spent.settled.get(0)?.failure).toEqual(duplicate);
  });
});

describe("a duplicate answer to the first half of an upsert that may have been applied", () => {
  const columns = [
    { sources: ["accountnumber"], target: "accountnumber" },
    { sources: ["name"], target: "name", onlyOn: "CREATE" as const },
  ];
  const halves = { ...byNumberRequest, columns };

  it("means upserted where there was no row before", async () => {
    const bench = new Bench(each(stored(0)), { request: halves });
    for (const operation of bench.operations) Object.assign(operation, { uncertainAt: 1, wasAbsent: true });
    await bench.read();
    expect(bench.settled.get(0)).toMatchObject({ kind: "upserted" });
  });

  it("leaves open whether the row lacks its second half where nobody had looked", async () => {
    const bench = await doubted(each(stored(0)), { request: halves, uncertain: true });
    expect(bench.settled.get(0)?.failure).toMatchObject({ code: "outcome_unknown", retryable: false });
  });
});

describe("a duplicate answer to an upsert", () => {
  it("sends the row again when it now finds one with other values", async () => {
    const bench = await doubted(each(stored(0, { name: "y" })), { request: byNumberRequest });
    expect(bench.settled.size).toBe(0);
    expect(bench.again).toEqual([{ row: 0, inMs: 1000 }]);
  });

  it("fails with the service's word when it is refused again though its row is there", async () => {
    const bench = await doubted(each(stored(0, { name: "y" })), { request: byNumberRequest });
    await bench.read();
    expect([bench.again.length, bench.settled.get(0)]).toEqual([1, { kind: "failed", failure: duplicate }]);
  });

  it("means upserted when an attempt of ours may have been applied and the row is as sent", async () => {
    const bench = await doubted(each(stored(0)), { request: byNumberRequest, uncertain: true });
    expect(bench.settled.get(0)).toEqual({ kind: "upserted", id: testId(0) });
  });

  it("fails with the service's word when its attempts are used up", async () => {
    const bench = new Bench(each(stored(0, { name: "y" })), { request: byNumberRequest });
    for (const operation of bench.operations) operation.attempts = operationAttemptsMax;
    await bench.read();
    expect(bench.settled.get(0)).toEqual({ kind: "failed", failure: duplicate });
  });
});

describe("a read-back that says nothing", () => {
  const unreadable: readonly (readonly [string, Script])[] = [
    ["a part that failed", answers({ status: 500, body: errorBody("0x80040216") })],
    ["a part that is refused", answers({ status: 403, body: errorBody("0x80040220") })],
    ["too few parts", answers()],
    ["two rows of one key", each(stored(0), stored(0))],
    ["no answer at all", () => new SendFailure("deadline_passed", "No.", { trail: trailOf(), cause: undefined })],
    ["a page of HTML", () => ({ status: 200, headers: { "content-type": "text/html" }, body: Buffer.from("<p>") })],
  ];

  it.each(unreadable)("lets the row go again: %s", async (_name, script) => {
    const bench = await doubted(script);
    expect(bench.settled.size).toBe(0);
    expect(bench.again).toEqual([{ row: 0, inMs: 1000 }]);
  });

  it("leaves the row unknown when its attempts are used up", async () => {
    const bench = new Bench(answers({ status: 500, body: errorBody("0x80040216") }));
    for (const operation of bench.operations) operation.attempts = operationAttemptsMax;
    await bench.read();
    expect(bench.settled.get(0)).toMatchObject({
      kind: "failed",
      failure: { code: "outcome_unknown", retryable: true, serviceCode: "0x80040237" },
    });
  });

  it("gives a row up when the stream has halted, and fails it only if it may have been applied", async () => {
    const bench = new Bench(each(), { rows: 2 });
    const [, second] = bench.operations;
    if (second !== undefined) second.uncertainAt = 1;
    bench.halt.abort(new SidecarError("cancelled", "Gone."));
    await bench.read();
    expect(bench.givenUp).toEqual([0]);
    expect(bench.settled.get(1)).toMatchObject({ failure: { code: "outcome_unknown" } });
    expect(bench.again).toEqual([]);
  });

  it("accounts for its requests, answered or not", async () => {
    const row = { status: 200, body: { value: [stored(0)] } };
    const answered = await doubted(() => ({ ...batchReply([row]), attempts: 2 }));
    const failed = await doubted(
      () => new SendFailure("deadline_passed", "No.", { trail: trailOf({ attempts: 5 }), cause: undefined }),
    );
    expect([...answered.learnt, ...failed.learnt].map(({ attempts }) => attempts)).toEqual([2, 5]);
  });

  it("closes the gate when a part of the read is throttled, and leaves the row open", async () => {
    const throttled = { status: 429, headers: { "Retry-After": "17" }, body: errorBody("0x80072321") };
    const bench = new Bench(answers(throttled));
    const before = bench.clock.now();
    await bench.read();
    expect(bench.lane.gate.openAt).toBeGreaterThanOrEqual(before + 17_000);
    expect(bench.again).toHaveLength(1);
  });

  it("stops the run when the credentials are rejected", async () => {
    const bench = await doubted(
      () => new SendFailure("credentials_rejected", "Wrong secret.", { trail: trailOf(), cause: undefined }),
    );
    expect(bench.stops).toEqual([expect.objectContaining({ code: "credentials_rejected" })]);
  });

  it("rejects for a defect of our own", async () => {
    await expect(doubted(() => new TypeError("broken"))).rejects.toThrow("broken");
  });
});

describe("many doubts", () => {
  it("are read hundreds a query, and each answer is for its own row", async () => {
    const script: Script = (request) =>
      answerEach(request, ({ url }) => {
        const ids = [...decodeURIComponent(url).matchAll(/-0000-8000-8000-([0-9a-f]{12})/g)];
        const rows = ids.map(([, digits = ""]) => Number.parseInt(digits, 16)).filter((row) => row % 2 === 0);
        return { status: 200, body: { value: rows.map((row) => stored(row)) } };
      });
    const bench = new Bench(script, { rows: 1001 });
    await bench.read();
    expect(bench.lane.requests.map((request) => partsOf(request).length)).toEqual([3]);
    expect(Array.from({ length: 1001 }, (_, row) => bench.settled.get(row)?.kind)).toEqual(
      Array.from({ length: 1001 }, (_, row) => (row % 2 === 0 ? "unchanged" : "failed")),
    );
  });

  it("cost no request when there are none", async () => {
    const bench = new Bench(each(), { rows: 0 });
    await bench.read();
    expect(bench.lane.requests).toEqual([]);
  });
});

describe("a row that was to be created under an id of its key, and was refused", () => {
  const theirs = testId(77);

  async function refusedTwice(second: readonly Record<string, unknown>[]): Promise<Bench> {
    const script: Script = (request, _trip, nth) => (nth === 0 ? absent : each(...second))(request, _trip, nth);
    const bench = new Bench(script, { request: byNumberRequest });
    const [operation] = bench.operations;
    if (operation === undefined) throw new Error("no operation");
    operation.slab.found = { ...operation.slab.found, ids: [testId(0)], absent: new Set([0]) };
    return await bench.read();
  }

  it("is sent to the row that someone else has made with the key", async () => {
    const bench = await refusedTwice([stored(0, { accountid: theirs })]);
    const [operation] = bench.operations;
    expect(bench.again).toEqual([{ row: 0, inMs: 1000 }]);
    expect(operation?.slab.found).toMatchObject({ ids: [theirs], absent: new Set() });
  });

  it("goes again when nobody tells whether someone else has made it", async () => {
    const failed: Script = answers({ status: 500, body: errorBody("0x80040216") });
    const script: Script = (request, trip, nth) => (nth === 0 ? absent : failed)(request, trip, nth);
    const bench = new Bench(script, { request: byNumberRequest });
    for (const { slab } of bench.operations) slab.found = { ...slab.found, ids: [testId(0)], absent: new Set([0]) };
    await bench.read();
    expect([bench.again, bench.settled.size]).toEqual([[{ row: 0, inMs: 1000 }], 0]);
  });

  it("fails with the service's word when there is none", async () => {
    const bench = await refusedTwice([]);
    expect(bench.settled.get(0)).toMatchObject({ kind: "failed", failure: duplicate });
  });

  it("fails when the key is ambiguous by now", async () => {
    const bench = await refusedTwice([stored(0), stored(0, { accountid: theirs })]);
    expect(bench.settled.get(0)).toMatchObject({ kind: "failed", failure: { code: "key_ambiguous" } });
  });
});
