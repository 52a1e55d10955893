import { describe, expect, it } from "vitest";
import type { Answer, Berth, DeskOptions } from "../../../server/schedule/desk.ts";
import { Desk } from "../../../server/schedule/desk.ts";
import { anyone } from "../../../server/schedule/principals/candidates.ts";
import type { Reply } from "../../../server/transport/http.ts";
import { jsonReply, ScriptedPrincipal } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const done = jsonReply(200, {});
const throttled = jsonReply(429, {}, { "retry-after": "30" });
const from = (cookie: string): Reply => jsonReply(200, {}, { "set-cookie": `ARRAffinity=${cookie}; path=/` });

class Bench {
  readonly clock = new VirtualClock();
  readonly desk: Desk;

  constructor(names: readonly string[] = ["a"], more: Partial<DeskOptions> = {}) {
    const principals = names.map((name) => new ScriptedPrincipal(() => new Error("asked"), name));
    this.desk = new Desk({ clock: this.clock, principals, affinity: "auto", retryAfterMaxMs: 900_000, ...more });
  }

  book(seconds = 5): Berth {
    const place = this.desk.pick();
    if (place === undefined) throw new Error("There is a place.");
    return this.desk.book(place, seconds, -1);
  }

  answer(berth: Berth, reply: Reply = done, more: Partial<Answer> = {}): number {
    const answer = { elapsedMs: 1000, throttle: undefined, isLight: false, isWork: true, operations: 1, ...more };
    return this.desk.answered(berth, reply, answer);
  }

  /** Seconds of execution that end now, one request after another. */
  spend(seconds: number): void {
    const [place] = this.desk.alone();
    if (place === undefined) throw new Error("There is a principal.");
    this.answer(this.desk.book(place, seconds, -1), done, { elapsedMs: seconds * 1000 });
  }

  /** Requests without a cookie, until it looks for no more servers; those of `cookies` answer in turn. */
  meet(...cookies: readonly string[]): void {
    for (let i = 0; i < 40; i++) {
      const berth = this.book(0.01);
      const cookie = cookies[i % cookies.length];
      this.answer(berth, berth.asked === undefined && cookie !== undefined ? from(cookie) : done, { elapsedMs: 10 });
    }
  }

  async pass(ms: number): Promise<void> {
    await this.clock.run(this.clock.sleep(ms));
  }
}

describe("what an answer costs", () => {
  it("is its time, while nothing is known of the way", () => {
    const bench = new Bench();
    expect(bench.answer(bench.book(), done, { elapsedMs: 2500 })).toBe(2.5);
  });

  it("is its time less the round trip, of which light answers and throttles tell", () => {
    const bench = new Bench();
    bench.answer(bench.book(), done, { elapsedMs: 120, isLight: true });
    const way = bench.desk.roundTripMs;
    expect(way).toBeGreaterThan(0);
    expect(bench.answer(bench.book(), done, { elapsedMs: 2500 })).toBeCloseTo(2.5 - way / 1000);
    const berths = Array.from({ length: 9 }, () => bench.book());
    for (const berth of berths) bench.answer(berth, throttled, { throttle: "unknown", elapsedMs: 200 });
    expect(bench.desk.roundTripMs).toBe(200);
  });

  it("tells nothing of the way, unless it was a light one", () => {
    const bench = new Bench();
    bench.answer(bench.book(), done, { elapsedMs: 40 });
    expect(bench.desk.roundTripMs).toBe(0);
    bench.answer(bench.book(), done, { elapsedMs: 40, isLight: true });
    expect(bench.desk.roundTripMs).toBeGreaterThan(0);
  });

  it("is nothing where it is a throttle, and never nothing otherwise", () => {
    const bench = new Bench();
    expect(bench.answer(bench.book(), done, { elapsedMs: 0 })).toBeGreaterThan(0);
    expect(bench.answer(bench.book(), throttled, { throttle: "unknown" })).toBe(0);
  });

  it("is all of its time where none came, for the service may have worked", () => {
    const bench = new Bench();
    bench.answer(bench.book(), done, { elapsedMs: 100, isLight: true });
    const before = bench.desk.crew.executedSeconds;
    expect(bench.desk.lost(bench.book(), { elapsedMs: 3000, operations: 1 })).toBe(3);
    expect([bench.desk.inFlight, bench.desk.crew.executedSeconds - before]).toEqual([0, 3]);
  });

  it("is nothing for what never left", () => {
    const bench = new Bench();
    const berth = bench.book();
    expect(berth.others).toBe(0);
    expect(bench.book().others).toBe(1);
    bench.desk.cancel(berth);
    bench.desk.cancel(berth);
    expect([bench.desk.inFlight, berth.budget.inFlight, bench.desk.crew.executedSeconds]).toEqual([1, 1, 0]);
  });
});

describe("where requests go", () => {
  it("is to all principals alike", () => {
    const bench = new Bench(["a", "b", "c"]);
    const names = Map.groupBy(
      Array.from({ length: 9 }, () => bench.book().member.principal.name),
      (name) => name,
    );
    expect([...names.values()].map(({ length }) => length)).toEqual([3, 3, 3]);
  });

  it("is to any server until no answer tells of a new one, then to each by its cookie", () => {
    const bench = new Bench();
    bench.meet("aa", "bb");
    expect(bench.desk.servers).toBe(2);
    const asked = [bench.book(), bench.book()].map((berth) => berth.asked?.cookie);
    expect(new Set(asked)).toEqual(new Set(["ARRAffinity=aa", "ARRAffinity=bb"]));
  });

  it("is to any server now and then all the same, for there may be new ones", () => {
    const bench = new Bench();
    bench.meet("aa", "bb");
    let blind = 0;
    for (let i = 0; i < 500; i++) {
      const berth = bench.book(0.01);
      blind += berth.asked === undefined ? 1 : 0;
      bench.answer(berth, berth.asked === undefined ? from("aa") : done, { elapsedMs: 10 });
    }
    expect(blind).toBeGreaterThanOrEqual(9);
    expect(blind).toBeLessThanOrEqual(12);
  });

  it("is told by no cookie where that is not wanted", () => {
    const bench = new Bench(["a"], { affinity: "off" });
    bench.meet("aa", "bb");
    expect([bench.desk.servers, bench.book().asked]).toEqual([0, undefined]);
  });

  it("is nowhere while all windows are full, until a second tells that there is room again", async () => {
    const bench = new Bench();
    bench.meet("aa");
    while (bench.desk.pick() !== undefined) bench.answer(bench.book(), done, { elapsedMs: 5000 });
    const ms = bench.desk.nextAt() - bench.clock.now();
    expect(ms).toBeGreaterThan(100);
    expect(bench.desk.waiting()).toEqual({
      untilMs: Math.ceil(bench.clock.wall() + ms),
      reason: "the limits of the service are used up",
      principal: "a",
    });
    await bench.pass(ms);
    for (let seconds = 0; bench.desk.pick() === undefined && seconds < 300; seconds++) await bench.pass(1000);
    expect(bench.desk.waiting()).toBeUndefined();
  });

  it("is no matter of time while answers alone are waited for", () => {
    const bench = new Bench();
    while (bench.desk.pick() !== undefined) bench.book(0.01);
    expect([bench.desk.nextAt(), bench.desk.waiting()]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  });

  it("is where the first throttle is over, once all are closed", async () => {
    const bench = new Bench();
    bench.meet("aa", "bb");
    const berths = [bench.book(), bench.book()];
    for (const berth of berths) {
      bench.answer(berth, throttled, { throttle: "unknown" });
      await bench.pass(1000);
    }
    expect(bench.desk.pick()).toBeUndefined();
    expect(bench.desk.nextAt() - bench.clock.now()).toBeLessThanOrEqual(28_000);
    expect(bench.desk.waiting()).toMatchObject({ reason: "throttled by the service", principal: "a" });
    await bench.pass(28_000);
    expect(bench.book().asked).toBe(berths[0]?.asked);
  });
});

describe("what holds everything back", () => {
  it("is throttles where all are closed, windows where they are full, and lanes where answers alone are waited for", () => {
    const [closed, full, crowded] = [new Bench(), new Bench(), new Bench()];
    closed.answer(closed.book(), throttled, { throttle: "unknown" });
    full.meet("aa");
    while (full.desk.pick() !== undefined) full.answer(full.book(), done, { elapsedMs: 5000 });
    while (crowded.desk.pick() !== undefined) crowded.book(1);
    expect([closed, full, crowded].map(({ desk }) => desk.reason())).toEqual(["throttled", "limits", "lanes"]);
  });
});

describe("windows that sustain just what the environment takes", () => {
  /** Requests that are booked until there is no place, by principal. */
  function bookAll(bench: Bench): readonly number[] {
    while (bench.desk.pick() !== undefined) bench.book(0.01);
    return bench.desk.crew.members.map(({ inFlight }) => inFlight);
  }

  it("give no principal the lanes of another", () => {
    const bench = new Bench(["a", "b"]);
    bench.meet("aa");
    bench.desk.keepEven(true);
    expect(bookAll(bench)).toEqual([4, 4]);
    expect(bench.desk.nextAt(), "until an answer").toBe(Number.POSITIVE_INFINITY);
  });

  it("that are more, or fewer, than that are used by whoever has room", () => {
    const bench = new Bench(["a", "b"]);
    bench.meet("aa");
    bench.desk.keepEven(true);
    bench.desk.keepEven(false);
    expect(Math.min(...bookAll(bench))).toBeGreaterThan(4);
  });
});

describe("another cookie with each answer", () => {
  it("names no server: none is addressed, and what was spent and is under way counts for all", () => {
    const bench = new Bench();
    bench.answer(bench.book(), from("c0"));
    const [early, closed, last] = [bench.book(), bench.book(), bench.book()];
    const budget = bench.desk.crew.members[0]?.anywhere;
    for (let i = 1; i < 64; i++) bench.answer(bench.book(), from(`c${i}`));
    bench.answer(closed, throttled, { throttle: "seconds" });
    expect([bench.desk.servers, bench.desk.windows().exact]).toEqual([64, true]);
    bench.answer(last, from("last"));
    expect(bench.desk.servers).toBe(0);
    expect([early.budget === budget, budget?.inFlight]).toEqual([true, 1]);
    expect(Math.round(budget?.used(bench.clock.now()) ?? 0)).toBe(65);
    expect([bench.desk.pick(), budget?.gate.isOpen]).toEqual([undefined, false]);
  });
});

describe("a cookie that leads elsewhere", () => {
  it("charges the server that answered, with what is headed there too", () => {
    const bench = new Bench();
    bench.meet("aa", "bb");
    const berths = Array.from({ length: 6 }, () => bench.book());
    const [first] = berths;
    if (first?.asked === undefined) return expect.unreachable();
    const alike = berths.filter(({ asked }) => asked === first.asked);
    const others = berths.filter(({ asked }) => asked !== first.asked);
    const [before, after] = [first.budget, others[0]?.budget];
    expect([before === after, before.inFlight, after?.inFlight]).toEqual([false, alike.length, others.length]);
    const elsewhere = first.asked.cookie.endsWith("aa") ? "bb" : "aa";
    bench.answer(first, from(elsewhere));
    expect([before.inFlight, after?.inFlight]).toEqual([0, berths.length - 1]);
    expect(alike.every(({ budget }) => budget === after)).toBe(true);
  });

  it("leaves what is booked with the right server where it is, tokens and all", () => {
    const bench = new Bench();
    bench.meet("aa", "bb");
    const berth = bench.book();
    const booked: Berth[] = [];
    const { budget } = berth;
    const book = budget.book.bind(budget);
    budget.book = (booking) => {
      booked.push(berth);
      book(booking);
    };
    bench.answer(berth, from(berth.asked?.cookie.slice("ARRAffinity=".length) ?? ""));
    expect(booked).toEqual([]);
  });

  it("closes the server that refused, which is not the one that was asked for", () => {
    const bench = new Bench();
    bench.meet("aa", "bb");
    const berth = bench.book();
    if (berth.asked === undefined) return expect.unreachable();
    const { cookie } = berth.asked;
    const elsewhere = cookie.endsWith("aa") ? "bb" : "aa";
    const own = berth.member.budgetOf(berth.asked);
    const reply = { ...throttled, headers: { ...throttled.headers, ...from(elsewhere).headers } };
    bench.answer(berth, reply, { throttle: "unknown" });
    expect([own.gate.isOpen, berth.budget.gate.isOpen]).toEqual([true, false]);
  });
});

describe("a window that the service says is full", () => {
  it("is told once by all the requests that had left before", async () => {
    const bench = new Bench();
    bench.meet("aa");
    const berths = Array.from({ length: 10 }, () => bench.book(1));
    const [first] = berths;
    if (first === undefined) return expect.unreachable();
    const share = (): number => first.budget.share(bench.clock.now());
    await bench.pass(100);
    bench.answer(first, throttled, { throttle: "seconds" });
    const once = share();
    for (const berth of berths.slice(1)) bench.answer(berth, throttled, { throttle: "seconds" });
    expect(share()).toBe(once);
  });

  it.each(["concurrency", "unknown"] as const)("is not told by a refusal of the kind %s", (throttle) => {
    const bench = new Bench();
    bench.meet("aa");
    const berth = bench.book();
    const before = berth.budget.share(bench.clock.now());
    bench.answer(berth, throttled, { throttle });
    expect(berth.budget.share(bench.clock.now())).toBe(before);
  });

  it("is what a refusal is about that names no limit, where our own use has about filled it", () => {
    const bench = new Bench();
    bench.meet("aa");
    const [berth] = [bench.book(), bench.book()];
    const { budget } = berth;
    bench.answer(bench.desk.book({ ...berth, room: 0 }, 1, -1), done, { elapsedMs: 1_100_000 });
    const others = { ...berth, others: 3 };
    expect(bench.desk.named("unknown", others)).toBe("seconds");
    expect(bench.desk.named("concurrency", others)).toBe("concurrency");
    expect(budget.explains(bench.clock.now())).toBe("seconds");
  });

  it("is what such a refusal is about, too, where nothing was under way beside it; else it is the crowd", () => {
    const bench = new Bench();
    bench.meet("aa");
    const berth = bench.book();
    expect(bench.desk.named("unknown", { ...berth, others: 0 })).toBe("seconds");
    expect(bench.desk.named("unknown", { ...berth, others: 3 })).toBe("concurrency");
  });

  it("is found by short requests while the first windows fill; where none was full by then, they may be longer", async () => {
    const bench = new Bench();
    bench.book();
    await bench.pass(299_000);
    expect(bench.desk.requestSeconds).toBe(2);
    await bench.pass(2000);
    expect(bench.desk.requestSeconds).toBe(5);
  });

  it("tells how many servers there are that cannot be addressed, and that requests must be short", async () => {
    const bench = new Bench();
    expect(bench.desk.windows().sustained).toBe(Number.POSITIVE_INFINITY);
    const berth = bench.book();
    bench.spend(3600);
    await bench.pass(200);
    bench.answer(berth, throttled, { throttle: "seconds" });
    await bench.pass(200);
    const { sustained, exact } = bench.desk.windows();
    expect([Math.round(sustained), exact]).toEqual([12, false]);
    expect(bench.desk.requestSeconds).toBeLessThan(5);
  });

  it("is forgiven little by little while nothing more is refused", async () => {
    const bench = new Bench();
    const berth = bench.book();
    bench.spend(3600);
    await bench.pass(200);
    bench.answer(berth, throttled, { throttle: "seconds" });
    await bench.pass(200);
    const before = bench.desk.windows().sustained;
    bench.desk.calm();
    for (let i = 0; i < 3; i++) {
      await bench.pass(25_000);
      bench.spend(400);
      bench.desk.calm();
    }
    expect(bench.desk.windows().sustained).toBeGreaterThan(before);
  });
});

describe("a principal that is refused", () => {
  const want = { ...anyone, scope: "account UPSERT" };

  it("is passed by for a while, and tried again", async () => {
    const bench = new Bench(["a", "b"]);
    const berth = bench.book();
    const refused = berth.member.principal.name;
    bench.answer(berth, jsonReply(403, {}));
    expect(bench.desk.crew.barred(berth.member, "entry", { want: anyone, rows: 1 })).toBe(true);
    const names = Array.from({ length: 4 }, () => bench.book().member.principal.name);
    expect(names).not.toContain(refused);
    await bench.pass(bench.desk.nextAt() - bench.clock.now());
    expect(bench.book().member.principal.name).toBe(refused);
  });

  it("is let in by an answer, and by no other refusal", () => {
    const bench = new Bench();
    const [first, second, third] = [bench.book(), bench.book(), bench.book()];
    const { health } = first.member;
    bench.answer(first, jsonReply(403, {}));
    bench.desk.crew.barred(first.member, "entry", { want: anyone, rows: 1 });
    bench.answer(second, jsonReply(403, {}));
    expect(health.isQuarantined).toBe(true);
    bench.answer(third, done);
    expect(health.isQuarantined).toBe(false);
  });

  it("for one table is passed by for that alone", () => {
    const bench = new Bench(["a", "b"]);
    const berth = bench.book();
    bench.answer(berth, jsonReply(403, {}));
    expect(bench.desk.crew.barred(berth.member, "right", { want, rows: 100 })).toBe(true);
    expect([bench.desk.crew.shareOf(want.scope), bench.desk.crew.shareOf(undefined)]).toEqual([0.5, 1]);
    expect(bench.desk.pick(want)?.member.principal.name).not.toBe(berth.member.principal.name);
  });
});
