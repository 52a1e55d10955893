import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Lane } from "../../../server/schedule/lane.ts";
import type { Scheduler } from "../../../server/schedule/scheduler.ts";
import type { Request } from "../../../server/transport/http.ts";
import type { Answer } from "../../support/publish/scripted-lane.ts";
import { jsonReply, repeating, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const { signal: live } = new AbortController();
const work = { kind: "rows", rows: 10, seconds: 1, requestRows: 7.5 };
const done = jsonReply(200, {});
const refused = jsonReply(503, {});

/** A service of two application users, each answer after 100 ms, and the turns of one stream. */
class Bench {
  readonly clock = new VirtualClock();
  readonly paths: string[] = [];
  readonly principals: readonly ScriptedPrincipal[];
  readonly scheduler: Scheduler;
  readonly seat = seatOf();

  constructor(answer: (ms: number, request: Request, principal: string) => Answer) {
    const from = this.clock.now();
    this.principals = ["a", "b"].map(
      (name) =>
        new ScriptedPrincipal(async (request) => {
          this.paths.push(request.path);
          await this.clock.sleep(100);
          return answer(this.clock.now() - from, request, name);
        }, name),
    );
    this.scheduler = schedulerOf(this.clock, this.principals, { resend: repeating(this.clock) });
  }

  turns(count: number, { signal = live, path = "$batch" } = {}): Promise<readonly PromiseSettledResult<void>[]> {
    const turn = (): Promise<void> =>
      this.scheduler.turn(
        this.seat,
        async (lane) => void (await lane.send({ method: "POST", path, headers: {} }, { signal, work })),
        signal,
      );
    return Promise.allSettled(Array.from({ length: count }, turn));
  }

  async wait(ms: number): Promise<void> {
    await this.clock.run(this.clock.sleep(ms));
  }
}

const failedOf = (results: readonly PromiseSettledResult<void>[]): number =>
  results.filter(({ status }) => status === "rejected").length;

describe.each([
  ["503", refused],
  ["502", jsonReply(502, {})],
  ["no connection", new SidecarError("unavailable", "Nothing listens there.")],
])("a service that is away for 8 minutes: %s", (_, answer) => {
  const awayMs = 480_000;

  it("fails no request, is hardly knocked at, and gets the work as soon as it is back", async () => {
    const bench = new Bench((ms) => (ms < awayMs ? answer : done));
    const from = bench.clock.now();
    const turns = bench.turns(40);
    await bench.wait(awayMs);
    expect(bench.paths.length).toBeLessThan(60);
    expect(failedOf(await bench.clock.run(turns))).toBe(0);
    expect(bench.clock.now() - from).toBeLessThan(awayMs + 35_000);
  });

  it("is told as waiting, by a reason of its own", async () => {
    const bench = new Bench((ms) => (ms < awayMs ? answer : done));
    const turns = bench.turns(40);
    await bench.wait(60_000);
    expect(bench.scheduler.waitingFor()).toMatchObject({ reason: "the service lets nobody in", principal: "a" });
    expect([bench.scheduler.isHeld(undefined), bench.scheduler.heldSeconds > 55]).toEqual([false, true]);
    expect(bench.scheduler.figures().waitedSeconds).toMatchObject({ throttled: 0, limits: 0 });
    expect(bench.scheduler.figures().waitedSeconds.outage).toBeGreaterThan(55);
    await bench.clock.run(turns);
    expect(bench.scheduler.waitingFor()).toBeUndefined();
  });
});

describe("an outage", () => {
  it("does not hold reads for whose answer somebody waits, nor those by one application user alone", async () => {
    const bench = new Bench(() => refused);
    const over = new AbortController();
    const turns = bench.turns(8, { signal: over.signal });
    await bench.wait(30_000);
    const lanes = [bench.scheduler.reader, ...bench.scheduler.readers().map(({ lane }) => lane)];
    for (const lane of lanes) {
      const from = bench.clock.now();
      const sent = lane.send({ method: "GET", path: "x", headers: {} }, { signal: live, patience: "short" });
      await expect(bench.clock.run(sent)).rejects.toMatchObject({ code: "deadline_passed", trail: { attempts: 2 } });
      expect(bench.clock.now() - from).toBeLessThan(1000);
    }
    over.abort(new Error("the run has stopped"));
    await bench.clock.run(turns);
  });

  it("is over when any application user is let in: the first may have no way to its tokens", async () => {
    const noTokens = new SidecarError("unavailable", "No token.");
    const bench = new Bench((ms, _, principal) => (ms < 60_000 || principal === "a" ? noTokens : done));
    const from = bench.clock.now();
    await bench.clock.run(bench.turns(40));
    expect(bench.clock.now() - from).toBeLessThan(300_000);
  });

  it("tells nothing of how many the service takes at once, though a question is let in", async () => {
    const bench = new Bench((_, { method }) => (method === "GET" ? done : refused));
    const over = new AbortController();
    const turns = bench.turns(8, { signal: over.signal });
    await bench.wait(20_000);
    expect([bench.paths.includes("WhoAmI"), bench.scheduler.width]).toEqual([true, 4]);
    over.abort(new Error("the run has stopped"));
    await bench.clock.run(turns);
  });

  it("is asked about no more when nothing waits for its end", async () => {
    const bench = new Bench(() => refused);
    const over = new AbortController();
    const turns = bench.turns(8, { signal: over.signal });
    await bench.wait(60_000);
    over.abort(new Error("the run has stopped"));
    await bench.clock.run(turns);
    const knocks = bench.paths.length;
    await bench.wait(600_000);
    expect(bench.paths.length - knocks).toBeLessThan(2);
  });

  it("that ended while nothing waited lets work in that comes later", async () => {
    const bench = new Bench((ms) => (ms < 60_000 ? refused : done));
    const over = new AbortController();
    const turns = bench.turns(8, { signal: over.signal });
    await bench.wait(30_000);
    over.abort(new Error("the run has stopped"));
    await bench.clock.run(turns);
    await bench.wait(60_000);
    const from = bench.clock.now();
    expect(failedOf(await bench.clock.run(bench.turns(8)))).toBe(0);
    expect(bench.clock.now() - from).toBeLessThan(2000);
  });

  it("is not what a single request meets that is always refused: it has its eight attempts, alone or beside others", async () => {
    for (const others of [0, 40]) {
      const bench = new Bench((_, { path }) => (path === "bad" ? refused : done));
      const all = Promise.all([bench.turns(1, { path: "bad" }), bench.turns(others)]);
      const [bad, good] = await bench.clock.run(all);
      expect([failedOf(bad), failedOf(good)]).toEqual([1, 0]);
      const asked = bench.paths.filter((path) => path === "bad").length;
      expect([asked >= 8, asked <= 11]).toEqual([true, true]);
    }
  });
});

describe("a stream of ten rows while the service is away", () => {
  it("waits for its turn like others: rows that are taken before would lie in memory", async () => {
    const bench = new Bench((ms) => (ms > 2000 && ms < 200_000 ? refused : done));
    const turns = bench.turns(4000);
    await bench.wait(60_000);
    const begun: number[] = [];
    const little = async (lane: Lane): Promise<void> => {
      begun.push(bench.clock.now());
      await lane.send({ method: "POST", path: "$batch", headers: {} }, { signal: live, work });
    };
    const from = bench.clock.now();
    await bench.clock.run(bench.scheduler.turn(seatOf(0.1), little, live));
    expect(begun[0]).toBeGreaterThan(from + 100_000);
    await bench.clock.run(turns);
  });
});
