import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import type { Progress } from "../../../../server/publish/publication.ts";
import type { Counts } from "../../../../server/publish/rows/ledger.ts";
import { noRows } from "../../../../server/publish/rows/ledger.ts";
import type { LiveStream, Tolerance } from "../../../../server/publish/runs/runs.ts";
import { Run, Runs } from "../../../../server/publish/runs/runs.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Notes what it is told. */
class FakeStream implements LiveStream {
  readonly attempt: number;
  readonly counts: Counts;
  begun = 0;
  refused = 0;
  readonly stops: SidecarError[] = [];
  readonly expulsions: SidecarError[] = [];
  waiting: Progress["waiting"];
  quiet: () => Promise<void> = () => Promise.resolve();

  constructor(attempt: number, counts: Partial<Counts> = {}) {
    this.attempt = attempt;
    this.counts = { ...noRows, ...counts };
  }

  stop(reason: SidecarError): void {
    this.stops.push(reason);
  }

  async expel(reason: SidecarError): Promise<void> {
    this.expulsions.push(reason);
    await this.quiet();
  }

  progress(): Progress {
    const { waiting } = this;
    const counts = { received: 0, acknowledged: 0, failed: 0, inFlight: 0, rowsPerSecond: 3 };
    return { ...counts, ...(waiting === undefined ? {} : { waiting }) };
  }
}

const draining = new SidecarError("draining", "The server is shutting down.");

function setUp(): { clock: VirtualClock; run: Run } {
  const clock = new VirtualClock();
  return { clock, run: new Run("run", clock) };
}

/** Leaves its seat ten seconds after it was expelled. */
function slow(run: Run, clock: VirtualClock, attempt: number): FakeStream {
  const stream = new FakeStream(attempt);
  stream.quiet = async () => {
    await clock.sleep(10_000);
    run.leave("seat", stream);
  };
  return stream;
}

describe("the fence of a partition", () => {
  it("expels a smaller attempt and lets the greater in only when nothing of it is on the wire", async () => {
    const { clock, run } = setUp();
    const old = slow(run, clock, 1);
    await run.join("seat", old);
    const from = clock.now();
    await clock.run(run.join("seat", new FakeStream(2)));
    expect(old.expulsions).toEqual([expect.objectContaining({ code: "superseded" })]);
    expect(clock.now() - from).toBe(10_000);
    expect(run.streams).toBe(1);
  });

  it("refuses a smaller attempt and leaves the greater alone", async () => {
    const { run } = setUp();
    const live = new FakeStream(2);
    await run.join("seat", live);
    await expect(run.join("seat", new FakeStream(1))).rejects.toMatchObject({ code: "superseded" });
    expect(live.expulsions).toEqual([]);
    expect(run.streams).toBe(1);
  });

  it("tells a stream whether rows of its partition were received before", async () => {
    const run = new Run("run", new VirtualClock());
    const [first, second] = [new FakeStream(1), new FakeStream(2, { received: 7 })];
    expect(await run.join("seat", first)).toBe(false);
    run.leave("seat", first);
    expect(await run.join("seat", second)).toBe(false);
    run.leave("seat", second);
    expect(await run.join("other seat", new FakeStream(1))).toBe(false);
    expect(await run.join("seat", new FakeStream(3))).toBe(true);
  });

  it("refuses an equal attempt while it lives, and takes it when it has left", async () => {
    const { run } = setUp();
    const live = new FakeStream(2);
    await run.join("seat", live);
    await expect(run.join("seat", new FakeStream(2))).rejects.toMatchObject({ code: "invalid_command" });
    expect(live.expulsions).toEqual([]);
    run.leave("seat", live);
    await run.join("seat", new FakeStream(2));
  });

  it("keeps partitions apart", async () => {
    const { run } = setUp();
    const [one, two] = [new FakeStream(1), new FakeStream(1)];
    await run.join("one", one);
    await run.join("two", two);
    await run.join("three", new FakeStream(9));
    expect([...one.expulsions, ...two.expulsions]).toEqual([]);
    expect(run.streams).toBe(3);
  });

  it("lets one of two in that wait for the same seat", async () => {
    const { clock, run } = setUp();
    await run.join("seat", slow(run, clock, 1));
    const both = Promise.allSettled([run.join("seat", new FakeStream(2)), run.join("seat", new FakeStream(2))]);
    expect((await clock.run(both)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  it("lets the greatest of those that wait have the seat in the end", async () => {
    const { clock, run } = setUp();
    await run.join("seat", slow(run, clock, 1));
    const three = slow(run, clock, 3);
    const [two, , third] = await clock.run(
      Promise.allSettled([
        run.join("seat", slow(run, clock, 2)),
        run.join("seat", three),
        run.join("seat", new FakeStream(2)),
      ]),
    );
    expect([two.status, third.status]).toEqual(["fulfilled", "rejected"]);
    expect(run.streams).toBe(1);
    run.leave("seat", three);
    expect(run.streams).toBe(0);
  });

  it("takes the seat of a stream that ended without leaving it", async () => {
    const { run } = setUp();
    await run.join("seat", new FakeStream(1));
    await run.join("seat", new FakeStream(2));
    expect(run.streams).toBe(1);
  });

  it("is not moved by a stream that leaves a seat it has lost", async () => {
    const { run } = setUp();
    const old = new FakeStream(1, { received: 5, failed: 5 });
    await run.join("seat", old);
    await run.join("seat", new FakeStream(2, { received: 3, created: 3 }));
    run.leave("seat", old);
    expect(run.streams).toBe(1);
    expect(run.counts()).toMatchObject({ received: 3, settled: 3, failed: 0, notSent: 0 });
  });
});

describe("the counts of a run", () => {
  it("add up live and finished partitions", async () => {
    const { run } = setUp();
    const done = new FakeStream(1, { received: 10, created: 6, unchanged: 1, failed: 2, notSent: 1 });
    await run.join("one", done);
    run.leave("one", done);
    await run.join("two", new FakeStream(1, { received: 4, updated: 1, upserted: 1, deleted: 1 }));
    expect(run.counts()).toMatchObject({ received: 14, settled: 12, failed: 2, notSent: 1 });
  });

  it("take the newest attempt of a partition alone", async () => {
    const { run } = setUp();
    const first = new FakeStream(1, { received: 10, failed: 10 });
    await run.join("seat", first);
    run.leave("seat", first);
    expect(run.counts().failed).toBe(10);
    const second = new FakeStream(2, { received: 10, created: 10 });
    await run.join("seat", second);
    expect(run.counts()).toMatchObject({ received: 10, settled: 10, failed: 0, notSent: 0 });
    run.leave("seat", second);
    expect(run.counts()).toMatchObject({ received: 10, settled: 10, failed: 0, notSent: 0 });
  });

  it("count a stream that leaves twice once", async () => {
    const { run } = setUp();
    const stream = new FakeStream(1, { received: 2, created: 2 });
    await run.join("seat", stream);
    for (let i = 0; i < 2; i++) run.leave("seat", stream);
    expect(run.counts().received).toBe(2);
  });

  it("give up the oldest partition past a hundred thousand", async () => {
    const { run } = setUp();
    for (let i = 0; i <= 100_000; i++) {
      const stream = new FakeStream(1, { received: i === 0 ? 1000 : 1 });
      await run.join(String(i), stream);
      run.leave(String(i), stream);
    }
    expect(run.counts().received).toBe(100_000);
  });
});

describe("the limits of a run", () => {
  async function reviewed(
    counts: Partial<Counts>,
    tolerance: Partial<Tolerance>,
    seen: Partial<FakeStream> = {},
  ): Promise<readonly SidecarError[]> {
    const { run } = setUp();
    const stream = new FakeStream(1, counts);
    Object.assign(stream, { begun: 1000, ...seen });
    await run.join("seat", stream);
    run.review({ maxFailedRows: 0, maxFailedRatio: 1, ...tolerance });
    return stream.stops;
  }

  it("stop it past the number of failed rows, not at it", async () => {
    expect(await reviewed({ failed: 5 }, { maxFailedRows: 5 })).toEqual([]);
    expect(await reviewed({ failed: 6 }, { maxFailedRows: 5 })).toEqual([
      expect.objectContaining({ code: "too_many_failed_rows" }),
    ]);
    expect(await reviewed({ failed: 2 }, { maxFailedRows: 1 })).toHaveLength(1);
  });

  it("know no number when it is zero", async () => {
    expect(await reviewed({ failed: 1_000_000 }, {})).toEqual([]);
  });

  it("look at the ratio from a thousand settled rows on", async () => {
    const tolerance = { maxFailedRatio: 0.9 };
    expect(await reviewed({ failed: 999 }, tolerance)).toEqual([]);
    expect(await reviewed({ failed: 900, created: 100 }, tolerance)).toEqual([]);
    expect(await reviewed({ failed: 901, created: 99 }, tolerance)).toMatchObject([
      { code: "too_many_failed_rows", message: expect.stringContaining("90 % of the rows fail, 901 so far") },
    ]);
    expect(await reviewed({ failed: 1000 }, { maxFailedRatio: 1 })).toEqual([]);
    expect(await reviewed({ failed: 1000 }, tolerance, { refused: 1000, begun: 15_000 })).toEqual([]);
  });

  it("count over all streams, and stop them all, once", async () => {
    const { run } = setUp();
    const streams = [new FakeStream(1, { failed: 3 }), new FakeStream(1, { failed: 3 })];
    for (const [i, stream] of streams.entries()) await run.join(String(i), stream);
    for (let i = 0; i < 2; i++) run.review({ maxFailedRows: 5, maxFailedRatio: 1 });
    expect(streams.map(({ stops }) => stops.length)).toEqual([1, 1]);
    expect(run.stopped).toMatchObject({ code: "too_many_failed_rows" });
  });
});

describe("a run that was stopped for its failed rows", () => {
  const tolerance = { maxFailedRows: 5, maxFailedRatio: 1 };

  async function stopped(): Promise<Run> {
    const { run } = setUp();
    for (const seat of ["0", "1"]) {
      const stream = new FakeStream(1, { received: 9, failed: 4 });
      await run.join(seat, stream);
      run.review(tolerance);
      run.leave(seat, stream);
    }
    expect(run.counts().failed).toBe(8);
    return run;
  }

  it("is not stopped for the same rows when its partitions, which it still knows, are published again", async () => {
    const run = await stopped();
    // Of the same try: it neither begins a new one nor ends that it is over.
    const last = new FakeStream(1);
    await run.join("3", last);
    run.leave("3", last);
    const again = new FakeStream(2, { received: 9 });
    expect(await run.join("1", again)).toBe(true);
    run.review(tolerance);
    expect([again.stops, run.counts()]).toEqual([[], expect.objectContaining({ failed: 0, received: 9 })]);
    expect([await run.join("0", new FakeStream(2)), await run.join("2", new FakeStream(2))]).toEqual([true, false]);
  });

  it("stops the tasks of the same try that come after it", async () => {
    const run = await stopped();
    const next = new FakeStream(1, { received: 9 });
    await run.join("2", next);
    run.review(tolerance);
    expect(next.stops).toHaveLength(1);
  });
});

describe("a stopped run", () => {
  it("stops each stream that joins while others are under way", async () => {
    const { run } = setUp();
    await run.join("one", new FakeStream(1));
    run.stop(draining);
    const late = new FakeStream(1);
    await run.join("two", late);
    expect(late.stops).toEqual([draining]);
  });

  it("can be started again when its last stream has left, and not before", async () => {
    const { run } = setUp();
    const [one, two] = [new FakeStream(1), new FakeStream(1)];
    await run.join("one", one);
    await run.join("two", two);
    run.stop(draining);
    run.leave("one", one);
    expect(run.stopped).toBe(draining);
    run.leave("two", two);
    expect(run.stopped).toBeUndefined();
    const again = new FakeStream(1);
    await run.join("one", again);
    expect(again.stops).toEqual([]);
  });

  it("expels all streams when its owner cancels it, and waits for them", async () => {
    const { clock, run } = setUp();
    const streams = [slow(run, clock, 1), slow(run, clock, 1)];
    for (const [i, stream] of streams.entries()) await run.join(String(i), stream);
    const from = clock.now();
    await clock.run(run.cancel());
    expect(clock.now() - from).toBe(10_000);
    const reason = expect.objectContaining({ code: "cancelled", message: "The run was cancelled by its owner." });
    expect(streams.map(({ expulsions }) => expulsions)).toEqual([[reason], [reason]]);
  });

  it("tells what a stream of it waits for", async () => {
    const { run } = setUp();
    const idle = new FakeStream(1);
    const gated = new FakeStream(1);
    await run.join("one", idle);
    expect(run.waiting()).toBeUndefined();
    gated.waiting = { untilMs: 9, reason: "throttled", principal: "app" };
    await run.join("two", gated);
    expect(run.waiting()).toBe(gated.waiting);
  });
});

describe("Runs", () => {
  it("remembers a run for a minute after its last stream, then begins a new one", async () => {
    const clock = new VirtualClock();
    const runs = new Runs(clock);
    const run = runs.get("run");
    expect(runs.get("run")).toBe(run);
    await clock.run(clock.sleep(60_000));
    expect(runs.get("run")).toBe(run);
    await clock.run(clock.sleep(1));
    expect(runs.get("run")).not.toBe(run);
  });

  it("counts the minute from when the last stream left", async () => {
    const clock = new VirtualClock();
    const runs = new Runs(clock);
    const run = runs.get("run");
    const stream = new FakeStream(1);
    await run.join("seat", stream);
    await clock.run(clock.sleep(500_000));
    expect(runs.get("run")).toBe(run);
    run.leave("seat", stream);
    await clock.run(clock.sleep(50_000));
    expect(runs.get("run")).toBe(run);
  });

  it("finds a run without making it", () => {
    const runs = new Runs(new VirtualClock());
    expect(runs.find("run")).toBeUndefined();
    const run = runs.get("run");
    expect(runs.find("run")).toBe(run);
  });

  it("forgets the least recently used of a thousand, but none that lives", async () => {
    const runs = new Runs(new VirtualClock());
    const live = runs.get("live");
    await live.join("seat", new FakeStream(1));
    for (let i = 0; i < 999; i++) runs.get(`run ${i}`);
    const used = runs.get("run 0");
    runs.get("one more");
    expect(runs.find("run 1")).toBeUndefined();
    expect(runs.find("run 0")).toBe(used);
    expect(runs.find("live")).toBe(live);
    expect(runs.find("one more")).toBeDefined();
  });

  it("forgets a run when its minute is over, as soon as another begins", async () => {
    const clock = new VirtualClock();
    const runs = new Runs(clock);
    const live = runs.get("live");
    await live.join("seat", new FakeStream(1));
    runs.get("old");
    await clock.run(clock.sleep(60_001));
    runs.get("new");
    expect([runs.find("old"), runs.find("live")]).toEqual([undefined, live]);
  });

  it("counts streams, and stops the runs that have some", async () => {
    const runs = new Runs(new VirtualClock());
    const streams = [new FakeStream(1), new FakeStream(1), new FakeStream(1)];
    const [a, b, c] = streams;
    if (a === undefined || b === undefined || c === undefined) return expect.unreachable();
    await runs.get("one").join("1", a);
    await runs.get("one").join("2", b);
    await runs.get("two").join("1", c);
    const idle = runs.get("idle");
    expect(runs.streams).toBe(3);
    runs.stop(draining);
    for (const { stops } of streams) expect(stops).toEqual([draining]);
    expect(idle.stopped).toBeUndefined();
  });
});
