import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import { answerEach, done, partsOf } from "../../support/publish/batch-service.ts";
import type { Account } from "../../support/publish/scenes.ts";
import { insertRequest } from "../../support/publish/scenes.ts";
import type { Script } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, repeating } from "../../support/publish/scripted-lane.ts";
import { StreamBench, service } from "../../support/publish/stream-bench.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const draining = new SidecarError("draining", "The server is shutting down.", { remedy: "Resume." });
const superseded = new SidecarError("superseded", "Attempt 2 has taken over.");

/** The first request is refused for so many seconds, by whomever it goes. */
function throttledFirst(seconds: number): Script {
  let isFirst = true;
  return (request) => {
    const reply = isFirst ? jsonReply(429, {}, { "retry-after": String(seconds) }) : answerEach(request, () => done);
    isFirst = false;
    return reply;
  };
}

function rows(count: number, name = "x"): readonly Account[] {
  return Array.from({ length: count }, (_, i): Account => [`A${i}`, name]);
}

describe("a run that stops", () => {
  it("settles what is on the wire, counts the rest as not sent, says why and ends well", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(
      service(clock, () => done, 5000),
      { clock, request: insertRequest },
    );
    await bench.accept(...rows(1000));
    bench.stream.stop(draining);
    await bench.accept(...rows(50));
    const summary = await bench.end();
    expect(summary).toMatchObject({
      received: 1050,
      acknowledged: 400,
      notSent: 650,
      failed: 0,
      stopped: { code: "draining", message: "The server is shutting down. Resume." },
    });
    expect([bench.permits.used, clock.pending, bench.left]).toEqual([0, 0, 1]);
  });

  it("keeps no memory for what its client goes on sending, nor for a message that was to come", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock, permits: new Permits(1 << 20) });
    await bench.stream.room(4096);
    bench.stream.stop(draining);
    for (const row of rows(5)) {
      await bench.stream.room(4096);
      await bench.accept(row);
    }
    expect(bench.permits.used).toBe(0);
  });

  it("keeps no memory once its attempt was superseded", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock, permits: new Permits(1 << 20) });
    await bench.stream.expel(superseded);
    await bench.stream.room(4096);
    expect(bench.permits.used).toBe(0);
  });

  it("says the first reason, and none once it has ended", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock });
    await bench.accept(...rows(10));
    bench.stream.stop(draining);
    bench.stream.stop(superseded);
    expect((await bench.end()).stopped?.code).toBe("draining");
  });

  it("fails a row that waited to go again and may have been applied, and gives up one that was not", async () => {
    const clock = new VirtualClock();
    const answers: Record<string, { status: number; body?: unknown }> = {
      A: { status: 503, body: errorBody("0x80073000") },
      B: { status: 500, body: errorBody("0x80044339") },
    };
    const bench = new StreamBench((request) => answerEach(request, ({ url }) => answers[url.slice(-3, -2)] ?? done), {
      clock,
    });
    await bench.accept(["A", "x"], ["B", "x"], ["C", "x"]);
    await clock.run(clock.sleep(60));
    bench.stream.stop(draining);
    expect(await bench.end()).toMatchObject({ upserted: 1, failedByCode: { outcome_unknown: 1 }, notSent: 1 });
  });

  it("does not send again what the reply of a stopped run leaves open", async () => {
    const clock = new VirtualClock();
    const script: Script = async (request) => {
      await clock.sleep(1000);
      return partsOf(request).length > 1 ? jsonReply(413, errorBody("0x8004418a")) : answerEach(request, () => done);
    };
    const bench = new StreamBench(script, { clock, request: insertRequest });
    await bench.accept(...rows(10));
    bench.stream.stop(draining);
    expect(await bench.end()).toMatchObject({ notSent: 10, requests: 1 });
  });

  it("stops for the service's sake: the principal may not write", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(() => jsonReply(403, errorBody("0x80040220")), { clock });
    await bench.accept(...rows(500));
    expect(await bench.end()).toMatchObject({ notSent: 500, stopped: { code: "principal_forbidden" } });
  });
});

describe("progress", () => {
  it("stops the run when no row settles for its time", async () => {
    const clock = new VirtualClock();
    const slow: Script = async (request) => {
      await clock.sleep(2_000_000);
      return answerEach(request, () => done);
    };
    const bench = new StreamBench(slow, { clock, progressTimeoutMs: 60_000, request: insertRequest });
    await bench.accept(...rows(1000));
    expect(await bench.end()).toMatchObject({
      acknowledged: 400,
      notSent: 600,
      stopped: { code: "progress_timeout", message: expect.stringContaining("No row settled for 60 s.") },
    });
  });

  it("begins its time anew with each row that settles", async () => {
    const clock = new VirtualClock();
    const slow: Script = async (request) => {
      await clock.sleep(50_000);
      return answerEach(request, () => done);
    };
    const bench = new StreamBench(slow, { clock, progressTimeoutMs: 60_000, request: insertRequest });
    await bench.accept(...rows(4000));
    expect(await bench.end()).not.toHaveProperty("stopped");
  });

  it("does not count time behind a gate, and says what is waited for", async () => {
    const clock = new VirtualClock({ wall: 0 });
    const script = throttledFirst(300);
    const bench = new StreamBench(script, {
      clock,
      progressTimeoutMs: 60_000,
      request: insertRequest,
      scheduler: { resend: repeating(clock) },
    });
    await bench.accept(["A", "x"]);
    await clock.run(clock.sleep(1000));
    const reason = "throttled by the service";
    expect(bench.stream.progress().waiting).toEqual({ untilMs: 300_000, reason, principal: "app 0" });
    expect(await bench.end()).not.toHaveProperty("stopped");
    expect(bench.stream.progress()).not.toHaveProperty("waiting");
  });

  it("goes on by another principal at once where one of them is throttled", async () => {
    const clock = new VirtualClock();
    const script = throttledFirst(300);
    const bench = new StreamBench(script, { clock, principals: 2, scheduler: { resend: repeating(clock) } });
    await bench.accept(["A", "x"]);
    expect(bench.stream.progress()).not.toHaveProperty("waiting");
    const from = clock.now();
    expect(await bench.end()).not.toHaveProperty("stopped");
    expect(clock.now() - from).toBeLessThan(300_000);
    expect(bench.principals.map(({ requests }) => requests.length)).toEqual([1, 1]);
  });

  it("ends though its gate closes again and again", async () => {
    const clock = new VirtualClock();
    const bench: StreamBench = new StreamBench(
      async ({ method }, trip) => {
        if (method === "GET") return jsonReply(429, {}, { "retry-after": "5" });
        for (;;) {
          await bench.scheduler.reader.send({ method: "GET", path: "x", headers: {} }, trip);
          await clock.sleep(10_000, trip.signal);
        }
      },
      { clock, progressTimeoutMs: 60_000 },
    );
    await bench.accept(["A", "x"]);
    expect(await bench.end()).toMatchObject({ notSent: 1, stopped: { code: "progress_timeout" } });
  });

  it("does not count the time in which there is nothing to do", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock, progressTimeoutMs: 60_000 });
    await clock.run(clock.sleep(600_000));
    await bench.accept(["A", "x"]);
    expect(await bench.end()).not.toHaveProperty("stopped");
  });
});

describe("a stream that must end at once", () => {
  it("is quiet only when nothing of it is on the wire", async () => {
    const clock = new VirtualClock();
    let under = 0;
    const script: Script = async (request) => {
      under += 1;
      await clock.sleep(5000);
      under -= 1;
      return answerEach(request, () => done);
    };
    const bench = new StreamBench(script, { clock, request: insertRequest });
    await bench.accept(...rows(1000));
    expect(under).toBe(4);
    await clock.run(bench.stream.expel(superseded));
    expect(under).toBe(0);
    expect([bench.permits.used, bench.left, clock.pending]).toEqual([0, 1, 0]);
    expect(bench.stream.counts).toMatchObject({ created: 400, notSent: 600 });
  });

  it.each<[string, Script]>([
    ["a Retry-After", throttledFirst(300)],
    ["the wait before a request is repeated", () => jsonReply(503, errorBody("0x80040216"), { "retry-after": "300" })],
  ])("is silent within a second though it waits out %s", async (_wait, script) => {
    const clock = new VirtualClock();
    const bench = new StreamBench(script, { clock, scheduler: { resend: repeating(clock) } });
    await bench.accept(...rows(10));
    await clock.run(clock.sleep(2000));
    const [principal] = bench.principals;
    const sent = principal?.requests.length ?? 0;
    const from = clock.now();
    await clock.run(bench.stream.abandon("cancelled"));
    expect(clock.now() - from).toBeLessThan(1000);
    await clock.run(clock.sleep(3_600_000));
    expect([sent > 0, principal?.requests.length]).toEqual([true, sent]);
    expect([bench.permits.used, bench.left, clock.pending]).toEqual([0, 1, 0]);
  });

  it("tells the client why, whatever it does next", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock });
    await bench.accept(...rows(10));
    const ending = expect(bench.stream.end()).rejects.toBe(superseded);
    await clock.run(bench.stream.expel(superseded));
    await ending;
    expect(bench.stream.ended.reason).toBe(superseded);
    await expect(bench.accept(["A", "x"])).rejects.toBe(superseded);
    await expect(bench.end()).rejects.toBe(superseded);
    bench.stream.stop(draining);
    expect(bench.stream.summary()).not.toHaveProperty("stopped");
  });

  it("refuses a message that waited for memory, which it waits for no longer", async () => {
    const clock = new VirtualClock();
    const permits = new Permits(100);
    const bench = new StreamBench(() => new Promise<never>(() => {}), { clock, permits });
    await bench.accept(...rows(10));
    const room = bench.stream.room(1000);
    await clock.run(bench.stream.expel(superseded));
    await room;
    await expect(bench.accept(...rows(10))).rejects.toBe(superseded);
    expect(permits.used).toBe(0);
  });

  it("keeps its first reason", async () => {
    const bench = new StreamBench(() => new Error("asked"));
    await bench.clock.run(bench.stream.expel(superseded));
    await bench.clock.run(bench.stream.expel(draining));
    expect(bench.stream.ended.reason).toBe(superseded);
  });

  it("gives up under the code it is told when the client is gone", async () => {
    const bench = new StreamBench(() => new Error("asked"));
    await bench.clock.run(bench.stream.abandon("client_stalled"));
    expect(bench.stream.ended.reason).toMatchObject({ code: "client_stalled" });
    expect(bench.left).toBe(1);
  });

  it("ends when the client does not take its rows", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(service(clock), { clock });
    bench.deliver = () => Promise.reject(new Error("gone"));
    await bench.accept(...rows(1000));
    await expect(bench.end()).rejects.toMatchObject({ code: "cancelled" });
    await clock.run(clock.sleep(10_000));
    expect([bench.permits.used, bench.left > 0]).toEqual([0, true]);
  });

  it("ends as internal for a defect of our own, and gives back what it held", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(() => new TypeError("broken"), { clock });
    await bench.accept(...rows(1000));
    await expect(bench.end()).rejects.toMatchObject({ code: "internal" });
    await clock.run(clock.sleep(10_000));
    expect([bench.permits.used, clock.pending]).toEqual([0, 0]);
  });
});
