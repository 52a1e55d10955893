import { describe, expect, it } from "vitest";
import type { Scheduler } from "../../../server/schedule/scheduler.ts";
import type { Reply, Request } from "../../../server/transport/http.ts";
import { errorBody, jsonReply, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const { signal } = new AbortController();
const work = { kind: "rows", rows: 10, seconds: 1, requestRows: 7.5 };
const write: Request = { method: "POST", path: "$batch", headers: {} };
const read: Request = { method: "GET", path: "EntityDefinitions", headers: {} };
const done = jsonReply(200, {});
const tooMany = jsonReply(429, errorBody("0x80072326"), { "retry-after": "1" });

class Bench {
  readonly clock = new VirtualClock();
  readonly scheduler: Scheduler;

  /** @param replyTo its requests, each after so many milliseconds; reads after 80. */
  constructor(ms: number, replyTo: (nth: number) => Reply = () => done) {
    const principal = new ScriptedPrincipal(async (request, _trip, nth) => {
      await this.clock.sleep(request === read ? 80 : ms);
      return request === read ? done : replyTo(nth);
    });
    this.scheduler = schedulerOf(this.clock, [principal]);
  }

  async read(): Promise<void> {
    await this.clock.run(this.scheduler.reader.send(read, { signal }));
  }

  async turns(count: number): Promise<void> {
    const seat = seatOf();
    const turn = () =>
      this.scheduler.turn(seat, async (lane) => void (await lane.send(write, { signal, work })), signal);
    await this.clock.run(Promise.all(Array.from({ length: count }, turn)));
  }
}

describe("what each request costs beside its execution", () => {
  it("is something where many short ones fill the window that counts them", async () => {
    const bench = new Bench(100);
    await bench.turns(4);
    expect(bench.scheduler.surcharge).toBe(0);
    await bench.turns(200);
    expect(bench.scheduler.surcharge).toBeGreaterThan(0.05);
  });

  it("is what it travels where refusals say how many lanes there are, and others cannot make up for it", async () => {
    const bench = new Bench(1000, (nth) => (nth === 4 ? tooMany : done));
    await bench.read();
    expect(bench.scheduler.surcharge).toBe(0);
    await bench.turns(4);
    expect(bench.scheduler.surcharge).toBe(0.08);
  });
});
