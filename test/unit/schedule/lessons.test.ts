import { describe, expect, it } from "vitest";
import type { Berth } from "../../../server/schedule/desk.ts";
import { Desk } from "../../../server/schedule/desk.ts";
import { Knee } from "../../../server/schedule/lanes/knee.ts";
import type { Answered, TurnCounts } from "../../../server/schedule/lessons.ts";
import { Lessons } from "../../../server/schedule/lessons.ts";
import type { Reply, Request } from "../../../server/transport/http.ts";
import { jsonReply, ScriptedPrincipal } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const question: Request = { method: "GET", path: "WhoAmI", headers: {} };
const batch: Request = { method: "POST", path: "$batch", headers: {} };
const done = jsonReply(200, {});
const away = jsonReply(503, {});
const tooMany = { reply: jsonReply(429, {}), throttle: "concurrency" } as const;

/** Eight lanes in force, of which seven requests take one each. */
class Bench {
  readonly clock = new VirtualClock();
  readonly knee = new Knee(8, 64);
  readonly desk: Desk;
  readonly lessons: Lessons;
  readonly berths: readonly Berth[];

  constructor() {
    const { clock, knee } = this;
    const principals = [new ScriptedPrincipal(() => new Error("asked"), "a")];
    this.desk = new Desk({ clock, principals, affinity: "auto", retryAfterMaxMs: 900_000 });
    this.lessons = new Lessons({ knee, desk: this.desk, question });
    this.berths = Array.from({ length: 7 }, () => this.book());
  }

  get lanes(): number {
    return this.knee.lanes(this.desk.windows(), this.clock.now());
  }

  book(epoch = this.knee.epoch): Berth {
    const [place] = this.desk.alone();
    if (place === undefined) throw new Error("There is a principal.");
    return this.desk.book(place, 1, epoch);
  }

  async pass(ms: number): Promise<void> {
    await this.clock.run(this.clock.sleep(ms));
  }

  /** Of the eighth. */
  answer(more: Partial<Answered> = {}, turns: Partial<TurnCounts> = {}, berth = this.book()): void {
    const work = { kind: "account", rows: 100, requestRows: 4, seconds: 1 };
    const answered = { request: batch, reply: done, work, throttle: undefined, seconds: 1, ...more };
    const { reply, throttle } = answered;
    this.desk.answered(berth, reply, { elapsedMs: 1000, throttle, isLight: false, isWork: true, operations: 1 });
    this.lessons.answered(berth, answered, { lanes: 8, pending: 8, resting: 0, ...turns }, this.clock.now());
  }

  /** The same of one that was not answered. */
  lose(): void {
    const berth = this.book();
    this.desk.cancel(berth);
    this.lessons.lost(berth, this.clock.now());
  }

  answerEach(reply: Reply, more: Partial<Answered> = {}): void {
    for (let i = 0; i < 8; i++) this.answer({ reply, ...more });
  }
}

describe("what an answer teaches of lanes", () => {
  it("is that one more was too many, where it was refused for that", () => {
    const bench = new Bench();
    bench.answer(tooMany);
    expect(bench.lanes).toBe(7);
  });

  it("is nothing where a read was refused, which went beside the lanes", () => {
    const bench = new Bench();
    bench.answer({ ...tooMany, request: { method: "GET", path: "accounts", headers: {} }, work: undefined });
    expect(bench.lanes).toBe(8);
  });

  it("is nothing where the server had been closed before the request left", async () => {
    const bench = new Bench();
    const [first] = bench.berths;
    if (first === undefined) throw new Error("There are seven.");
    await bench.pass(1000);
    first.budget.gate.close(bench.clock.now() + 5000, "throttled by the service");
    await bench.pass(1000);
    bench.answer(tooMany);
    expect(bench.lanes).toBe(8);
  });

  it("is how many there are, where some are answered 503 or not at all while others are let in", async () => {
    const [answered, lost] = [new Bench(), new Bench()];
    answered.answer({ reply: away });
    lost.lose();
    for (const bench of [answered, lost]) {
      await bench.pass(1000);
      for (let i = 0; i < 4; i++) bench.answer();
    }
    answered.answerEach(away);
    for (let i = 0; i < 8; i++) lost.lose();
    expect(answered.lanes).toBe(7);
    expect(lost.lanes).toBe(7);
  });

  it("is nothing where it is the question that an outage asks", async () => {
    const bench = new Bench();
    bench.answer({ reply: away });
    await bench.pass(1000);
    for (let i = 0; i < 4; i++) bench.answer();
    bench.answerEach(away, { request: question });
    expect(bench.lanes).toBe(8);
  });

  it("is where to start, by the hint of the service, also on a read", () => {
    const bench = new Bench();
    bench.answer({ reply: jsonReply(200, {}, { "x-ms-dop-hint": "3" }), work: undefined });
    expect(bench.lanes).toBe(3);
  });

  it("is nothing of lanes where a window was used up", () => {
    const bench = new Bench();
    bench.answer({ reply: jsonReply(429, {}), throttle: "seconds" });
    expect(bench.lanes).toBe(8);
  });

  it("is the time of a row at so many lanes, of requests that were sent at them and succeeded", () => {
    const bench = new Bench();
    const { epoch } = bench.knee;
    for (let i = 0; i < 50; i++) bench.answer({ reply: jsonReply(400, {}) });
    for (let i = 0; i < 50; i++) bench.answer({}, {}, bench.book(epoch - 1));
    expect(bench.knee.epoch).toBe(epoch);
    for (let i = 0; i < 50; i++) bench.answer();
    expect(bench.knee.epoch).toBeGreaterThan(epoch);
  });

  it("is that no more lanes are of use than turns that have something to send", () => {
    const [all, some] = [new Bench(), new Bench()];
    for (let i = 0; i < 200; i++) all.answer({ reply: jsonReply(400, {}) }, { pending: 3 });
    for (let i = 0; i < 200; i++) some.answer({ reply: jsonReply(400, {}) }, { resting: 2 });
    expect(all.lanes).toBe(8);
    expect(some.knee.state.phase).toBe("hold");
    expect(some.lanes).toBeLessThan(8);
  });
});
