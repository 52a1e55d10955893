import { describe, expect, it } from "vitest";
import type { Booking } from "../../../../server/schedule/budgets/budget.ts";
import { Budget } from "../../../../server/schedule/budgets/budget.ts";
import { windowMs } from "../../../../server/schedule/budgets/sliding-sum.ts";
import { Gate } from "../../../../server/transport/gate.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Of the service: execution seconds and requests in a window (documented: service protection API limits). */
const secondsMax = 1200;
const requestsMax = 6000;

interface Around {
  readonly width?: number;
  readonly reserve?: number;
  readonly expectsLittle?: boolean;
  readonly travel?: number;
  readonly isPart?: boolean;
}

function scene({ width = 1, reserve = 0, travel = 0, expectsLittle = false, isPart = false }: Around = {}) {
  const clock = new VirtualClock();
  const gate = new Gate({ clock, principal: "app-1", retryAfterMaxMs: 900_000 });
  const budget = new Budget({
    gate,
    width: () => width,
    isPart: () => isPart,
    reserve: () => reserve,
    expectsLittle: () => expectsLittle,
    travel: () => travel,
  });
  return { clock, gate, budget, now: clock.now() };
}

/** Requests of so many seconds that are let in one after the other, none of which is answered. */
function letIn(budget: Budget, seconds: number, now: number): number {
  let count = 0;
  for (; count < 1000 && budget.mayTake(seconds, now); count += 1) budget.book({ seconds, at: now });
  return count;
}

/** Requests of so many seconds that are let in one after the other, each of which is answered at once. */
function execute(budget: Budget, seconds: number, now: number): number {
  let count = 0;
  for (; count < 10_000 && budget.mayTake(seconds, now); count += 1) {
    const booking = { seconds, at: now };
    budget.book(booking);
    budget.cancel(booking);
    budget.charge(seconds, now);
  }
  return count;
}

describe("a budget", () => {
  it("lets no more seconds of execution into a window than the service allows", () => {
    const { budget, now } = scene();
    const spent = 20 * execute(budget, 20, now);
    expect(spent).toBeGreaterThan(0.9 * secondsMax);
    expect(spent).toBeLessThanOrEqual(secondsMax + 20);
    expect(budget.mayTake(20, now)).toBe(false);
  });

  it("counts a window that is full for what it is, whatever it was believed to hold", () => {
    const { budget, now } = scene();
    for (let i = 0; i < secondsMax / 20; i += 1) budget.charge(20, now);
    const later = now + 60_000;
    expect(budget.mayTake(1, later)).toBe(false);
    expect(budget.mayTake(1, later + windowMs)).toBe(true);
  });

  it("lets no more requests into a window than the service allows, however short they are", () => {
    const { budget, now } = scene();
    const count = execute(budget, 0, now);
    expect(count).toBeGreaterThan(0.9 * requestsMax);
    expect(count).toBeLessThan(requestsMax);
    expect(execute(budget, 0, now + windowMs + 1000)).toBeGreaterThan(0.9 * requestsMax);
  });

  it.each([1, 2])("lets no more than fifty at once go to each of %i servers", (width) => {
    const { budget, now } = scene({ width });
    expect(letIn(budget, 0, now)).toBe(50 * width);
  });

  it("lets no more than fifty at once go where nothing is known of the servers", () => {
    const { budget, now } = scene({ width: Number.POSITIVE_INFINITY });
    expect(letIn(budget, 1000, now)).toBe(50);
  });

  it("knows no time at which more may go where nothing is known of the servers", () => {
    const { budget, now } = scene({ width: Number.POSITIVE_INFINITY });
    expect(budget.nextAt(1, now)).toBe(Number.POSITIVE_INFINITY);
  });

  it("fills the window of requests by their number, that of seconds by those and by what they travelled", () => {
    const { budget, now } = scene({ travel: 0.1 });
    for (let i = 0; i < 600; i += 1) budget.charge(0.3, now);
    expect(budget.windowsUsed("requests", now)).toBeCloseTo(600 / requestsMax);
    expect(budget.windowsUsed("seconds", now)).toBeCloseTo((600 * 0.4) / secondsMax);
  });

  it("lets nothing go while the gate is closed, and says when it opens", () => {
    const { budget, gate, now } = scene();
    gate.close(now + 7000, "throttled");
    expect([budget.mayTake(1, now), budget.mayMeet(1, now)]).toEqual([false, false]);
    expect(budget.nextAt(1, now)).toBe(now + 7000);
  });

  it("ends its volley before the window is full", () => {
    const { budget, now } = scene();
    expect([budget.mayTake(5, now), budget.isBurst]).toEqual([true, true]);
    for (let i = 0; i < 50; i += 1) budget.charge(20, now);
    expect([budget.mayTake(5, now), budget.isBurst]).toEqual([true, false]);
  });

  it("does not let what leaves the window in a volley come back as one", () => {
    const { budget, now } = scene();
    execute(budget, 20, now);
    budget.endBurst();
    const later = now + windowMs + 1000;
    expect(budget.used(later)).toBe(0);
    expect(20 * execute(budget, 20, later)).toBeLessThan(secondsMax / 2);
  });

  it("says when there is room again, and there is", () => {
    const { budget, now } = scene();
    execute(budget, 20, now);
    const at = budget.nextAt(20, now);
    expect(at).toBeGreaterThan(now);
    expect([budget.mayTake(20, at - 2000), budget.mayTake(20, at + 1)]).toEqual([false, true]);
  });

  it("counts the requests that run towards those of the window, also when it says when there is room", () => {
    const { budget, now } = scene();
    for (let i = 0; i < 5900; i += 1) budget.charge(0.001, now + i * 50);
    const later = now + 5900 * 50;
    const running = letIn(budget, 0.001, later);
    expect(running).toBeGreaterThan(5);
    expect(running).toBeLessThan(40);
    const at = budget.nextAt(0.001, later);
    expect(at).toBeGreaterThan(later);
    expect([budget.mayTake(0.001, at - 2000), budget.mayTake(0.001, at + 1)]).toEqual([false, true]);
  });

  it("lets one request ask alone at a gate that was refused again, and waits for its answer", async () => {
    const { budget, gate, clock } = scene();
    const throttled = { status: 429, headers: { "retry-after": "1" }, body: Buffer.alloc(0) };
    for (let i = 0; i < 2; i += 1) {
      gate.heed(throttled);
      await clock.run(clock.sleep(2000));
    }
    expect(letIn(budget, 1, clock.now())).toBe(1);
    expect(budget.nextAt(1, clock.now())).toBe(Number.POSITIVE_INFINITY);
    gate.heed({ ...throttled, status: 200 });
    expect(letIn(budget, 1, clock.now())).toBeGreaterThan(3);
  });

  it("lets as many as a window sustains run on into what it lets go meanwhile, and counts what is more than that", () => {
    const { budget, now } = scene();
    budget.charge(1170, now);
    budget.endBurst();
    const room = 1200 * 0.988 - 1170;
    expect(letIn(budget, 10, now)).toBe(4 + Math.floor(room / 10) + 1);
  });

  it("is spent when little of its plan is left, unless a throttle is what holds it", () => {
    const { budget, gate, now } = scene();
    budget.charge(0.8 * secondsMax, now);
    expect(budget.isSpent(now)).toBe(false);
    budget.charge(0.1 * secondsMax, now);
    expect(budget.isSpent(now)).toBe(true);
    gate.close(now + 1000, "throttled");
    expect(budget.isSpent(now)).toBe(false);
  });

  it("is spent later where somebody else uses the window, too, and a few requests before it is", () => {
    const { budget, now } = scene({ isPart: true });
    budget.charge(0.9 * secondsMax, now);
    expect(budget.isSpent(now)).toBe(false);
    budget.charge(0.04 * secondsMax, now);
    expect(budget.isSpent(now)).toBe(true);
    const narrow = scene({ width: 0.1, isPart: true });
    narrow.budget.charge(narrow.budget.planned(now) - 7, now);
    expect(narrow.budget.isSpent(now)).toBe(true);
  });

  it.each([
    [true, 1],
    [false, 2],
  ])(
    "that is a part of one: %s, lets %i in at once after a throttle, until one of them is answered",
    async (isPart, count) => {
      const { clock, budget, gate, now } = scene({ width: 0.5, isPart });
      budget.endBurst();
      gate.heed({ status: 429, headers: { "retry-after": "60" }, body: Buffer.alloc(0) });
      budget.overdrawn("seconds", now, true);
      await clock.run(clock.sleep(61_000));
      expect(letIn(budget, 1, clock.now())).toBeGreaterThanOrEqual(count);
      expect(budget.inFlight === 1).toBe(count === 1);
      gate.heed({ status: 200, headers: {}, body: Buffer.alloc(0) });
      expect(letIn(budget, 1, clock.now()) > 0).toBe(count === 1);
    },
  );

  it("has a lane, and one more for what it missed, however narrow it is", () => {
    const { budget, now } = scene({ width: 0.1 });
    budget.endBurst();
    budget.mayTake(1, now);
    budget.overdrawn("seconds", now, true);
    expect(letIn(budget, 0, now)).toBe(1);
    expect(letIn(budget, 0, now + 60_000)).toBe(1);
  });

  it("keeps what is reserved out of the plan", () => {
    const one = scene();
    const other = scene({ reserve: 100 });
    expect(one.budget.planned(one.now) - other.budget.planned(other.now)).toBe(100);
  });

  it("counts what runs, and forgets what never left", () => {
    const { budget, now } = scene();
    const before = budget.room(now);
    const booking = { seconds: 30, at: now };
    budget.book(booking);
    expect([budget.inFlight, before - budget.room(now)]).toEqual([1, 30]);
    expect(budget.used(now + 10_000)).toBe(10);
    budget.cancel(booking);
    expect([budget.inFlight, budget.room(now)]).toEqual([0, before]);
  });

  it("explains a refusal by a window that is about full, not by one that is half empty", () => {
    const { budget, now } = scene();
    const explained = [600, 500].map((seconds) => budget.charge(seconds, now) ?? budget.explains(now));
    expect(explained).toEqual([undefined, "seconds"]);
  });
});

describe("a window that was filled in a volley", () => {
  const filled = (expectsLittle: boolean) => {
    const bench = scene({ expectsLittle });
    for (let i = 0; i < 59; i += 1) bench.budget.charge(20, bench.now);
    bench.budget.endBurst();
    return { ...bench, later: bench.now + 100_000 };
  };

  it("lets requests run on into nothing while nobody needs little, and leaves room for such while somebody may", () => {
    const alone = filled(false);
    const beside = filled(true);
    expect([alone.budget.mayTake(8, alone.later), beside.budget.mayTake(8, beside.later)]).toEqual([true, false]);
    expect(beside.budget.mayTake(8, beside.later, true)).toBe(true);
  });

  it("has for those who need little no more than that", () => {
    const { budget, later } = filled(true);
    budget.charge(11, later);
    expect(budget.mayTake(1, later, true)).toBe(true);
    budget.charge(1, later);
    expect(budget.mayTake(1, later, true)).toBe(false);
  });

  it("says when others may go again, a little before it lets go, and so it is", () => {
    const { budget, later } = filled(true);
    const at = budget.nextAt(8, later);
    expect(budget.nextAt(1, later) - at).toBe(7000);
    expect([budget.mayTake(8, at - 2000), budget.mayTake(8, at + 1)]).toEqual([false, true]);
  });
});

describe("a budget that is refused though by its plan there is room", () => {
  it("plans with much less where somebody else used the rest, and with what it had within the hour", () => {
    const { budget, now } = scene();
    const before = budget.planned(now);
    budget.overdrawn("seconds", now, false);
    expect(budget.planned(now)).toBeLessThan(0.7 * before);
    expect(budget.planned(now + 3_600_000)).toBeCloseTo(before);
  });

  it("plans with a little less again where the two of them still are too many, and grows back slowly", () => {
    const { budget, now } = scene();
    budget.overdrawn("seconds", now, false);
    const first = budget.planned(now);
    budget.overdrawn("seconds", now + 1000, false);
    const second = budget.planned(now + 1000);
    expect(second).toBeLessThan(first);
    expect(second).toBeGreaterThan(0.9 * first);
    expect(budget.planned(now + 450_000)).toBeLessThan(second + 40);
  });

  it("begins no volley anew while somebody else may be spending it too", () => {
    const { budget, now } = scene();
    budget.overdrawn("seconds", now, false);
    budget.beginBurst(now + 600_000);
    expect(budget.isBurst).toBe(false);
    budget.beginBurst(now + 2 * 3_600_000);
    expect(budget.isBurst).toBe(true);
  });

  it("plans as before where it stands for several servers, of which the fullest refused", () => {
    const { budget, now } = scene({ width: 3 });
    const before = budget.planned(now);
    budget.overdrawn("seconds", now, true);
    expect([budget.planned(now), budget.overdrawnAt]).toEqual([before, now]);
  });

  it("plans with a little less where it used nearly all by itself", () => {
    const { budget, now } = scene();
    const before = budget.planned(now);
    budget.charge(0.97 * secondsMax, now);
    budget.overdrawn("seconds", now, false);
    expect(budget.planned(now)).toBeLessThan(before);
    expect(budget.planned(now)).toBeGreaterThan(0.95 * before);
  });

  it("plans with a little less where its many requests may have travelled for less than was believed", () => {
    const { budget, now } = scene({ travel: 0.12 });
    const before = budget.planned(now);
    for (let i = 0; i < 5000; i += 1) budget.charge(0.1, now);
    budget.overdrawn("seconds", now, false);
    expect(budget.planned(now)).toBeGreaterThan(0.95 * before);
  });

  it("never plans with nothing", () => {
    const { budget, now } = scene();
    for (let i = 0; i < 100; i += 1) budget.overdrawn("requests", now, false);
    expect(budget.planned(now)).toBeGreaterThan(0.04 * secondsMax);
  });

  it("is asked again as its share recovers, long before its window lets go", () => {
    const { budget, now } = scene();
    for (let i = 0; i < 3842; i += 1) budget.charge(0, now);
    budget.overdrawn("requests", now - 299_000, false);
    expect([budget.requestsLeft(now) < 0, budget.mayTake(0, now)]).toEqual([true, false]);
    const at = budget.nextAt(0, now);
    expect(at - now).toBeLessThanOrEqual(10_000);
    expect(budget.mayTake(0, at)).toBe(true);
  });

  it("has hardly more under way than its share sustains, and no more than that while it is tried to be more", () => {
    const { budget, now } = scene();
    budget.overdrawn("seconds", now, false);
    const underWay = (at: number): number => {
      const bookings: Booking[] = [];
      while (budget.mayTake(1, at)) {
        bookings.push({ seconds: 1, at });
        budget.book({ seconds: 1, at });
      }
      for (const booking of bookings) budget.cancel(booking);
      return bookings.length;
    };
    expect([underWay(now + 250_000), underWay(now + 350_000)]).toEqual([4, 3]);
  });

  it("sends no volley any more", () => {
    const { budget, now } = scene();
    expect([budget.mayTake(1, now), budget.isBurst]).toEqual([true, true]);
    budget.overdrawn("seconds", now, false);
    expect(budget.isBurst).toBe(false);
    expect(letIn(budget, 1, now)).toBeLessThan(6);
  });
});

describe("a budget that is left less than a lane", () => {
  /** Of which refusals, with many let in between, have left the least share; its plan is spent. */
  function spent() {
    const { budget, now, gate } = scene();
    for (let i = 0; i < 40; i += 1) {
      for (let n = 0; n < 10; n += 1) budget.charge(0.1, now);
      budget.overdrawn("requests", now, false);
    }
    return { budget, now, gate };
  }

  it("lets one short request at a time go beyond its plan, and no long one", () => {
    const { budget, now } = spent();
    expect(budget.requestsLeft(now)).toBeLessThan(0);
    expect([budget.mayTake(1.5, now), budget.mayTake(0.5, now), budget.nextAt(0.5, now)]).toEqual([false, true, now]);
    budget.book({ seconds: 0.5, at: now });
    expect([budget.mayTake(0.5, now), budget.nextAt(0.5, now) > now]).toEqual([false, true]);
  });

  it("keeps the next from going for a while when few were let in", () => {
    const { budget, now } = spent();
    budget.overdrawn("requests", now, false);
    expect([budget.mayTake(0.5, now), budget.nextAt(0.5, now)]).toEqual([false, now + 5000]);
    expect([budget.mayTake(0.5, now + 29_999), budget.mayTake(0.5, now + 30_000)]).toEqual([false, true]);
  });

  it("keeps them behind its gate", () => {
    const { budget, now, gate } = spent();
    gate.close(now + 2000, "throttled");
    expect([budget.mayTake(0.5, now), budget.nextAt(0.5, now)]).toEqual([false, now + 2000]);
  });

  it("keeps to a plan of a lane or more", () => {
    const { budget, now } = scene();
    for (let n = 0; n < 4000; n += 1) budget.charge(0.001, now);
    budget.overdrawn("requests", now, false);
    budget.overdrawn("requests", now, false);
    expect([budget.requestsLeft(now) < 0, budget.mayTake(0.5, now)]).toEqual([true, false]);
  });
});
