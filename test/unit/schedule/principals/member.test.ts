import { describe, expect, it } from "vitest";
import { Budget } from "../../../../server/schedule/budgets/budget.ts";
import type { Place } from "../../../../server/schedule/principals/member.ts";
import { isBetter, Member } from "../../../../server/schedule/principals/member.ts";
import type { Server } from "../../../../server/schedule/servers/server.ts";
import { Servers } from "../../../../server/schedule/servers/servers.ts";
import { Width } from "../../../../server/schedule/servers/width.ts";
import { Gate } from "../../../../server/transport/gate.ts";
import { jsonReply, ScriptedPrincipal } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const throttled = jsonReply(429, {}, { "retry-after": "30" });
const named = (cookie: string): ReturnType<typeof jsonReply> =>
  jsonReply(200, {}, { "set-cookie": `ARRAffinity=${cookie}; path=/` });

/** A principal before servers that are known by their cookies. */
class Bench {
  readonly clock = new VirtualClock();
  readonly servers = new Servers();
  readonly known: readonly Server[];
  readonly member: Member;

  constructor(...cookies: readonly string[]) {
    this.known = cookies.map((cookie) => this.meet(cookie));
    const budget = (): Budget =>
      new Budget({
        gate: new Gate({ clock: this.clock, principal: "app", retryAfterMaxMs: 900_000 }),
        width: () => 1,
        reserve: () => 0,
        expectsLittle: () => false,
        travel: () => 0,
      });
    const principal = new ScriptedPrincipal(() => new Error("asked"));
    const width = new Width({ value: Number.POSITIVE_INFINITY });
    this.member = new Member({ principal, servers: this.servers, budget, anywhere: budget(), width });
  }

  meet(cookie: string, asked?: Server): Server {
    const server = this.servers.answered("app", asked, named(cookie), this.clock.now());
    if (server === undefined) throw new Error("A cookie names a server.");
    return server;
  }

  /** What may be asked for: each server's number, 0 for any. */
  asked(isExploring = false): readonly number[] {
    return this.member.places(this.clock.now(), isExploring).map(({ asked }) => asked?.number ?? 0);
  }

  budget(of: number): Budget {
    const server = this.known[of - 1];
    if (server === undefined) throw new Error("It is one of those that are known.");
    return this.member.budgetOf(server);
  }
}

describe("where a principal may send", () => {
  it("is anywhere while no server is known", () => {
    expect(new Bench().asked()).toEqual([0]);
  });

  it("is each server, by its cookie", () => {
    expect(new Bench("aa", "bb").asked()).toEqual([1, 2]);
  });

  it("is anywhere while servers are looked for, unless one of those it may come to is closed or full", () => {
    const bench = new Bench("aa", "bb");
    expect(bench.asked(true)).toEqual([0]);
    bench.budget(2).gate.heed(throttled);
    expect(bench.asked(true)).toEqual([1]);
    const full = new Bench("aa", "bb");
    full.budget(2).charge(1190, full.clock.now());
    expect(full.asked(true)).toEqual([1, 2]);
  });

  it("is no server that is closed", () => {
    const bench = new Bench("aa", "bb");
    bench.budget(1).gate.heed(throttled);
    expect(bench.asked()).toEqual([2]);
  });

  it("is a server that another's cookie leads to, for which it is charged", () => {
    const bench = new Bench("aa", "bb");
    const [first, second] = bench.known;
    bench.meet("bb", first);
    bench.meet("aa", second);
    const places = bench.member.places(bench.clock.now(), false);
    const charged = new Map(places.map(({ asked, budget }) => [asked, budget]));
    expect(charged.get(second)).toBe(bench.budget(1));
    expect(charged.get(first)).toBe(bench.budget(2));
  });

  it("is not reached by the cookie of a closed server, wherever that leads", () => {
    const bench = new Bench("aa", "bb");
    const [first, second] = bench.known;
    bench.meet("bb", first);
    bench.meet("aa", second);
    bench.budget(1).gate.heed(throttled);
    expect(bench.asked()).toEqual([2]);
  });

  it("is anywhere too when no cookie leads to one of the servers, for a few requests at a time", () => {
    const bench = new Bench("aa", "bb");
    bench.meet("bb", bench.known[0]);
    expect(bench.asked()).toEqual([2, 0]);
    for (let i = 0; i < 8; i++) bench.member.count(undefined, 1);
    expect(bench.asked()).toEqual([2]);
    bench.member.count(undefined, -1);
    expect(bench.asked()).toEqual([2, 0]);
  });

  it("is only anywhere while servers in reach are far ahead of one whose cookie always leads elsewhere", () => {
    const bench = new Bench("aa", "bb");
    for (let i = 0; i < 3; i++) bench.meet("bb", bench.known[0]);
    expect(bench.asked()).toEqual([2, 0]);
    bench.budget(2).charge(100, bench.clock.now());
    expect(bench.asked()).toEqual([0]);
    bench.budget(1).charge(100, bench.clock.now());
    expect(bench.asked()).toEqual([2, 0]);
  });

  it("is tried by one request where a cookie led elsewhere a while ago", async () => {
    const bench = new Bench("aa", "bb");
    const [first] = bench.known;
    bench.meet("bb", first);
    await bench.clock.run(bench.clock.sleep(bench.servers.detours.nextEnd(bench.clock.now()) - bench.clock.now()));
    expect(bench.asked()).toEqual([1, 2]);
    bench.member.count(first, 1);
    expect(bench.asked()).not.toContain(1);
    bench.member.count(first, -1);
    expect(bench.asked()).toEqual([1, 2]);
  });
});

describe("a throttle reply", () => {
  it("closes the server that it came from, and no other", () => {
    const bench = new Bench("aa", "bb");
    bench.member.heed(bench.budget(1), throttled);
    expect([1, 2].map((of) => bench.budget(of).gate.isOpen)).toEqual([false, true]);
  });

  it("of which nobody knows where it came from closes them all", () => {
    const bench = new Bench("aa", "bb");
    bench.asked();
    bench.member.heed(bench.member.anywhere, throttled);
    expect([1, 2].map((of) => bench.budget(of).gate.isOpen)).toEqual([false, false]);
  });

  it("holds back what carries the server's cookie, what is headed there, and what may come there", () => {
    const bench = new Bench("aa", "bb", "cc");
    const [first, second, third] = bench.known;
    bench.asked();
    bench.budget(1).gate.heed(throttled);
    const inMs = (asked: Server | undefined, budget: Budget): number =>
      bench.member.openAt({ asked, budget }) - bench.clock.now();
    expect(inMs(first, bench.budget(2))).toBe(30_000);
    expect(inMs(second, bench.budget(1))).toBe(30_000);
    expect(inMs(undefined, bench.member.anywhere)).toBe(30_000);
    expect(inMs(third, bench.budget(3))).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("what is kept of servers", () => {
  it("is one book for all of them while none is known, then one for each", () => {
    const numbersOf = ({ member }: Bench): readonly unknown[] => member.books.map(({ server }) => server?.number);
    const bench = new Bench("aa", "bb");
    expect([numbersOf(new Bench()), bench.budget(1) === bench.budget(2)]).toEqual([[undefined], false]);
    expect(numbersOf(bench)).toEqual([1, 2]);
  });

  it("goes with those that are forgotten", () => {
    const bench = new Bench("aa");
    bench.asked();
    for (let i = 0; i < 200; i++) {
      bench.meet(`b${i}`);
      bench.meet(`b${i}`);
      bench.asked();
    }
    expect(bench.member.budgets).toHaveLength(64);
  });

  it("goes on for one that has perhaps a new name, with its window and throttle", () => {
    const bench = new Bench("aa", "bb");
    const now = bench.clock.now();
    bench.budget(1).charge(700, now);
    bench.member.heed(bench.budget(1), throttled);
    const renamed = bench.member.budgetOf(bench.meet("cc", bench.known[0]));
    expect([Math.round(renamed.used(now)), renamed.requests(now), renamed.isBurst]).toEqual([700, 1, true]);
    expect(renamed.gate.openAt - now).toBe(30_000);
    bench.budget(1).charge(100, now);
    expect(Math.round(renamed.used(now)), "each has its own from then on").toBe(700);
  });

  it("is no longer counted once they are forgotten, though no other is met", () => {
    const bench = new Bench("aa", "bb");
    bench.asked();
    bench.meet("bb", bench.known[0]);
    bench.servers.answered("app", bench.known[1], jsonReply(200, {}), bench.clock.now() + 300_001);
    expect(bench.member.books.map(({ server }) => server)).toEqual([bench.known[1]]);
    expect(bench.member.budgets).toHaveLength(1);
  });

  it("is kept for any server where they turn out to have no names, until the last of their throttles is over", async () => {
    const bench = new Bench("aa", "bb");
    bench.member.heed(bench.budget(1), throttled);
    await bench.clock.run(bench.clock.sleep(10_000));
    bench.member.heed(bench.budget(2), throttled);
    bench.member.forgetServers();
    expect(bench.member.budgets).toEqual([bench.member.anywhere]);
    expect(bench.member.anywhere.gate.openAt - bench.clock.now()).toBe(30_000);
  });
});

describe("the better of two places", () => {
  const place = (member: Member, room: number): Place => ({ ...member.blind, room });

  it("is that of the principal with fewer requests in flight", () => {
    const [busy, idle] = [new Bench().member, new Bench().member];
    busy.count(undefined, 1);
    expect([isBetter(place(idle, 1), place(busy, 9)), isBetter(place(busy, 9), place(idle, 1))]).toEqual([true, false]);
  });

  it("is that of the emptier server where they are equal", () => {
    const [a, b] = [new Bench().member, new Bench().member];
    expect([isBetter(place(a, 9), place(b, 1)), isBetter(place(a, 1), place(b, 9))]).toEqual([true, false]);
  });
});
