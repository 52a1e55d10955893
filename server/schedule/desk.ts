/**
 * Books requests: decides by which principal and to which web server each goes, and takes from each answer what it teaches of budgets,
 * servers and the round trip. It decides where a request goes, never when.
 */
import type { Clock } from "../core/clock.ts";
import type { Decisions } from "../core/log.ts";
import type { Waiting } from "../transport/gate.ts";
import { Gate } from "../transport/gate.ts";
import type { Reply } from "../transport/http.ts";
import { isNoEntry } from "../transport/no-entry.ts";
import type { Booking, BudgetOptions } from "./budgets/budget.ts";
import { Budget } from "./budgets/budget.ts";
import { windowMs } from "./budgets/sliding-sum.ts";
import type { Want } from "./principals/candidates.ts";
import { anyone } from "./principals/candidates.ts";
import { Crew } from "./principals/crew.ts";
import type { Place } from "./principals/member.ts";
import { isBetter, Member } from "./principals/member.ts";
import type { Principal } from "./principals/principal.ts";
import type { Windows } from "./principals/windows.ts";
import { AllWindows } from "./principals/windows.ts";
import { RoundTrip } from "./round-trip.ts";
import type { Server } from "./servers/server.ts";
import { Whereabouts } from "./servers/whereabouts.ts";
import { Width } from "./servers/width.ts";
import type { WaitReason } from "./turns/waits.ts";
import { Usual } from "./usual.ts";

/** Which limit a throttle reply names. */
export type Throttle = "seconds" | "requests" | "concurrency" | "unknown";

/** Seconds of each window that are kept free while cookies lead astray, for requests that come to the wrong server. */
const reserveSeconds = 30;
/**
 * How long a request should take, seconds: where it is addressed to a server; where cookies lead astray, or there are none; and where it may
 * come to any of several servers, which long requests would fill unevenly.
 */
const requestSeconds = 8;
const requestSecondsUnsure = 5;
const requestSecondsMany = 2;
/** Requests over which `#typical` is taken. */
const typicalOf = 10;
/** Least that an answered request is charged, seconds. */
const secondsLeast = 0.001;

export interface DeskOptions {
  readonly clock: Clock;
  readonly principals: readonly Principal[];
  /** `off`: no cookie is sent, whatever the service sets. */
  readonly affinity: "auto" | "off";
  /** The longest Retry-After that is obeyed, milliseconds. */
  readonly retryAfterMaxMs: number;
  readonly log?: Decisions;
}

/** One attempt of a request, booked before it leaves and charged when it is answered: who sends it, and where to. */
export interface Berth extends Booking {
  readonly member: Member;
  /** The server whose cookie it carries; undefined: it carries none. */
  readonly asked: Server | undefined;
  /** Of the server that it is believed to go to; replaced when an answer shows otherwise. */
  budget: Budget;
  /** Requests in flight beside it when it was booked. */
  readonly others: number;
  /** As `Knee.epoch` when it was booked; -1 when its answer tells nothing of how many lanes there are. */
  readonly epoch: number;
}

interface BudgetOf extends Pick<BudgetOptions, "width" | "isPart"> {
  /** Its number; absent where the budget stands for any. */
  readonly server?: number;
}

/** How an answered request went. */
export interface Answer {
  /** Since its bytes left. */
  readonly elapsedMs: number;
  /** Of a 429. */
  readonly throttle: Throttle | undefined;
  /** A read that costs the service next to nothing, so that its time is the round trip. */
  readonly isLight: boolean;
  /** It carried rows. */
  readonly isWork: boolean;
  /** As licences count them. */
  readonly operations: number;
}

export class Desk {
  readonly #options: DeskOptions;
  readonly crew: Crew;
  readonly #whereabouts: Whereabouts;
  readonly #windows: AllWindows;
  readonly #firstWidth = { value: Number.POSITIVE_INFINITY };
  readonly #roundTrip = new RoundTrip();
  readonly #inFlight = new Set<Berth>();
  /** What the next request is taken to cost, seconds: the mean of the last ones that carried rows. */
  #typical = 1;
  readonly #usual = new Usual();
  /** When the first request was booked: until a window has passed since, none was ever full. */
  #firstAt = Number.POSITIVE_INFINITY;
  /** When a stream last came that needs little. */
  #littleAt = Number.NEGATIVE_INFINITY;
  /** Requests that one principal may have in flight. */
  #lanesEach = Number.POSITIVE_INFINITY;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#whereabouts = new Whereabouts(options);
    const { servers } = this.#whereabouts;
    const members = options.principals.map((principal) => {
      const width = new Width(this.#firstWidth);
      const reach = (): number => (servers.count > 0 ? Number.POSITIVE_INFINITY : width.value);
      const budget = ({ number }: Server): Budget => this.#budget(principal, { width: () => 1, server: number });
      return new Member({
        principal,
        servers,
        budget,
        anywhere: this.#budget(principal, { width: reach, isPart: () => width.isShared }),
        width,
      });
    });
    this.crew = new Crew(members, options);
    const travel = (): number => this.#roundTrip.ms / 1000 / this.#usual.seconds;
    this.#windows = new AllWindows({ crew: this.crew, servers, travel });
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** The windows hold requests back, and nothing is refused: guessed widths may grow. */
  calm(): void {
    if (this.servers > 0) return;
    const now = this.#options.clock.now();
    for (const member of this.crew.members) {
      const before = member.width.value;
      if (member.anywhere.isSpent(now)) member.width.calm(now);
      const { value } = member.width;
      if (value === before) continue;
      const { name } = member.principal;
      this.#options.log?.debug("a principal may have more", { principal: name, width: value, before });
    }
  }

  /** How long a request should take, seconds. */
  get requestSeconds(): number {
    const now = this.#options.clock.now();
    if (this.servers > 0) return this.#whereabouts.isMoving(now) ? requestSecondsUnsure : requestSeconds;
    // A width is guessed by the first refusal, which long requests would bring on too soon: by chance they fill one server more than the others.
    const isFilling = now - this.#firstAt < windowMs;
    const isMany = (width: Width): boolean => width.isGuess || (isFilling && width.value !== 1);
    return this.crew.members.some(({ width }) => isMany(width)) ? requestSecondsMany : requestSecondsUnsure;
  }

  /** What each request costs the windows beside its execution, in terms of it, seconds. */
  get surcharge(): number {
    return this.#usual.surcharge;
  }

  get roundTripMs(): number {
    return this.#roundTrip.ms;
  }

  windows(): Windows {
    return this.#windows.at(this.#options.clock.now());
  }

  /** A stream came that needs little: for a window, room is left for the next such one. */
  expectLittle(): void {
    this.#littleAt = this.#options.clock.now();
  }

  /** Milliseconds until so many seconds of execution may have been spent; infinite while nobody knows. */
  forecastMs(seconds: number): number {
    const now = this.#options.clock.now();
    const isYoung = now - this.#firstAt < windowMs;
    const budgets = isYoung ? this.crew.candidates().flatMap((member) => member.budgets) : [];
    // Until a window has passed or a refusal came, nothing tells how many there are: a burst into them is no pace.
    const isUnknown = budgets.some(({ width }) => width === Number.POSITIVE_INFINITY);
    const sure = budgets.reduce((sum, budget) => sum + budget.roomOfOne(now), 0);
    return isUnknown && seconds > sure ? Number.POSITIVE_INFINITY : this.crew.forecastMs(seconds);
  }

  endBursts(): void {
    for (const budget of this.#budgets()) budget.endBurst();
  }

  /** @param isEven capacity and windows are the same. Each principal may then have its own part of the capacity, and takes no other's lanes. */
  keepEven(isEven: boolean): void {
    const each = this.windows().sustained / this.crew.candidates().length;
    this.#lanesEach = isEven ? Math.max(1, Math.round(each)) : Number.POSITIVE_INFINITY;
  }

  /** Each principal's place for requests to any server. */
  alone(): readonly Place[] {
    return this.crew.members.map((member) => member.blind);
  }

  /** Where a request of so many seconds may go now; undefined when it may go nowhere. */
  pick(want: Want = anyone): Place | undefined {
    const now = this.#options.clock.now();
    let best: Place | undefined;
    for (const place of this.#places(now, want)) {
      if (!place.budget.mayTake(this.#typical, now, want.needsLittle)) continue;
      if (best === undefined || isBetter(place, best)) best = place;
    }
    return best;
  }

  /** When `pick` may find a place though nothing is answered, in the clock's milliseconds. */
  nextAt(want: Want = anyone): number {
    const now = this.#options.clock.now();
    let next = Math.min(this.#whereabouts.servers.detours.nextEnd(now), this.crew.nextAt(now));
    for (const { budget } of this.#places(now, want))
      next = Math.min(next, budget.nextAt(this.#typical, now, want.needsLittle));
    // Servers whose gate is closed are not among the places.
    for (const { gate } of this.#budgets()) if (!gate.isOpen) next = Math.min(next, gate.openAt);
    return next;
  }

  /** Until when no request of so many seconds may go anywhere, and why; undefined while one may. */
  waiting(want: Want = anyone): Waiting | undefined {
    if (this.pick(want) !== undefined) return undefined;
    const { clock } = this.#options;
    const now = clock.now();
    const members = this.crew.candidates(want);
    const budgets = members.flatMap((member) => member.budgets);
    const open = budgets.filter(({ gate }) => gate.isOpen);
    const [first] = budgets.map(({ gate }) => gate).sort((a, b) => a.openAt - b.openAt);
    if (open.length === 0) return first?.waiting;
    const at = this.nextAt(want);
    // Only lanes hold it back: the next answer frees one, no time.
    if (at === Number.POSITIVE_INFINITY || at <= now) return undefined;
    const principal = members[0]?.principal.name ?? "";
    return { untilMs: Math.ceil(clock.wall() + at - now), reason: "the limits of the service are used up", principal };
  }

  book({ member, asked, budget }: Place, seconds: number, epoch: number): Berth {
    const at = this.#options.clock.now();
    this.#firstAt = Math.min(this.#firstAt, at);
    const berth = { member, asked, budget, seconds, at, epoch, others: this.#inFlight.size };
    budget.book(berth);
    member.count(asked, 1);
    this.#inFlight.add(berth);
    this.#whereabouts.sent(asked);
    return berth;
  }

  /** Its bytes never left. */
  cancel(berth: Berth): void {
    if (!this.#inFlight.delete(berth)) return;
    berth.budget.cancel(berth);
    berth.member.count(berth.asked, -1);
  }

  /** A whole reply came. @returns what the service will charge, seconds. */
  answered(berth: Berth, reply: Reply, { elapsedMs, throttle, isLight, isWork, operations }: Answer): number {
    const { clock } = this.#options;
    const now = clock.now();
    this.#locate(berth, reply, now);
    this.cancel(berth);
    berth.member.heed(berth.budget, reply);
    if (reply.status !== 403 && !isNoEntry(reply)) this.crew.accepted(berth.member);
    if (isLight) this.#roundTrip.read(elapsedMs);
    if (throttle !== undefined) {
      this.#roundTrip.throttled(elapsedMs);
      const isNews = berth.at > berth.budget.overdrawnAt;
      if (isNews && (throttle === "seconds" || throttle === "requests")) this.#overdrawn(berth, throttle, now);
      return 0;
    }
    const seconds = this.#charge(berth, elapsedMs - this.#roundTrip.ms, operations);
    if (isWork) {
      this.#typical += (seconds - this.#typical) / typicalOf;
      this.#usual.add(seconds);
    }
    return seconds;
  }

  /** Which limit a throttle is about that names none: a window if our own use explains it; else requests at once, if others were in flight. */
  named(throttle: Throttle, { budget, others }: Berth): Throttle {
    if (throttle !== "unknown") return throttle;
    return budget.explains(this.#options.clock.now()) ?? (others > 0 ? "concurrency" : "seconds");
  }

  /** No reply came: the service may have worked on it all the while. @returns seconds charged. */
  lost(berth: Berth, { elapsedMs, operations }: Pick<Answer, "elapsedMs" | "operations">): number {
    this.cancel(berth);
    const seconds = this.#charge(berth, elapsedMs, operations);
    const { name } = berth.member.principal;
    this.#options.log?.debug("a reply is lost", { principal: name, server: berth.asked?.number ?? 0, seconds });
    return seconds;
  }

  /** @returns seconds charged. */
  #charge({ budget, member }: Berth, ms: number, operations: number): number {
    const { clock } = this.#options;
    const seconds = Math.max(secondsLeast, ms / 1000);
    budget.charge(seconds, clock.now());
    // Cookies may turn out to name no servers: the budget for any server then knows what was spent.
    if (budget !== member.anywhere) member.anywhere.charge(seconds, clock.now());
    member.account.add(seconds, operations, clock.wall());
    return seconds;
  }

  #overdrawn({ budget, member }: Berth, kind: "seconds" | "requests", now: number): void {
    const before = budget.share(now);
    const used = budget.used(now);
    if (this.servers === 0) member.width.refused(budget.windowsUsed(kind, now), now);
    budget.overdrawn(kind, now, member.width.isGuess);
    const server = member.books.find((book) => book.budget === budget)?.server?.number ?? 0;
    const { name } = member.principal;
    const share = budget.share(now);
    this.#options.log?.debug("a budget is overdrawn", {
      principal: name,
      server,
      reason: kind,
      seconds: used,
      before,
      share,
      width: budget.width,
    });
  }

  /** Notes which server answered, and rebooks the requests that are headed there with the same cookie. */
  #locate(berth: Berth, reply: Reply, now: number): void {
    const { asked, member } = berth;
    const before = this.servers;
    const server = this.#whereabouts.answered(member.principal.name, asked, reply, now);
    if (server === undefined) {
      if (before > 0 && this.servers === 0) this.#forgetServers();
      return;
    }
    const budget = member.budgetOf(server);
    const moved = asked === undefined || server === asked ? [berth] : this.#headed(berth);
    for (const each of moved) rebook(each, budget);
  }

  /** Cookies turned out to name no servers. */
  #forgetServers(): void {
    for (const berth of this.#inFlight) rebook(berth, berth.member.anywhere);
    for (const member of this.crew.members) member.forgetServers();
  }

  get servers(): number {
    return this.#whereabouts.servers.count;
  }

  /** What holds requests back; asked where nothing may go anywhere. */
  reason(): WaitReason {
    const budgets = this.crew.candidates().flatMap((member) => member.budgets);
    if (budgets.every(({ gate }) => !gate.isOpen)) return "throttled";
    return this.nextAt() === Number.POSITIVE_INFINITY ? "lanes" : "limits";
  }

  #headed({ member, asked }: Berth): Berth[] {
    return [...this.#inFlight].filter((each) => each.member === member && each.asked === asked);
  }

  #places(now: number, want: Want): readonly Place[] {
    const { isExploring } = this.#whereabouts;
    const places: Place[] = [];
    for (const member of this.crew.candidates(want)) {
      if (member.inFlight >= this.#lanesEach) continue;
      for (const place of member.places(now, isExploring)) places.push(place);
    }
    return places;
  }

  #budgets(): readonly Budget[] {
    const budgets: Budget[] = [];
    for (const member of this.crew.members) for (const budget of member.budgets) budgets.push(budget);
    return budgets;
  }

  #budget({ name }: Principal, { server, width, isPart }: BudgetOf): Budget {
    const { clock, retryAfterMaxMs, log } = this.#options;
    const travel = (): number => this.#roundTrip.ms / 1000;
    const reserve = (): number => (this.#whereabouts.isMoving(clock.now()) ? reserveSeconds : 0);
    const gate = new Gate({ clock, principal: name, server, retryAfterMaxMs, log });
    const expectsLittle = (): boolean => clock.now() - this.#littleAt < windowMs;
    return new Budget({ gate, width, ...(isPart && { isPart }), reserve, expectsLittle, travel });
  }
}

function rebook(berth: Berth, budget: Budget): void {
  if (berth.budget === budget) return;
  berth.budget.cancel(berth);
  berth.budget = budget;
  budget.book(berth);
}
