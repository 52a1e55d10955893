import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { Bodies } from "../../../server/publish/memory/bodies.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import { LateWrites, lateMs } from "../../../server/publish/order/late-writes.ts";
import { Ledger } from "../../../server/publish/rows/ledger.ts";
import type { Trail } from "../../../server/transport/retry.ts";
import { SendFailure } from "../../../server/transport/retry.ts";
import type { SentPart } from "../../support/publish/batch-service.ts";
import { answerEach, done, partsOf } from "../../support/publish/batch-service.ts";
import type { Account } from "../../support/publish/scenes.ts";
import { accountBatch, insertRequest } from "../../support/publish/scenes.ts";
import type { Script } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, trailOf } from "../../support/publish/scripted-lane.ts";
import { StreamBench, service } from "../../support/publish/stream-bench.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const draining = new SidecarError("draining", "The server is shutting down.", { remedy: "Resume." });

function rows(count: number, name = "x"): readonly Account[] {
  return Array.from({ length: count }, (_, i): Account => [`A${i}`, name]);
}

function lost(trail: Partial<Trail> = { uncertain: true }): SendFailure {
  return new SendFailure("outcome_unknown", "No reply.", { trail: trailOf(trail), cause: undefined });
}

/** A deadlock for a part's first time, success afterwards. */
function deadlockOnce(): (part: SentPart) => { status: number; body?: unknown } {
  const seen = new Set<string>();
  return ({ url }) => {
    if (seen.has(url)) return done;
    seen.add(url);
    return { status: 500, body: errorBody("0x80044339") };
  };
}

describe("a stream that runs its course", () => {
  it("settles every row once and says what became of it", async () => {
    const clock = new VirtualClock();
    const bad = ({ url }: SentPart) => (url.includes("7'") ? { status: 400, body: errorBody("0x80044331") } : done);
    const bench = new StreamBench(service(clock, bad), { clock });
    for (let i = 0; i < 3; i++) await bench.accept(...rows(250).map(([n, x]): Account => [`${i}${n}`, x]));
    const summary = await bench.end();
    expect(summary).toMatchObject({
      received: 750,
      acknowledged: 675,
      upserted: 675,
      failed: 75,
      notSent: 0,
      failedByCode: { row_rejected: 75 },
      warnings: ["a warning"],
      throttles: 0,
    });
    expect(summary).not.toHaveProperty("stopped");
    expect(bench.delivered.map(({ streamRow }) => streamRow).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 750 }, (_, i) => i),
    );
  });

  it("leaves no permit, no timer and no seat behind", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock, deadlockOnce()), { clock });
    expect(bench.stream.room(1000)).toBeUndefined();
    await bench.accept(...rows(300));
    expect(bench.stream.room(1000)).toBeUndefined();
    expect(bench.permits.used).toBe(Ledger.weight(accountBatch(rows(300))) + 1000);
    await bench.end();
    expect([bench.permits.used, clock.pending, bench.left]).toEqual([0, 0, 1]);
    expect(bench.fates).toEqual(new Array(300).fill("upserted"));
  });

  it("ends at once when there was nothing to do", async () => {
    const bench = new StreamBench(() => new Error("asked"));
    await bench.acceptBatch(accountBatch([]));
    expect(await bench.end()).toMatchObject({ received: 0, acknowledged: 0, requests: 0 });
    expect(bench.permits.used).toBe(0);
  });

  it("begins with four requests at once, takes more as rows get no slower by it, and uses all principals alike", async () => {
    const clock = new VirtualClock();
    let under = 0;
    let most = 0;
    const script: Script = async (request) => {
      under += 1;
      most = Math.max(most, under);
      await clock.sleep(100);
      under -= 1;
      return answerEach(request, () => done);
    };
    const bench = new StreamBench(script, { clock, principals: 2, request: insertRequest });
    await bench.accept(...rows(2000));
    expect(bench.stream.progress().inFlight).toBe(400);
    await bench.end();
    expect(most).toBe(8);
    expect(bench.principals.map(({ requests }) => requests.length)).toEqual([10, 10]);
  });

  it("takes another lane for each record batch that comes while the others are on the wire", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock, request: insertRequest });
    for (let i = 0; i < 4; i++) await bench.accept(...rows(100).map(([n, x]): Account => [`${i}${n}`, x]));
    expect(bench.stream.progress().inFlight).toBe(400);
    await bench.end();
  });

  it("encodes no more than there is room for among the bodies of the process", async () => {
    const clock = new VirtualClock();
    const bodies = new Bodies(new Permits(1));
    const options = { clock, request: insertRequest, bodies };
    const [one, two] = [new StreamBench(service(clock), options), new StreamBench(service(clock), options)];
    await one.accept(...rows(200));
    await two.accept(...rows(200));
    expect([one, two].map(({ stream }) => stream.progress().inFlight)).toEqual([100, 0]);
    const summaries = await Promise.all([one.end(), two.end()]);
    expect(summaries.map(({ created }) => created)).toEqual([200, 200]);
  });

  it("counts and reviews what it sent", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock, request: insertRequest });
    await bench.accept(...rows(300));
    expect((await bench.end()).requests).toBe(3);
    expect(bench.reviews).toBeGreaterThanOrEqual(3);
    expect(bench.stream.progress()).toMatchObject({ received: 300, acknowledged: 300, failed: 0, inFlight: 0 });
  });

  it("isolates a row that makes the service refuse its whole request", async () => {
    const clock = new VirtualClock();
    const script: Script = async (request) => {
      await clock.sleep(10);
      const poisoned = partsOf(request).some(({ body }) => body["name"] === "poison");
      return poisoned ? jsonReply(400, errorBody("0x80048d19")) : answerEach(request, () => done);
    };
    const bench = new StreamBench(script, { clock });
    await bench.accept(...rows(60), ["P", "poison"], ...rows(30).map(([n, x]): Account => [`B${n}`, x]));
    await bench.end();
    expect(bench.fates).toEqual([...new Array(60).fill("upserted"), "row_rejected", ...new Array(30).fill("upserted")]);
  });

  it("reads back a row whose insert was answered as a duplicate", async () => {
    const clock = new VirtualClock();
    const script = service(clock, ({ method, url, body }) => {
      if (method === "POST") return { status: 412, body: errorBody("0x80040237") };
      const [id] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(url) ?? [];
      return { status: 200, body: { value: [{ accountid: id, accountnumber: "A0", name: "x", ...body }] } };
    });
    const bench = new StreamBench(script, { clock, request: insertRequest });
    await bench.accept(["A0", "x"]);
    expect(await bench.end()).toMatchObject({ unchanged: 1, acknowledged: 1 });
  });
});

describe("work that waits", () => {
  it("sends again what met a deadlock, and counts its attempts", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock, deadlockOnce()), { clock });
    await bench.accept(...rows(10));
    await bench.end();
    expect(new Set(bench.delivered.map(({ outcome }) => outcome.attempts))).toEqual(new Set([2]));
  });

  it("does not wake again and again for work that is due while every lane is taken", async () => {
    const clock = new VirtualClock();
    const sleep = clock.sleep.bind(clock);
    let wakes = 0;
    clock.sleep = (ms, signal) => {
      wakes += 1;
      return sleep(ms, signal);
    };
    const answer = deadlockOnce();
    const script: Script = async (request) => {
      const quick = partsOf(request).length === 1;
      await sleep(quick ? 10 : 3_600_000);
      return answerEach(request, quick ? answer : () => done);
    };
    const bench = new StreamBench(script, { clock, progressTimeoutMs: 1e9 });
    await bench.accept(["B", "x"]);
    await bench.accept(...rows(400));
    await bench.end();
    expect(bench.fates).toEqual(new Array(401).fill("upserted"));
    expect(wakes).toBeLessThan(10);
  });

  it("lets other work of the event loop run while it refuses rows by the thousand", async () => {
    const bench = new StreamBench(() => new Error("asked"));
    let turns = 0;
    let going = true;
    const others = (async () => {
      while (going) {
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
      }
    })();
    await bench.stream.accept(accountBatch(rows(10_000, "a name of more than twenty characters")));
    await bench.stream.end();
    going = false;
    await others;
    expect(bench.fates).toHaveLength(10_000);
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});

describe("order per key", () => {
  it("applies rows of a key in their order, one at a time", async () => {
    const clock = new VirtualClock({ seed: 11 });
    const under = new Set<string>();
    const applied = new Map<string, number[]>();
    const script: Script = async (request) => {
      const parts = partsOf(request).filter(({ method }) => method !== "GET");
      for (const { url } of parts) {
        expect(under.has(url)).toBe(false);
        under.add(url);
      }
      await clock.sleep(clock.random() * 1000);
      for (const { url, body } of parts) {
        under.delete(url);
        applied.set(url, [...(applied.get(url) ?? []), Number(body["name"])]);
      }
      return answerEach(request, ({ method }) => (method === "GET" ? { status: 200, body: { value: [] } } : done));
    };
    const bench = new StreamBench(script, { clock });
    await bench.accept(...Array.from({ length: 500 }, (_, i): Account => [`K${i % 7}`, String(i)]));
    await bench.end();
    expect(applied.size).toBe(7);
    for (const order of applied.values()) expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(bench.fates).toEqual(new Array(500).fill("upserted"));
  });

  it("fails the rows behind one that may be replayed, those that wait and those that come", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(
      async (request) => {
        await clock.sleep(50);
        return partsOf(request).some(({ url }) => url.includes("'A'")) ? lost() : answerEach(request, () => done);
      },
      { clock },
    );
    await bench.accept(["A", "1"], ["A", "2"]);
    await clock.run(clock.sleep(100));
    await bench.accept(["A", "3"], ["B", "1"]);
    await bench.end();
    expect(bench.fates).toEqual(["outcome_unknown", "blocked_by_earlier_row", "blocked_by_earlier_row", "upserted"]);
  });

  it("goes on with the next row of a key when the one before failed for good", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(
      service(clock, ({ body }) => (body["name"] === "bad" ? { status: 400, body: errorBody("0x80044331") } : done)),
      { clock },
    );
    await bench.accept(["A", "bad"], ["A", "good"]);
    await bench.end();
    expect(bench.fates).toEqual(["row_rejected", "upserted"]);
  });

  it("sends no newer value of a key, of any stream, until a cut-off write can land no more", async () => {
    const clock = new VirtualClock();
    const late = new LateWrites();
    const first = new StreamBench(() => lost(), { clock, late });
    await first.accept(["A", "old"]);
    await first.end();
    const cutOff = clock.now();
    const sentAt: number[] = [];
    const script: Script = (request) => {
      sentAt.push(clock.now() - cutOff);
      return answerEach(request, () => done);
    };
    const second = new StreamBench(script, { clock, late });
    await second.accept(["a", "new"], ["B", "x"]);
    await second.end();
    expect(sentAt).toEqual([0, lateMs]);
  });

  it("does not wait for a cut-off insert, which overwrites nothing", async () => {
    const clock = new VirtualClock();
    const late = new LateWrites();
    const first = new StreamBench(() => lost(), { clock, late, request: insertRequest });
    await first.accept(["A", "old"]);
    await first.end();
    const from = clock.now();
    const second = new StreamBench((request) => answerEach(request, () => done), {
      clock,
      late,
      request: insertRequest,
    });
    await second.accept(["A", "old"]);
    await second.end();
    expect(clock.now()).toBe(from);
  });
});

describe("memory", () => {
  it("is waited for, which is told each second, and what is left of it at the end", async () => {
    const clock = new VirtualClock();
    const permits = new Permits(8 << 20);
    const slow: Script = async (request) => {
      await clock.sleep(10_000);
      return answerEach(request, () => done);
    };
    const bench = new StreamBench(slow, { clock, permits });
    const other = {};
    permits.seize(64 << 20, other);
    await bench.accept(...rows(2));
    const room = bench.stream.room(1 << 20);
    await clock.run(clock.sleep(3500));
    expect(bench.waited.memory).toBeCloseTo(3, 1);
    permits.give(64 << 20, other);
    await room;
    expect(bench.waited.memory).toBeCloseTo(3.5, 1);
    await clock.run(clock.sleep(3000));
    expect(bench.waited.memory).toBeCloseTo(3.5, 1);
    await bench.end();
  });

  it("keeps the client from sending on until there is room again", async () => {
    const clock = new VirtualClock();
    const batch = accountBatch(rows(100));
    const permits = new Permits(1 << 20);
    const bench = new StreamBench(service(clock), { clock, permits });
    const large = { ...batch, bytes: 200_000 };
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const from = clock.now();
      await clock.run(bench.stream.room(large.bytes) ?? clock.turn());
      waits.push(clock.now() - from);
      await bench.acceptBatch(large);
    }
    expect(waits[0]).toBe(0);
    expect(Math.max(...waits)).toBeGreaterThan(0);
    await bench.end();
    expect(permits.used).toBe(0);
  });

  it("of a connection counts beside a body, however small that is", async () => {
    const clock = new VirtualClock();
    const permits = new Permits(4 << 20, 1 << 20);
    const bench = new StreamBench(service(clock), { clock, permits, request: insertRequest });
    await bench.accept(...rows(2000));
    expect(bench.stream.progress().inFlight).toBe(300);
    await bench.end();
    expect(permits.used).toBe(0);
  });

  it("is held until the client has taken the outcome rows", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock });
    bench.deliver = () => clock.sleep(60_000);
    await bench.accept(...rows(100));
    await clock.run(clock.sleep(30_000));
    expect(bench.stream.progress().acknowledged).toBe(100);
    expect(bench.permits.used).toBeGreaterThan(0);
    await bench.end();
    expect(bench.permits.used).toBe(0);
  });

  it("of streams that hold all of it leaves room for requests, one after the other: each comes to its end", async () => {
    const clock = new VirtualClock();
    const permits = new Permits(100);
    const bodies = new Bodies(permits);
    const benches = Array.from({ length: 8 }, () => new StreamBench(service(clock), { clock, permits, bodies }));
    const publish = async ({ stream }: StreamBench): Promise<unknown> => {
      for (let i = 0; i < 3; i++) await stream.accept(accountBatch(rows(100).map(([n, x]) => [`${i}${n}`, x])));
      return await stream.end();
    };
    const summaries = await clock.run(Promise.all(benches.map(publish)));
    expect(summaries).toEqual(benches.map(() => expect.objectContaining({ received: 300, acknowledged: 300 })));
    expect(permits.used).toBe(0);
  });

  it("counts rows as not sent that came before the run stopped, and those that come after it", async () => {
    const clock = new VirtualClock();
    const permits = new Permits(100);
    const bench = new StreamBench(service(clock), { clock, permits });
    bench.stream.stop(draining);
    await bench.accept(...rows(10));
    expect(await bench.end()).toMatchObject({ received: 10, notSent: 10 });
    expect(permits.used).toBe(0);
  });
});
