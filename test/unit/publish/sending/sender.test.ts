import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import type { Way } from "../../../../server/dataverse/wire/way.ts";
import type { Batch } from "../../../../server/publish/rows/batch.ts";
import type { Verdict } from "../../../../server/publish/rows/ledger.ts";
import type { Doubt } from "../../../../server/publish/rows/settlement.ts";
import { operationAttemptsMax } from "../../../../server/publish/rows/settlement.ts";
import { Sender } from "../../../../server/publish/sending/sender.ts";
import type { Reply } from "../../../../server/transport/http.ts";
import type { Trail } from "../../../../server/transport/retry.ts";
import { SendFailure } from "../../../../server/transport/retry.ts";
import type { PartAnswer } from "../../../support/publish/batch-service.ts";
import { batchReply, done, partsOf } from "../../../support/publish/batch-service.ts";
import { insertRequest, testId } from "../../../support/publish/scenes.ts";
import type { Answer } from "../../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, trailOf } from "../../../support/publish/scripted-lane.ts";
import type { SendingScene } from "../../../support/publish/sending-bench.ts";
import { rowsOf, SendingBench } from "../../../support/publish/sending-bench.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** A sender whose every word is noted. */
class Bench extends SendingBench {
  readonly halt = new AbortController();
  readonly settled: { readonly row: number; readonly verdict: Verdict }[] = [];
  readonly again: { readonly row: number; readonly inMs: number }[] = [];
  readonly resent: (readonly number[])[] = [];
  readonly givenUp: number[] = [];
  readonly stops: SidecarError[] = [];
  readonly doubts: Doubt[] = [];
  readonly learnt: Trail[] = [];
  readonly sender: Sender;

  constructor(answer: Answer, scene: SendingScene = {}) {
    super({ choice: "BATCH", answer, ...scene });
    const { mapping, clock, strategy, putBack } = this;
    this.sender = new Sender({
      mapping,
      clock,
      strategy,
      putBack,
      signal: this.halt.signal,
      settle: ({ row }, verdict) => this.settled.push({ row, verdict }),
      exists: () => false,
      again: ({ row }, at) => this.again.push({ row, inMs: at - clock.now() }),
      resend: ({ operations }: Batch) => this.resent.push(rowsOf(operations)),
      giveUp: ({ row }) => this.givenUp.push(row),
      stop: (reason) => this.stops.push(reason),
      doubt: (doubts) => {
        this.doubts.push(...doubts);
        return Promise.resolve([]);
      },
      judge: (operations) => this.resent.push(rowsOf(operations)),
      learn: ({ attempts, throttles, uncertain, waitedMs }) =>
        this.learnt.push({ attempts, throttles, uncertain, waitedMs }),
    });
  }

  async send(way: Way = "batch"): Promise<this> {
    await this.sender.send({ way, operations: this.operations }, this.lane);
    return this;
  }

  /** The code of each failed row. */
  get codes(): Readonly<Record<number, string>> {
    return Object.fromEntries(this.settled.map(({ row, verdict }) => [row, verdict.failure?.code ?? verdict.kind]));
  }
}

async function sent(answer: Answer, more: SendingScene = {}): Promise<Bench> {
  return await new Bench(answer, more).send();
}

const parts = (...answers: readonly PartAnswer[]): Reply => batchReply(answers);

function refusal(status: number, code: string, headers: Record<string, string> = {}): PartAnswer {
  return { status, headers, body: errorBody(code) };
}

function failure(code: ConstructorParameters<typeof SendFailure>[0], trail: Partial<Trail> = {}): SendFailure {
  return new SendFailure(code, "Given up.", { trail: trailOf(trail), cause: undefined });
}

describe("a batch of which every row is refused for want of a privilege", () => {
  const lacking = refusal(403, "0x80040220");

  it("goes again by somebody else, and it was no attempt of its rows", async () => {
    const bench = new Bench(parts(lacking, lacking, lacking));
    bench.lane.spared = ["app"];
    await bench.send();
    expect(bench.resent).toEqual([[0, 1, 2]]);
    expect([bench.settled, bench.operations.map(({ attempts }) => attempts)]).toEqual([[], [0, 0, 0]]);
  });

  it("fails its rows when nobody is left who may be asked", async () => {
    const { codes } = await sent(parts(lacking, lacking, lacking));
    expect(codes).toEqual({ 0: "row_forbidden", 1: "row_forbidden", 2: "row_forbidden" });
  });

  it.each([
    ["a good row", done],
    ["an owner who lacks it", refusal(403, "0x80040231")],
  ])("is judged by its rows beside %s", async (_name, other) => {
    const bench = new Bench(parts(lacking, other, lacking));
    bench.lane.spared = ["other"];
    await bench.send();
    expect(bench.resent).toEqual([]);
    expect(bench.codes).toMatchObject({ 0: "row_forbidden", 2: "row_forbidden" });
    expect(bench.lane.permits).toBe(other === done ? 1 : 0);
  });
});

it("a file goes by whoever may change the row, and its row fails when nobody is left who may be asked", async () => {
  for (const [others, codes, attempts] of [
    [["first", "app"], {}, 0] as const,
    [undefined, { 0: "row_forbidden" }, 1] as const,
  ]) {
    const bench = new Bench(jsonReply(403, errorBody("0x80040220")), { rows: 1 });
    bench.lane.spared = others;
    const file = { name: "a", bytes: Buffer.from("x") };
    await bench.sender.send({ way: "batch", operations: bench.operations, file, spared: ["first"] }, bench.lane);
    expect(bench.lane.trips[0]).toMatchObject({ scope: "account UPDATE", spared: ["first"] });
    expect([bench.resent.length, bench.codes, bench.operations[0]?.attempts]).toEqual([1 - attempts, codes, attempts]);
  }
});

describe("a batch that is answered", () => {
  it("goes to $batch with each operation as a part of its own", async () => {
    const { lane } = await sent(parts(done, done, done));
    const [request] = lane.requests;
    if (request === undefined) return expect.unreachable();
    expect(request).toMatchObject({ method: "POST", path: "$batch", headers: { Prefer: "odata.continue-on-error" } });
    expect(partsOf(request).map(({ url }) => url)).toEqual([0, 1, 2].map((i) => `accounts(accountnumber='A${i}')`));
  });

  it("settles each row by its own part", async () => {
    const bench = await sent(parts(done, refusal(400, "0x80044331"), { status: 201 }));
    expect(bench.codes).toEqual({ 0: "upserted", 1: "row_rejected", 2: "created" });
    expect([bench.again, bench.resent, bench.givenUp, bench.stops]).toEqual([[], [], [], []]);
  });

  it("names the minted id of an insert, whether the row stands or failed", async () => {
    const request = { ...insertRequest, returning: "ALL" } as const;
    const { settled } = await sent(parts(done, refusal(400, "0x80044331")), { request, rows: 2 });
    expect(settled.map(({ verdict }) => verdict.id)).toEqual([testId(0), testId(1)]);
  });

  it("takes a row for done by nothing less than a success of its part", async () => {
    const bench = await sent(parts({ status: 202 }, { status: 204 }, refusal(500, "0x80040216")));
    expect(bench.codes).toEqual({ 1: "upserted" });
    expect(bench.again.map(({ row }) => row)).toEqual([0, 2]);
  });

  it("counts the attempts of its trail, at least one", async () => {
    const bench = new Bench({ ...parts(done, done, done), attempts: 3, throttles: 2, waitedMs: 7000 });
    await bench.send();
    expect(bench.operations.map(({ attempts }) => attempts)).toEqual([3, 3, 3]);
    expect(bench.learnt).toEqual([trailOf({ attempts: 3, throttles: 2, waitedMs: 7000 })]);
  });

  it("counts one attempt where every try was throttled, so that no row goes round for ever, none of an outage", async () => {
    const throttled = await sent(failure("deadline_passed", { attempts: 0, throttles: 20 }), { rows: 1 });
    const away = await sent(failure("outcome_unknown", { attempts: 0, uncertain: true }), { rows: 1 });
    expect([throttled, away].map(({ operations }) => operations[0]?.attempts)).toEqual([1, 0]);
  });

  it("remembers that an earlier attempt of its trail may have been applied", async () => {
    const bench = new Bench({ ...parts(done, done, done), attempts: 2, uncertain: true });
    await bench.send();
    expect(bench.operations.map(({ uncertainAt }) => uncertainAt)).toEqual(new Array(3).fill(bench.clock.now()));
  });

  it("neither acknowledges nor fails a duplicate, but doubts it", async () => {
    const bench = await sent(parts(done, refusal(412, "0x80040237")), { request: insertRequest, rows: 2 });
    expect(bench.codes).toEqual({ 0: "created" });
    expect(bench.doubts).toEqual([
      { operation: bench.operations[1], failure: expect.objectContaining({ code: "row_rejected" }) },
    ]);
  });
});

describe("an operation that must go again", () => {
  it("waits a random part of a doubling time after a deadlock, which leaves nothing applied", async () => {
    const longest: number[] = [];
    for (const attempts of [1, 2, 3, 7]) {
      const bench = new Bench({ ...parts(refusal(500, "0x80044339")), attempts }, { rows: 1 });
      await bench.send();
      expect(bench.operations[0]?.uncertainAt).toBe(0);
      const ratio = (bench.again[0]?.inMs ?? 0) / new VirtualClock().random();
      longest.push(Math.round(ratio));
    }
    expect(longest).toEqual([1000, 2000, 4000, 30_000]);
  });

  it("closes the lane's gate when its own part is throttled, and waits for it", async () => {
    const bench = await sent(parts(done, refusal(429, "0x80072321", { "Retry-After": "17" }), done));
    expect(bench.again).toEqual([{ row: 1, inMs: 17_000 }]);
    expect(bench.lane.gate.openAt).toBe(bench.clock.now() + 17_000);
    expect(bench.operations[1]?.uncertainAt).toBe(0);
  });

  it("is uncertain from then on when the service may have applied it", async () => {
    const bench = await sent(parts(done, refusal(503, "0x80073000"), done));
    expect(bench.operations.map(({ uncertainAt }) => uncertainAt > 0)).toEqual([false, true, false]);
  });

  it("fails when its attempts are used up: with the service's word if it was never applied", async () => {
    const attempts = operationAttemptsMax;
    const bench = await sent({ ...parts(refusal(500, "0x80044339")), attempts }, { rows: 1 });
    expect(bench.codes).toEqual({ 0: "deadline_passed" });
    expect(bench.settled[0]?.verdict.failure?.retryable).toBe(true);
    expect(bench.again).toEqual([]);
  });

  it("fails as unknown when its attempts are used up and one of them may have been applied", async () => {
    const attempts = operationAttemptsMax;
    const bench = new Bench({ ...parts(refusal(500, "0x80044339")), attempts, uncertain: true }, { rows: 1 });
    await bench.send();
    expect(bench.codes).toEqual({ 0: "outcome_unknown" });
  });

  it("fails with the service's words where they say that nobody knows", async () => {
    const attempts = operationAttemptsMax;
    const bench = await sent({ ...parts(refusal(500, "0x80044150")), attempts }, { rows: 1 });
    expect(bench.settled[0]?.verdict.failure).toMatchObject({ code: "outcome_unknown", serviceCode: "0x80044150" });
  });
});

describe("a batch whose answer cannot be trusted", () => {
  it.each([
    ["too few parts", parts(done, done)],
    ["too many parts", parts(done, done, done, done)],
    ["no multipart", { ...parts(done, done, done), headers: { "content-type": "application/json" } }],
    ["a page of HTML", { ...parts(done, done, done), headers: { "content-type": "text/html" } }],
  ])("goes again as uncertain: %s", async (_name, reply) => {
    const bench = await sent(reply);
    expect(bench.settled).toEqual([]);
    expect(bench.again.map(({ row }) => row)).toEqual([0, 1, 2]);
    expect(bench.operations.every(({ uncertainAt }) => uncertainAt > 0)).toBe(true);
  });

  it("fails its rows, when no attempt is left, with what is wrong with the answer", async () => {
    const bench = await sent({ ...parts(done, done), attempts: operationAttemptsMax });
    expect(bench.codes).toEqual({ 0: "outcome_unknown", 1: "outcome_unknown", 2: "outcome_unknown" });
    expect(bench.settled[0]?.verdict.failure?.message).toMatch(/nothing is doubled\. .* 2 parts for 3 operations\.$/);
  });
});

describe("a batch that is refused as a whole", () => {
  it.each([
    [413, "0x8004418a"],
    [400, "0x80048d19"],
  ])("goes again in halves: %i %s", async (status, code) => {
    const bench = await sent(jsonReply(status, errorBody(code)), { rows: 5 });
    expect(bench.resent).toEqual([
      [0, 1],
      [2, 3, 4],
    ]);
    expect(bench.settled).toEqual([]);
    expect(bench.operations.every(({ uncertainAt }) => uncertainAt === 0)).toBe(true);
  });

  it("fails a row that is too large alone", async () => {
    const bench = await sent(jsonReply(413, errorBody("0x8004418a")), { rows: 1 });
    expect(bench.settled).toEqual([
      {
        row: 0,
        verdict: {
          kind: "failed",
          failure: expect.objectContaining({ code: "row_too_large", httpStatus: 413, retryable: false }),
        },
      },
    ]);
  });

  it("lets a part tell of a row whose bulk message was refused as too large", async () => {
    const bench = new Bench(jsonReply(413, errorBody("0x8004418a")), { rows: 1 });
    await bench.sender.send({ way: "bulk", operations: bench.operations }, bench.lane);
    expect([bench.settled, bench.resent]).toEqual([[], [[0]]]);
  });

  it("fails a row that is refused alone with the service's code, and not with its text, which may hold values", async () => {
    const bench = await sent(jsonReply(400, errorBody("0x80048d19", "Cannot convert 'secret'.")), { rows: 1 });
    expect(bench.settled[0]?.verdict.failure).toEqual({
      code: "row_rejected",
      message: expect.not.stringContaining("secret"),
      serviceCode: "0x80048d19",
      httpStatus: 400,
      retryable: false,
    });
  });

  it("gives no code where the service gave none", async () => {
    const bench = await sent(jsonReply(400, { oops: true }), { rows: 1 });
    expect(bench.settled[0]?.verdict.failure).not.toHaveProperty("serviceCode");
  });

  it("goes in halves as uncertain when it was too slow", async () => {
    const bench = await sent(jsonReply(500, errorBody("0x80044151")), { rows: 2 });
    expect(bench.resent).toEqual([[0], [1]]);
    expect(bench.operations.every(({ uncertainAt }) => uncertainAt > 0)).toBe(true);
  });

  it("does not call a row rejected that was too slow alone and may have been applied", async () => {
    const bench = await sent(jsonReply(500, errorBody("0x80044151")), { rows: 1 });
    expect(bench.settled).toEqual([]);
    expect(bench.again.map(({ row }) => row)).toEqual([0]);
    expect(bench.operations[0]?.uncertainAt).toBe(bench.clock.now());
    const last = { ...jsonReply(500, errorBody("0x80044151")), attempts: operationAttemptsMax };
    expect((await sent(last, { rows: 1 })).codes).toEqual({ 0: "outcome_unknown" });
  });

  it("stops the run when the lane may not write, and gives its rows up unsent", async () => {
    const bench = await sent(jsonReply(403, errorBody("0x80040220")));
    expect(bench.stops).toEqual([expect.objectContaining({ code: "principal_forbidden" })]);
    expect(bench.givenUp).toEqual([0, 1, 2]);
    expect(bench.settled).toEqual([]);
  });

  it.each([
    [429, "0x80072322", false],
    [401, "", false],
    [503, "0x80073000", true],
  ])("goes again if the layers below let a %i through", async (status, code, uncertain) => {
    const bench = await sent(jsonReply(status, errorBody(code)));
    expect(bench.again.map(({ row }) => row)).toEqual([0, 1, 2]);
    expect(bench.operations.every(({ uncertainAt }) => uncertainAt > 0 === uncertain)).toBe(true);
  });
});

describe("a batch without an answer", () => {
  it.each(["batch", "bulk"] as const)("fails its rows as not applied when that is sure: %s", async (way) => {
    const bench = await new Bench(failure("deadline_passed", { attempts: 8 })).send(way);
    expect(bench.codes).toEqual({ 0: "deadline_passed", 1: "deadline_passed", 2: "deadline_passed" });
    expect(bench.operations.map(({ attempts }) => attempts)).toEqual([8, 8, 8]);
    expect(bench.settled[0]?.verdict.failure?.message).toMatch(/ later\. Given up\.$/);
    expect(bench.learnt).toEqual([trailOf({ attempts: 8 })]);
  });

  it("fails its rows as unknown when an attempt may have been applied", async () => {
    const bench = await sent(failure("outcome_unknown", { uncertain: true }));
    expect(bench.codes).toEqual({ 0: "outcome_unknown", 1: "outcome_unknown", 2: "outcome_unknown" });
    expect([bench.operations.every(({ uncertainAt }) => uncertainAt > 0), bench.stops]).toEqual([true, []]);
    expect(bench.settled[0]?.verdict.failure?.message).toMatch(/ nothing is doubled\. Given up\.$/);
  });

  it("remembers of each row alone what an earlier batch left unknown", async () => {
    const bench = new Bench(failure("deadline_passed"));
    const [, second] = bench.operations;
    if (second !== undefined) second.uncertainAt = bench.clock.now();
    await bench.send();
    expect(bench.codes).toEqual({ 0: "deadline_passed", 1: "outcome_unknown", 2: "deadline_passed" });
  });

  it("stops the run when the credentials are rejected, and fails only what may have been applied", async () => {
    const bench = new Bench(failure("credentials_rejected"));
    const [first] = bench.operations;
    if (first !== undefined) first.uncertainAt = bench.clock.now();
    await bench.send();
    expect(bench.stops).toEqual([expect.objectContaining({ code: "credentials_rejected" })]);
    expect(bench.codes).toEqual({ 0: "outcome_unknown" });
    expect(bench.givenUp).toEqual([1, 2]);
  });

  it("gives its rows up when the stream was halted, and stops nothing more", async () => {
    const bench = new Bench(parts(done, done, done));
    bench.halt.abort(new SidecarError("cancelled", "Gone."));
    await bench.send();
    expect([bench.givenUp, bench.stops, bench.settled]).toEqual([[0, 1, 2], [], []]);
    expect(bench.operations.map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
  });

  it("rejects for a defect of our own, which says nothing of the rows", async () => {
    await expect(sent(new TypeError("undefined is not a function"))).rejects.toThrow("undefined is not a function");
  });
});

describe("a reply whose parts name other rows than were sent in their place", () => {
  const named = (row: number): PartAnswer => ({
    status: 204,
    headers: { "OData-EntityId": `https://host/api/data/v9.2/accounts(${testId(row).toUpperCase()})` },
  });

  it("is not believed", async () => {
    const bench = await sent(batchReply([named(1), named(2), named(0)]), { request: insertRequest });
    expect(bench.settled).toEqual([]);
    expect(bench.again.map(({ row }) => row)).toEqual([0, 1, 2]);
  });

  it("is believed when they are the same, in whatever case", async () => {
    const bench = await sent(batchReply([named(0), named(1), named(2)]), { request: insertRequest });
    expect(bench.codes).toEqual({ 0: "created", 1: "created", 2: "created" });
  });

  it("is believed when it names rows that nobody sent: that is no other order", async () => {
    const { codes } = await sent(batchReply([named(90), named(91), named(92)]), { request: insertRequest });
    expect(codes).toEqual({ 0: "created", 1: "created", 2: "created" });
  });
});
