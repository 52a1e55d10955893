import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Berth } from "../../../server/schedule/desk.ts";
import { Desk } from "../../../server/schedule/desk.ts";
import type { Exchange, WireLaneOptions } from "../../../server/schedule/wire-lane.ts";
import { WireLane } from "../../../server/schedule/wire-lane.ts";
import type { Reply, Request, Send, Trip } from "../../../server/transport/http.ts";
import { assertMayLeave } from "../../../server/transport/http.ts";
import { jsonReply, repeating, trailOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const request: Request = { method: "POST", path: "$batch", headers: {} };
const done = jsonReply(200, {});

function tripOf(more: Partial<Trip> = {}): Trip {
  return { signal: new AbortController().signal, ...more };
}

interface BenchOptions extends Partial<Omit<WireLaneOptions, "clock">> {
  readonly clock?: VirtualClock;
  readonly isGranted?: boolean;
}

/** A lane whose berths are real ones, and what it did with them. */
class Bench {
  readonly clock: VirtualClock;
  readonly desk: Desk;
  readonly lane: WireLane;
  readonly sent: Request[] = [];
  readonly taken: number[] = [];
  readonly cancelled: Berth[] = [];
  resting = 0;
  readonly answered: Exchange[] = [];
  readonly lost: number[] = [];
  /** Statuses; undefined of what could not be sent. */
  readonly met: (number | undefined)[] = [];

  constructor(send: Send, more: BenchOptions = {}) {
    const { clock = new VirtualClock() } = more;
    this.clock = clock;
    const principals = [
      {
        name: "app",
        send: (sent: Request, trip: Trip): Promise<Reply> => {
          this.sent.push(sent);
          return send(sent, trip);
        },
      },
    ];
    this.desk = new Desk({ clock, principals, affinity: "auto", retryAfterMaxMs: 900_000 });
    this.lane = new WireLane({
      clock,
      resend:
        (attempt) =>
        async (...sent) => ({ ...trailOf(), ...(await attempt(...sent)) }),
      berth: more.isGranted === true ? this.book(1) : undefined,
      take: async ({ seconds }, signal) => {
        this.taken.push(seconds);
        await clock.sleep(this.openAt - clock.now(), signal);
        return this.book(seconds);
      },
      rested: (turns) => {
        this.resting += turns;
      },
      cancel: (berth) => {
        this.cancelled.push(berth);
        this.desk.cancel(berth);
      },
      answered: (berth, exchange) => {
        this.answered.push(exchange);
        const { reply, elapsedMs } = exchange;
        return this.desk.answered(berth, reply, {
          elapsedMs,
          throttle: undefined,
          isLight: false,
          isWork: true,
          operations: 1,
        });
      },
      lost: (berth, spent) => {
        this.lost.push(spent.elapsedMs);
        return this.desk.lost(berth, spent);
      },
      met: (reply) => {
        this.met.push(reply?.status);
        return reply?.status !== 200;
      },
      barOf: () => undefined,
      barred: () => false,
      permitted: () => undefined,
      ...more,
    });
  }

  book(seconds: number): Berth {
    const [place] = this.desk.alone();
    if (place === undefined) throw new Error("There is a principal.");
    return this.desk.book(place, seconds, -1);
  }

  get openAt(): number {
    return this.desk.alone()[0]?.budget.gate.openAt ?? 0;
  }

  /** As if another request had been throttled. */
  throttle(seconds: number): void {
    this.desk.alone()[0]?.budget.gate.heed(jsonReply(429, {}, { "retry-after": String(seconds) }));
  }
}

describe("a lane on the wire", () => {
  it("sends with the berth of its turn, and waits for none", async () => {
    const bench = new Bench(() => Promise.resolve(done), { isGranted: true });
    expect(await bench.lane.send(request, tripOf())).toMatchObject({ status: 200, attempts: 1 });
    expect([bench.taken, bench.desk.inFlight]).toEqual([[], 0]);
  });

  it("leaves the berth of its turn to others where that principal lacks the right", async () => {
    const bench = new Bench(() => Promise.resolve(done), { isGranted: true });
    const [member] = bench.desk.crew.members;
    member?.rights.refused("account UPDATE", 10, bench.clock.now());
    await bench.clock.run(bench.lane.send(request, tripOf({ scope: "account UPDATE" })));
    expect([bench.cancelled.length, bench.taken.length]).toEqual([1, 1]);
  });

  it("takes a berth for each further request, for what that is expected to cost", async () => {
    const bench = new Bench(() => Promise.resolve(done), { isGranted: true });
    await bench.lane.send(request, tripOf());
    const work = { kind: "account UPSERT bulk", rows: 9, seconds: 4, requestRows: 7.5 };
    await bench.clock.run(bench.lane.send(request, tripOf({ work })));
    await bench.clock.run(bench.lane.send(request, tripOf()));
    expect(bench.taken).toEqual([4, 0.1]);
    expect(bench.answered.map((exchange) => exchange.work)).toEqual([undefined, work, undefined]);
  });

  it("takes a berth for each repeated attempt, which may be another's", async () => {
    const clock = new VirtualClock();
    const replies = [jsonReply(503, {}), done];
    const bench = new Bench(() => Promise.resolve(replies.shift() ?? done), { clock, resend: repeating(clock) });
    await clock.run(bench.lane.send(request, tripOf()));
    expect([bench.taken.length, bench.sent.length, bench.desk.inFlight]).toEqual([2, 2, 0]);
  });

  it("gives the berth of its turn back when the turn sends nothing", () => {
    const bench = new Bench(() => Promise.resolve(done), { isGranted: true });
    expect(bench.desk.inFlight).toBe(1);
    bench.lane.close();
    bench.lane.close();
    expect([bench.desk.inFlight, bench.cancelled.length]).toEqual([0, 1]);
  });

  it("gives the berth of its turn back while others are waited for, and takes another to send", async () => {
    const bench = new Bench(() => Promise.resolve(done), { isGranted: true });
    bench.lane.rest();
    expect([bench.desk.inFlight, bench.cancelled.length]).toEqual([0, 1]);
    await bench.clock.run(bench.lane.send(request, tripOf()));
    expect([bench.taken.length, bench.answered.length]).toEqual([1, 1]);
  });

  it("rests once however often it is told to, until it sends or its turn is over", async () => {
    const bench = new Bench(() => Promise.resolve(done), { isGranted: true });
    const resting: number[] = [];
    const note = (): unknown => resting.push(bench.resting);
    bench.lane.rest();
    bench.lane.rest();
    note();
    await bench.clock.run(bench.lane.send(request, tripOf()));
    note();
    bench.lane.rest();
    note();
    bench.lane.close();
    bench.lane.close();
    note();
    expect(resting).toEqual([1, 0, 1, 0]);
  });

  it("gives nothing back when the turn did send", async () => {
    const bench = new Bench(() => Promise.resolve(done), { isGranted: true });
    await bench.lane.send(request, tripOf());
    bench.lane.close();
    expect(bench.cancelled).toEqual([]);
  });

  it("waits again, and is not lost, when the gate closes while a token is awaited", async () => {
    const left: number[] = [];
    const bench: Bench = new Bench(async (_request, trip) => {
      await bench.clock.sleep(1000);
      assertMayLeave(trip);
      left.push(bench.clock.now() - from);
      return done;
    });
    const from = bench.clock.now();
    const sent = bench.lane.send(request, tripOf());
    bench.throttle(8);
    await bench.clock.run(sent);
    expect(left).toEqual([9000]);
    expect([bench.cancelled.length, bench.answered.length, bench.desk.inFlight]).toEqual([1, 1, 0]);
  });

  it("counts the time since its bytes left, not that for a token", async () => {
    const bench: Bench = new Bench(async (_request, trip) => {
      await bench.clock.sleep(5000);
      assertMayLeave(trip);
      await bench.clock.sleep(700);
      return done;
    });
    const { seconds } = await bench.clock.run(bench.lane.send(request, tripOf()));
    expect([bench.answered[0]?.elapsedMs, seconds]).toEqual([700, 0.7]);
  });

  it("charges a request of which no reply came for all of its time", async () => {
    const bench: Bench = new Bench(async () => {
      await bench.clock.sleep(3000);
      throw new SidecarError("outcome_unknown", "The connection was reset.");
    });
    await expect(bench.clock.run(bench.lane.send(request, tripOf()))).rejects.toMatchObject({
      code: "outcome_unknown",
    });
    expect([bench.lost, bench.cancelled, bench.lane.seconds]).toEqual([[3000], [], 3]);
  });

  it("charges nothing for a request that never left", async () => {
    const bench = new Bench(() => Promise.reject(new SidecarError("unavailable", "Nothing listens there.")));
    await expect(bench.clock.run(bench.lane.send(request, tripOf()))).rejects.toMatchObject({ code: "unavailable" });
    expect([bench.lost, bench.cancelled.length, bench.lane.seconds, bench.desk.inFlight]).toEqual([[], 1, 0, 0]);
  });

  it("leaves no berth behind when its wait for one is cut short", async () => {
    const bench = new Bench(() => Promise.resolve(done));
    bench.throttle(600);
    const over = new AbortController();
    const from = bench.clock.now();
    const sent = bench.lane.send(request, tripOf({ signal: over.signal }));
    over.abort(new Error("the run has stopped"));
    await expect(bench.clock.run(sent)).rejects.toThrow("the run has stopped");
    expect([bench.clock.now() - from, bench.sent.length, bench.desk.inFlight]).toEqual([0, 0, 0]);
  });

  it("adds what it waited for a berth to the trip's tally", async () => {
    const bench = new Bench(() => Promise.resolve(done));
    bench.throttle(7);
    const tally = { outages: 0, waitedMs: 0 };
    await bench.clock.run(bench.lane.send(request, tripOf({ tally })));
    expect(tally.waitedMs).toBe(7000);
  });

  it("counts what met an outage in the trip's tally: an answer or none, and a reply that was lost", async () => {
    const tally = { outages: 0, waitedMs: 0 };
    const answers = [
      jsonReply(503, {}),
      done,
      new SidecarError("unavailable", ""),
      new SidecarError("outcome_unknown", ""),
    ];
    const bench = new Bench(() => {
      const answer = answers.shift() ?? done;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    });
    for (let i = 0; i < 4; i++)
      await bench.clock.run(Promise.allSettled([bench.lane.send(request, tripOf({ tally }))]));
    expect([bench.met, tally.outages]).toEqual([[503, 200, undefined, undefined], 3]);
  });

  it("sums up what its requests cost, and says of each what it alone did", async () => {
    const times = [300, 500];
    const bench: Bench = new Bench(async () => {
      await bench.clock.sleep(times.shift() ?? 0);
      return done;
    });
    const first = await bench.clock.run(bench.lane.send(request, tripOf()));
    const second = await bench.clock.run(bench.lane.send(request, tripOf()));
    expect([first.seconds, second.seconds, bench.lane.seconds]).toEqual([0.3, 0.5, 0.8]);
  });

  it("closes the gate of where the last request went for a throttle inside of its reply", async () => {
    const bench = new Bench(() => Promise.resolve(done));
    await bench.clock.run(bench.lane.send(request, tripOf()));
    const until = bench.lane.heed(jsonReply(429, {}, { "retry-after": "17" }));
    expect([until - bench.clock.now(), bench.openAt]).toEqual([17_000, until]);
  });

  it("heeds nothing before anything was sent", () => {
    const bench = new Bench(() => Promise.resolve(done));
    expect(bench.lane.heed(jsonReply(429, {}, { "retry-after": "17" }))).toBe(bench.clock.now());
  });

  it("says of whom a row was let in, where it needed a right", async () => {
    const permitted: string[] = [];
    const bench = new Bench(() => Promise.resolve(done), {
      permitted: ({ member }, scope) => permitted.push(`${member.principal.name} ${scope}`),
    });
    bench.lane.permitted();
    await bench.clock.run(bench.lane.send(request, tripOf()));
    bench.lane.permitted();
    await bench.clock.run(bench.lane.send(request, tripOf({ scope: "account UPSERT" })));
    bench.lane.permitted();
    expect(permitted).toEqual(["app account UPSERT"]);
  });

  it("names those who refused, while there is somebody else to ask", async () => {
    let isAnyoneLeft = true;
    const bench = new Bench(() => Promise.resolve(done), { barred: () => isAnyoneLeft });
    expect(bench.lane.forbidden(), "nobody was asked").toBeUndefined();
    await bench.clock.run(bench.lane.send(request, tripOf({ spared: ["other"] })));
    expect(bench.lane.forbidden()).toEqual(["other", "app"]);
    isAnyoneLeft = false;
    expect(bench.lane.forbidden()).toBeUndefined();
  });

  it("sends the cookie of the server where it is to go, beside the request's own headers", async () => {
    const cookie = jsonReply(200, {}, { "set-cookie": "ARRAffinity=aa; path=/" });
    const bench: Bench = new Bench(() => Promise.resolve(cookie), {
      take: () => {
        const place = bench.desk.pick();
        return place === undefined ? Promise.reject(new Error("full")) : Promise.resolve(bench.desk.book(place, 1, -1));
      },
    });
    for (let i = 0; i < 12; i++) await bench.lane.send({ ...request, headers: { Prefer: "x" } }, tripOf());
    expect(bench.sent[0]?.headers).toEqual({ Prefer: "x" });
    expect(bench.sent.at(-1)?.headers).toEqual({ Prefer: "x", cookie: "ARRAffinity=aa" });
  });
});
