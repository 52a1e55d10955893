import { describe, expect, it } from "vitest";
import type { Lane } from "../../../server/schedule/lane.ts";
import type { Scheduler } from "../../../server/schedule/scheduler.ts";
import type { Request, Trip } from "../../../server/transport/http.ts";
import { assertMayLeave } from "../../../server/transport/http.ts";
import type { Script } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const { signal: live } = new AbortController();
const done = jsonReply(200, {});
const write: Request = { method: "POST", path: "$batch", headers: {} };
const read: Request = { method: "GET", path: "EntityDefinitions", headers: {} };
const throttled = (seconds: number, code = "0x80072322"): ReturnType<typeof jsonReply> =>
  jsonReply(429, errorBody(code), { "retry-after": String(seconds) });
const hint = (lanes: string): ReturnType<typeof jsonReply> => jsonReply(200, {}, { "x-ms-dop-hint": lanes });

function tripOf(seconds = 1, rows = 10): Trip {
  return { signal: live, work: { kind: "rows", rows, seconds, requestRows: 7.5 } };
}

/** Principals a, b, … of one script each, and the turns of one stream. */
class Bench {
  readonly clock = new VirtualClock();
  readonly principals: readonly ScriptedPrincipal[];
  readonly scheduler: Scheduler;
  readonly seat = seatOf();

  constructor(...scripts: readonly Script[]) {
    this.principals = scripts.map(
      (script, i) =>
        new ScriptedPrincipal(async (request, trip, nth) => {
          assertMayLeave(trip);
          return await script(request, trip, nth);
        }, "abc"[i]),
    );
    this.scheduler = schedulerOf(this.clock, this.principals);
  }

  /** Requests that have left, by principal. */
  get sent(): readonly number[] {
    return this.principals.map(({ requests }) => requests.length);
  }

  turn(work: (lane: Lane) => Promise<void>, signal = live, seat = this.seat): Promise<void> {
    return this.scheduler.turn(seat, work, signal);
  }

  /** So many turns that send one request each. */
  turns(count: number, trip = tripOf()): Promise<unknown> {
    const send = async (lane: Lane): Promise<void> => void (await lane.send(write, trip));
    return Promise.all(Array.from({ length: count }, () => this.turn(send)));
  }

  async read(lane: Lane = this.scheduler.reader): Promise<number> {
    const { status } = await this.clock.run(lane.send(read, { signal: live }));
    return status;
  }
}

/** Work that stays in its lane until it is let go. */
class Hold {
  started = 0;
  readonly #free: (() => void)[] = [];

  readonly work = async (): Promise<void> => {
    this.started += 1;
    await new Promise<void>((resolve) => this.#free.push(resolve));
  };

  letGo(): void {
    for (const free of this.#free.splice(0)) free();
  }
}

describe("turns", () => {
  it("come four at once to begin with, and the next when one is over", async () => {
    const bench = new Bench(() => done);
    const hold = new Hold();
    const turns = Array.from({ length: 6 }, () => bench.turn(hold.work));
    await bench.clock.turn();
    expect([bench.scheduler.width, hold.started]).toEqual([4, 4]);
    hold.letGo();
    await bench.clock.turn();
    expect(hold.started).toBe(6);
    hold.letGo();
    await Promise.all(turns);
  });

  it("that fail free their lane, and say so to whoever asked", async () => {
    const bench = new Bench(() => done);
    for (let i = 0; i < 5; i++) {
      await expect(bench.turn(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    }
    let worked = false;
    await bench.turn(() => {
      worked = true;
      return Promise.resolve();
    });
    expect(worked).toBe(true);
  });

  it("are withdrawn when nobody wants them any more, while begun ones end", async () => {
    const bench = new Bench(() => done);
    const hold = new Hold();
    const over = new AbortController();
    const begun = Array.from({ length: 4 }, () => bench.turn(hold.work, over.signal));
    const queued = Array.from({ length: 4 }, () => bench.turn(() => expect.unreachable(), over.signal));
    await bench.clock.turn();
    over.abort(new Error("the stream has ended"));
    await Promise.all(queued);
    await bench.turn(() => expect.unreachable(), over.signal);
    const next = bench.turn(hold.work);
    await bench.clock.turn();
    expect(hold.started, "lanes of begun work are still taken").toBe(4);
    hold.letGo();
    await Promise.all(begun);
    await bench.clock.turn();
    expect(hold.started).toBe(5);
    hold.letGo();
    await next;
  });

  it("that are withdrawn cost their stream nothing", async () => {
    const bench = new Bench(() => done);
    const hold = new Hold();
    const over = new AbortController();
    const begun = Array.from({ length: 4 }, () => bench.turn(hold.work));
    const seat = seatOf();
    const queued = Array.from({ length: 9 }, () => bench.turn(hold.work, over.signal, seat));
    const before = seat.served;
    over.abort(new Error("the stream has ended"));
    await Promise.all(queued);
    hold.letGo();
    await Promise.all(begun);
    await bench.clock.turn();
    expect(seat.served).toBe(before);
  });

  it("are charged what their requests cost, not what was expected of them", async () => {
    const bench: Bench = new Bench(async () => {
      await bench.clock.sleep(7000);
      return done;
    });
    await bench.clock.run(bench.turns(1));
    expect(bench.seat.served).toBeCloseTo(7);
  });

  it("go by all principals alike", async () => {
    const script: Script = async () => {
      await bench.clock.sleep(1000);
      return done;
    };
    const bench: Bench = new Bench(script, script);
    await bench.clock.run(bench.turns(40));
    const [a = 0, b = 0] = bench.sent;
    expect(Math.abs(a - b)).toBeLessThanOrEqual(2);
  });

  it("go by those whose throttle is over, and by the others again when theirs is", async () => {
    const quick: Script = async () => {
      await bench.clock.sleep(500);
      return done;
    };
    const bench: Bench = new Bench(
      (request, trip, nth) => (nth === 0 ? throttled(10) : quick(request, trip, nth)),
      quick,
    );
    await bench.read();
    expect(bench.sent).toEqual([1, 0]);
    await bench.clock.run(bench.turns(20));
    expect(bench.sent).toEqual([1, 20]);
    await bench.clock.run(bench.clock.sleep(10_000));
    await bench.clock.run(bench.turns(20));
    // Fewer than its half: it was refused though it had used nothing, so that somebody else must.
    expect(bench.sent[0]).toBeGreaterThan(3);
  });

  it("of ten rows wait for no lane while such take next to nothing, and no longer than others once they do", async () => {
    let crowd = 0;
    const bench: Bench = new Bench(async (_request, { work }) => {
      const seconds = work?.seconds ?? 0;
      const isLarge = seconds === 5;
      if (isLarge) crowd += 1;
      await bench.clock.sleep(1000 * seconds * (isLarge ? Math.max(1, crowd / 4) : 1));
      if (isLarge) crowd -= 1;
      return done;
    });
    const large = bench.turns(200, tripOf(5));
    const small = async (): Promise<number> => {
      const from = bench.clock.now();
      await bench.turn(async (lane) => void (await lane.send(write, tripOf(0.2))), live, seatOf(0.2));
      return bench.clock.now() - from;
    };
    await bench.clock.run(bench.clock.sleep(101_000));
    expect(await bench.clock.run(small())).toBe(200);
    const allowed = 0.02 * bench.seat.served;
    const many = await bench.clock.run(Promise.all(Array.from({ length: 200 }, small)));
    const ahead = many.filter((ms) => ms === 200).length;
    expect(ahead * 0.2).toBeGreaterThan(0.8 * allowed);
    expect(ahead * 0.2).toBeLessThanOrEqual(allowed);
    await bench.clock.run(large);
  });

  it("leave no timer behind", async () => {
    const bench = new Bench((_request, _trip, nth) => (nth === 3 ? throttled(60) : done));
    await bench.clock.run(bench.turns(20));
    expect(bench.clock.pending).toBe(0);
  });

  it("leave no timer behind when they are withdrawn while everything is throttled", async () => {
    const bench = new Bench(() => throttled(600));
    await bench.read();
    const over = new AbortController();
    const turns = Array.from({ length: 3 }, () => bench.turn(() => expect.unreachable(), over.signal));
    await bench.clock.turn();
    expect(bench.clock.pending, "until the throttle is over").toBe(1);
    over.abort(new Error("the stream has ended"));
    await Promise.all(turns);
    expect(bench.clock.pending).toBe(0);
  });
});

describe("a throttled environment", () => {
  it("gets nothing before Retry-After, of turns, repeated attempts and reads alike", async () => {
    const departures: number[] = [];
    const bench: Bench = new Bench((_request, _trip, nth) => {
      departures.push(bench.clock.now() - from);
      return nth === 0 ? throttled(30) : done;
    });
    const from = bench.clock.now();
    await bench.read();
    const reads = Array.from({ length: 10 }, () => bench.scheduler.reader.send(read, { signal: live }));
    await bench.clock.run(Promise.all([bench.turns(20), ...reads]));
    expect(departures).toHaveLength(31);
    expect(departures.slice(1).filter((at) => at < 30_000)).toEqual([]);
  });

  it("says until when, why and for whom it waits, and nothing while something may leave", async () => {
    const bench = new Bench(
      () => throttled(9),
      () => throttled(7),
    );
    expect(bench.scheduler.waitingFor()).toBeUndefined();
    await bench.read();
    expect(bench.scheduler.waitingFor()).toBeUndefined();
    await bench.read();
    expect(bench.scheduler.waitingFor()).toEqual({
      untilMs: bench.clock.wall() + 7000,
      reason: "throttled by the service",
      principal: "b",
    });
  });

  it("keeps no lanes from those who come after, for a window that is full says nothing of lanes", async () => {
    const bench = new Bench((_request, _trip, nth) => (nth < 3 ? throttled(1) : done));
    for (let i = 0; i < 3; i++) await bench.clock.run(bench.turns(1));
    expect(bench.scheduler.width).toBe(4);
  });

  it("gets fewer requests at once after it refused some for being too many", async () => {
    const bench: Bench = new Bench(async (_request, _trip, nth) => {
      await bench.clock.sleep(1000);
      return nth === 3 ? throttled(1, "0x80072326") : done;
    });
    await bench.clock.run(bench.turns(4));
    expect(bench.scheduler.width).toBeLessThan(4);
  });

  it("is no reason to wait for whoever has stopped", async () => {
    const bench = new Bench((_request, _trip, nth) => (nth === 0 ? throttled(600) : done));
    await bench.read();
    const over = new AbortController();
    const from = bench.clock.now();
    const waits = [
      bench.scheduler.reader.send(read, { signal: over.signal }),
      bench.turn(() => expect.unreachable(), over.signal),
    ];
    await bench.clock.turn();
    over.abort(new Error("the run has stopped"));
    const ends = await bench.clock.run(Promise.allSettled(waits));
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    const late = bench.scheduler.reader.send(read, { signal: over.signal });
    await expect(bench.clock.run(late)).rejects.toThrow("the run has stopped");
    expect([bench.clock.now() - from, bench.sent]).toEqual([0, [1]]);
  });

  it("is asked by each principal's own lane when its throttle is over", async () => {
    const bench: Bench = new Bench(
      (_request, _trip, nth) => (nth === 0 ? throttled(5) : done),
      () => done,
    );
    await bench.read();
    const from = bench.clock.now();
    const [a, b] = bench.scheduler.readers();
    if (a === undefined || b === undefined) return expect.unreachable();
    expect([a.principal, b.principal]).toEqual(["a", "b"]);
    expect([await bench.read(b.lane), bench.clock.now() - from]).toEqual([200, 0]);
    expect([await bench.read(a.lane), bench.clock.now() - from]).toEqual([200, 5000]);
    expect(bench.sent).toEqual([2, 1]);
  });
});

describe("an environment of several web servers", () => {
  /** Two servers; a request without a cookie comes to either in turn. */
  function serversOf(answer: (server: string, at: number) => ReturnType<typeof jsonReply>): Bench {
    let blind = 0;
    const bench: Bench = new Bench(async ({ headers }) => {
      const cookie = headers["cookie"];
      const server = cookie?.slice("ARRAffinity=".length) ?? ["aa", "bb"][blind++ % 2] ?? "";
      const at = bench.clock.now();
      await bench.clock.sleep(1000);
      const reply = answer(server, at);
      const named = { "set-cookie": `ARRAffinity=${server}; path=/` };
      return cookie === undefined ? { ...reply, headers: { ...reply.headers, ...named } } : reply;
    });
    return bench;
  }

  it("are all used, each by its cookie", async () => {
    const came = { aa: 0, bb: 0 };
    const bench = serversOf((server) => {
      came[server === "aa" ? "aa" : "bb"] += 1;
      return done;
    });
    await bench.clock.run(bench.turns(200));
    expect(Math.abs(came.aa - came.bb)).toBeLessThan(20);
    const carried = bench.principals[0]?.requests.filter(({ headers }) => headers["cookie"] !== undefined) ?? [];
    expect(carried.length).toBeGreaterThan(150);
  });

  it("does not have fewer requests at once for a refusal that a closed one repeats to whom a cookie led astray", async () => {
    let refuses: "no" | "itself" | "astray" = "no";
    const bench = serversOf((server) => {
      if (refuses === "itself" && server === "bb") return throttled(60, "0x80072326");
      if (refuses !== "astray" || server !== "aa") return done;
      refuses = "no";
      const { status, body, headers } = throttled(50, "0x80072326");
      return { status, body, headers: { ...headers, "set-cookie": "ARRAffinity=bb; path=/" } };
    });
    await bench.clock.run(bench.turns(40));
    refuses = "itself";
    await bench.clock.run(bench.turns(4));
    const { width } = bench.scheduler;
    refuses = "astray";
    await bench.clock.run(bench.clock.sleep(1));
    await bench.clock.run(bench.turns(1));
    expect([refuses, width > 1, bench.scheduler.width]).toEqual(["no", true, width]);
  });

  it("goes on with the others while one of them is throttled, which gets nothing", async () => {
    const came: { readonly server: string; readonly at: number }[] = [];
    let closedAt: number | undefined;
    const bench = serversOf((server, at) => {
      came.push({ server, at });
      if (server === "aa" || came.length < 40 || closedAt !== undefined) return done;
      closedAt = bench.clock.now();
      return throttled(20, "0x80040000");
    });
    await bench.clock.run(bench.turns(200));
    await bench.clock.run(bench.clock.sleep(20_000));
    await bench.clock.run(bench.turns(50));
    const from = closedAt ?? Number.POSITIVE_INFINITY;
    const during = came.filter(({ at }) => at > from && at < from + 20_000).map(({ server }) => server);
    expect(new Set(during)).toEqual(new Set(["aa"]));
    expect(during.length).toBeGreaterThan(20);
    expect(came.filter(({ server, at }) => server === "bb" && at >= from + 20_000).length).toBeGreaterThan(5);
  });
});

describe("the hint of an environment", () => {
  it.each([
    ["6", 6],
    ["1", 1],
    ["52", 8],
    ["1000000", 8],
    ["0", 4],
    ["-3", 4],
    ["2.5", 4],
    ["many", 4],
  ])("of %j is where to begin: %i lanes", async (value, width) => {
    const bench = new Bench(() => hint(value));
    await bench.read();
    expect(bench.scheduler.width).toBe(width);
  });

  it("does not undo what was learned since", async () => {
    const bench = new Bench((_request, _trip, nth) => (nth === 0 ? throttled(1, "0x80072326") : hint("50")));
    await bench.clock.run(bench.turns(1));
    await bench.read();
    expect(bench.scheduler.width).toBe(1);
  });
});
