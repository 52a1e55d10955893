import { describe, expect, it } from "vitest";
import { Outage } from "../../../../server/schedule/outages/outage.ts";
import type { Reply, Work } from "../../../../server/transport/http.ts";
import { jsonReply } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const away = jsonReply(503, {});
const done = jsonReply(200, {});
const [one, two] = [1, 2].map((rows): Work => ({ kind: "rows", rows, seconds: 1, requestRows: 0 })) as [Work, Work];

class Bench {
  readonly clock = new VirtualClock();
  readonly said: unknown[] = [];
  /** When it was asked, ms since the beginning. */
  readonly asked: number[] = [];
  readonly outage: Outage;
  readonly #from = this.clock.now();
  isBack = false;
  isReady = true;
  takesMs = 0;

  constructor() {
    this.outage = new Outage({
      clock: this.clock,
      retryAfterMaxMs: 900_000,
      ask: () => (this.isReady ? this.#ask() : undefined),
      log: { warn: (event) => this.said.push(["warn", event]), info: (event) => this.said.push(["info", event]) },
    });
  }

  async #ask(): Promise<boolean> {
    this.asked.push(this.clock.now() - this.#from);
    await this.clock.sleep(this.takesMs);
    return this.isBack;
  }

  /** Of reads. */
  meet(...replies: readonly (Reply | undefined)[]): readonly boolean[] {
    return replies.map((reply) => this.outage.met(reply, undefined));
  }

  /** Of the same request again and again, or of as many. */
  work(requests: readonly Work[], reply: Reply | undefined): readonly boolean[] {
    return requests.map((request) => this.outage.met(reply, request));
  }

  close(): void {
    this.meet(away, away, away, away);
  }

  async wait(ms: number): Promise<void> {
    await this.clock.run(this.clock.sleep(ms));
  }

  /** Asks whenever it is time to, for so long. */
  async outlast(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    while (this.outage.holds && this.clock.now() < until) {
      await this.wait(Math.max(1, Math.min(until, this.outage.askAt) - this.clock.now()));
      await this.clock.run(this.outage.ask());
    }
  }
}

describe("an outage", () => {
  it("begins with the fourth in a row that is not let in, answered or not, and says so once", () => {
    const bench = new Bench();
    expect(bench.outage.askAt).toBe(Number.POSITIVE_INFINITY);
    expect(bench.meet(away, undefined, away, away, away)).toEqual([false, false, false, true, true]);
    expect([bench.outage.holds, bench.said]).toEqual([true, [["warn", "the service is away"]]]);
  });

  it("is none where anybody is let in between, or is answered otherwise", () => {
    for (const status of [200, 429, 500, 401]) {
      const bench = new Bench();
      for (let i = 0; i < 20; i++) bench.meet(away, away, away, jsonReply(status, {}));
      expect(bench.outage.holds).toBe(false);
    }
  });

  it("is not what a request met that is answered while it holds", () => {
    const bench = new Bench();
    bench.close();
    expect(bench.meet(done, away)).toEqual([false, true]);
  });

  it("ends with a question that is let in, and says so", async () => {
    const bench = new Bench();
    bench.close();
    await bench.outlast(5000);
    expect(bench.outage.holds).toBe(true);
    bench.isBack = true;
    await bench.outlast(10_000);
    expect([bench.outage.holds, bench.outage.askAt, bench.said[1]]).toEqual([
      false,
      Number.POSITIVE_INFINITY,
      ["info", "the service is back"],
    ]);
    expect(bench.meet(away, away, away), "what was before is forgotten").toEqual([false, false, false]);
  });

  it("of 8 minutes is asked about some 30 times: after up to a second, then twice as long, 30 s at most", async () => {
    const bench = new Bench();
    bench.close();
    await bench.outlast(480_000);
    const waits = bench.asked.map((at, i) => at - (bench.asked[i - 1] ?? 0));
    for (const [i, wait] of waits.entries()) {
      const most = Math.min(30_000, 1000 * 2 ** i);
      expect([wait >= most / 2, wait <= most + 1]).toEqual([true, true]);
    }
    expect(bench.asked.length).toBeGreaterThan(20);
    expect(bench.asked.length).toBeLessThan(35);
  });

  it("is asked about no earlier than the service says", () => {
    const bench = new Bench();
    bench.meet(away, away, away, jsonReply(503, {}, { "retry-after": "120" }));
    expect(bench.outage.askAt - bench.clock.now()).toBe(120_000);
  });

  it("is asked about at once when somebody is let in, and waits on as before when that was a straggler", async () => {
    const bench = new Bench();
    bench.close();
    await bench.outlast(60_000);
    bench.meet(done);
    expect(bench.outage.askAt).toBe(bench.clock.now());
    await bench.clock.run(bench.outage.ask());
    expect(bench.outage.askAt - bench.clock.now()).toBeGreaterThan(10_000);
  });

  it("that only a question is let into is asked about ever more seldom; work that is let in ends that", async () => {
    const bench = new Bench();
    bench.isBack = true;
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      bench.close();
      waits.push(bench.outage.askAt - bench.clock.now());
      await bench.outlast(60_000);
    }
    expect(waits[5]).toBeGreaterThan(15_000);
    bench.meet(done);
    bench.close();
    expect(bench.outage.askAt - bench.clock.now()).toBeLessThan(1001);
  });

  it("of work alone begins though reads are let in, and is none where work is", () => {
    const bench = new Bench();
    for (let i = 0; i < 4; i++) {
      bench.work([one], away);
      bench.meet(done);
    }
    expect(bench.outage.holds).toBe(true);
    bench.meet(done);
    expect(bench.outage.askAt, "nor do they hurry the question").toBeGreaterThan(bench.clock.now());
    const other = new Bench();
    for (let i = 0; i < 20; i++) other.work([one, two, one], i % 2 === 1 ? done : away);
    expect(other.outage.holds).toBe(false);
  });

  it("that only questions are let into goes on with the next work that is refused, until work is let in", async () => {
    const bench = new Bench();
    bench.work([one, two, one, two], away);
    bench.isBack = true;
    await bench.outlast(10_000);
    expect(bench.outage.holds).toBe(false);
    expect(bench.work([one], away), "at once").toEqual([true]);
    await bench.outlast(10_000);
    bench.work([one], done);
    expect(bench.work([one, two, one], away)).toEqual([false, false, false]);
  });

  it("of work alone is no longer why requests are refused after ten minutes: they have their attempts, as rows that break the service should", async () => {
    const bench = new Bench();
    bench.isBack = true;
    const rounds = async (count: number): Promise<readonly boolean[]> => {
      const met: boolean[] = [];
      for (let round = 0; round < count; round += 1) {
        met.push(...bench.work([one, two], away));
        await bench.outlast(30_000);
      }
      return met;
    };
    await rounds(2);
    expect(await rounds(15), "in the first minutes").not.toContain(false);
    await rounds(25);
    expect(await rounds(8), "after ten").not.toContain(true);
    bench.work([one], done);
    expect(bench.work([one, two, one, two], away), "when work was let in").toEqual([false, false, false, true]);
  });

  it("of work alone is one of everybody when a question is refused, however long it took", async () => {
    const bench = new Bench();
    bench.isBack = true;
    for (let round = 0; round < 40; round += 1) {
      bench.work([one, two], away);
      await bench.outlast(30_000);
    }
    expect(bench.work([one, two], away)).toEqual([false, false]);
    bench.isBack = false;
    await bench.outlast(60_000);
    expect(bench.work([one, two], away)).toEqual([true, true]);
  });

  it("is not what replies are that are lost hours apart, and settled by reading what stands there", async () => {
    const bench = new Bench();
    for (const request of [one, two, one, two, one, two]) {
      bench.work([request], undefined);
      bench.meet(done);
      await bench.wait(3_600_000);
    }
    expect(bench.outage.holds).toBe(false);
  });

  it("that begins hours after another one is asked about as soon as the first, and is why its requests are refused", async () => {
    const bench = new Bench();
    bench.isBack = true;
    for (let round = 0; round < 5; round += 1) {
      bench.work([one, two, one, two], undefined);
      await bench.outlast(60_000);
    }
    await bench.wait(3_600_000);
    expect(bench.work([one, two, one, two], undefined)).toEqual([false, false, false, true]);
    expect(bench.outage.askAt - bench.clock.now()).toBeLessThan(1001);
    await bench.outlast(60_000);
    expect(bench.work([one], undefined)).toEqual([true]);
  });

  it("goes on with the next work that is refused, however long it held", async () => {
    const bench = new Bench();
    bench.work([one, two, one, two], away);
    await bench.outlast(3_600_000);
    bench.isBack = true;
    await bench.outlast(60_000);
    expect([bench.outage.holds, ...bench.work([one], away)]).toEqual([false, true]);
  });

  it("is not what one request meets that is always refused", async () => {
    const bench = new Bench();
    bench.isBack = true;
    const met: boolean[] = [];
    for (let i = 0; i < 8; i++) {
      met.push(...bench.work([one], away));
      await bench.outlast(10_000);
    }
    expect(met.filter((isOutage) => isOutage).length).toBe(2);
  });

  it("is waited for by turns, and by a stream that opens where anybody ever answered", () => {
    const bench = new Bench();
    bench.meet(undefined, undefined, undefined, undefined);
    const kinds = ["turn", "opening", "read", "question"] as const;
    expect(kinds.filter((kind) => bench.outage.outlasts(kind))).toEqual(["turn"]);
    bench.meet(away);
    expect(kinds.filter((kind) => bench.outage.outlasts(kind))).toEqual(["turn", "opening"]);
  });

  it("is not asked about early, nor twice at once, nor while nobody may ask", async () => {
    const bench = new Bench();
    bench.close();
    expect(await bench.outage.ask()).toBe(false);
    await bench.wait(1000);
    bench.isReady = false;
    expect(await bench.outage.ask()).toBe(false);
    bench.isReady = true;
    bench.takesMs = 20_000;
    const answers = [bench.outage.ask(), bench.outage.ask()];
    expect(await bench.clock.run(Promise.all(answers))).toEqual([true, false]);
    expect(bench.asked.length).toBe(1);
  });

  it("is asked about again though a question goes unanswered", async () => {
    const bench = new Bench();
    bench.close();
    await bench.wait(1000);
    bench.takesMs = 300_000;
    const hung = bench.outage.ask();
    await bench.wait(30_000);
    bench.takesMs = 0;
    bench.isBack = true;
    expect(await bench.clock.run(bench.outage.ask())).toBe(true);
    expect(await bench.clock.run(hung), "it tells no news any more").toBe(false);
    expect(bench.outage.holds).toBe(false);
  });
});
