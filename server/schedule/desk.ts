/**
 * Books requests: by which principal and to which web server the next one goes, and what each answer teaches about budgets, servers
 * and the round trip. It decides where, never when.
 */
import type { Clock } from "../core/clock.ts";
import type { Decisions } from "../core/log.ts";
import type { Waiting } from "../transport/gate.ts";
import { Gate } from "../transport/gate.ts";
import type { Reply } from "../transport/http.ts";
import type { Booking } from "./budget.ts";
import { Budget, lanesSustained } from "./budget.ts";
import type { Want } from "./candidates.ts";
import { anyone } from "./candidates.ts";
import { Crew } from "./crew.ts";
import type { Windows } from "./knee.ts";
import type { Place } from "./member.ts";
import { isBetter, Member } from "./member.ts";
import type { Principal } from "./principal.ts";
import { RoundTrip } from "./round-trip.ts";
import type { Server } from "./servers.ts";
import { Servers } from "./servers.ts";
import { Usual } from "./usual.ts";
import type { WaitReason } from "./waits.ts";
import { Width } from "./width.ts";

/** Which limit a throttle reply names. */
export type Throttle = "seconds" | "requests" | "concurrency" | "unknown";

/** Answers without anything new before all servers are taken for known: so many, and so many more for each. */
const dryLeast = 3;
const dryPerServer = 4;
/** Afterwards one request in so many looks for new ones. */
const exploreEvery = 50;
/** Windows as empty as this may be spent in a burst: after a pause as at the start. */
const idleShare = 0.05;
/** Windows used to this share hold requests back, or soon will. */
const bindingShare = 0.93;
/** For so long after a cookie led elsewhere, some of each window is kept for requests that come to the wrong server. */
const movedMs = 600_000;
const reserveSeconds = 30;
/** For so long what all windows hold is not summed up again, milliseconds. */
const windowsMs = 100;
/** Of a request that is addressed, seconds; where its server is not sure; and where it may be any of several, which long requests fill unevenly. */
const requestSeconds = 8;
const requestSecondsUnsure = 5;
const requestSecondsMany = 2;
/** Requests over which their mean time is taken. */
const typicalOf = 10;
/** No answer is quicker. */
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

/** A request's place: booked before it leaves, charged when it is answered. */
export interface Berth extends Booking {
  readonly member: Member;
  /** The server whose cookie it carries. */
  readonly asked: Server | undefined;
  /** Of the server that it is believed to go to. */
  budget: Budget;
  /** Requests in flight beside it when it was booked. */
  readonly others: number;
  /** Of the search for the knee; -1 when its answer tells nothing about that. */
  readonly epoch: number;
}

/** How an answered request went. */
export interface Answer {
  /** Since its bytes left. */
  readonly elapsedMs: number;
  /** Of a 429. */
  readonly throttle: Throttle | undefined;
  /** It cost the service next to nothing. */
  readonly isLight: boolean;
  /** It carried rows. */
  readonly isWork: boolean;
  /** As licences count them. */
  readonly operations: number;
}

export class Desk {
  readonly #options: DeskOptions;
  readonly crew: Crew;
  readonly #servers = new Servers();
  readonly #firstWidth = { value: Number.POSITIVE_INFINITY };
  readonly #roundTrip = new RoundTrip();
  readonly #inFlight = new Set<Berth>();
  #windows: Windows = { sustained: Number.POSITIVE_INFINITY, exact: false, travel: 0, bind: false, burst: true };
  #windowsUntil = Number.NEGATIVE_INFINITY;
  /** Mean of the requests that did work, seconds. */
  #typical = 1;
  readonly #usual = new Usual();
  #movedAt = Number.NEGATIVE_INFINITY;
  /** That a principal may have in flight. */
  #lanesEach = Number.POSITIVE_INFINITY;
  #dry = 0;
  #sinceExplored = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
    const members = options.principals.map((principal) => {
      const width = new Width(this.#firstWidth);
      const reach = (): number => (this.#servers.count > 0 ? Number.POSITIVE_INFINITY : width.value);
      const budget = (): Budget => this.#budget(principal, () => 1);
      return new Member({ principal, servers: this.#servers, budget, anywhere: this.#budget(principal, reach), width });
    });
    this.crew = new Crew(members, options);
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** The windows hold requests back, and nothing is refused. */
  calm(): void {
    if (this.#servers.count > 0) return;
    const now = this.#options.clock.now();
    for (const { anywhere, width } of this.crew.members) if (anywhere.room(now) < this.requestSeconds) width.calm(now);
  }

  /** How long a request should take, seconds. */
  get requestSeconds(): number {
    const isUnaddressed = this.#servers.count === 0;
    if (isUnaddressed && this.crew.members.some(({ width }) => width.isMany)) return requestSecondsMany;
    const isMoving = this.#options.clock.now() - this.#movedAt < movedMs;
    return isUnaddressed || isMoving ? requestSecondsUnsure : requestSeconds;
  }

  /** What each request costs the windows beside its execution, in terms of it, seconds. */
  get surcharge(): number {
    return this.#usual.surcharge;
  }

  get roundTripMs(): number {
    return this.#roundTrip.ms;
  }

  windows(): Windows {
    const now = this.#options.clock.now();
    if (now < this.#windowsUntil) return this.#windows;
    this.#windows = this.#sumUp(now);
    this.#windowsUntil = now + windowsMs;
    return this.#windows;
  }

  #sumUp(now: number): Windows {
    const members = this.crew.candidates();
    const budgets = members.flatMap((member) => member.budgets);
    const used = budgets.reduce((sum, budget) => sum + budget.used(now), 0);
    const planned = budgets.reduce((sum, budget) => sum + budget.planned(now), 0);
    if (used < idleShare * planned) for (const budget of budgets) budget.beginBurst(now);
    const burst = budgets.some((budget) => budget.isBurst);
    const reach = ({ width }: Member): number => (this.#servers.count > 0 ? this.#servers.count : width.value);
    // While a request travels, its lane is not busy.
    const travel = this.#roundTrip.ms / 1000 / this.#usual.seconds;
    const sustained = lanesSustained * (1 + travel) * members.reduce((sum, member) => sum + reach(member), 0);
    const exact = this.#servers.count > 0 || !this.crew.members.some(({ width }) => width.isMany);
    return { sustained, exact, travel, burst, bind: used >= bindingShare * planned };
  }

  endBursts(): void {
    for (const budget of this.#budgets()) budget.endBurst();
  }

  /** Capacity and windows are the same: where each principal has its own part of the capacity, nobody may take another's. */
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
      if (!place.budget.mayTake(this.#typical, now)) continue;
      if (best === undefined || isBetter(place, best)) best = place;
    }
    return best;
  }

  /** When `pick` may find a place though nothing is answered, in the clock's milliseconds. */
  nextAt(want: Want = anyone): number {
    const now = this.#options.clock.now();
    let next = Math.min(this.#servers.nextWay(now), this.crew.nextAt(now));
    for (const { budget } of this.#places(now, want)) next = Math.min(next, budget.nextAt(this.#typical, now));
    // A closed server is no place at all.
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
    // Lanes alone hold it: the next answer frees one.
    if (at === Number.POSITIVE_INFINITY || at <= now) return undefined;
    const principal = members[0]?.principal.name ?? "";
    return { untilMs: Math.ceil(clock.wall() + at - now), reason: "the limits of the service are used up", principal };
  }

  book({ member, asked, budget }: Place, seconds: number, epoch: number): Berth {
    const at = this.#options.clock.now();
    const berth = { member, asked, budget, seconds, at, epoch, others: this.#inFlight.size };
    budget.book(berth);
    member.count(asked, 1);
    this.#inFlight.add(berth);
    this.#sinceExplored = asked === undefined ? 0 : this.#sinceExplored + 1;
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
    if (reply.status !== 403) this.crew.accepted(berth.member);
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

  /** No reply came: the service may have worked on it all the while. @returns seconds charged. */
  lost(berth: Berth, { elapsedMs, operations }: Pick<Answer, "elapsedMs" | "operations">): number {
    this.cancel(berth);
    return this.#charge(berth, elapsedMs, operations);
  }

  /** @returns seconds charged. */
  #charge({ budget, member }: Berth, ms: number, operations: number): number {
    const { clock } = this.#options;
    const seconds = Math.max(secondsLeast, ms / 1000);
    budget.charge(seconds, clock.now());
    // Should its server turn out to have no name, it was spent all the same.
    if (budget !== member.anywhere) member.anywhere.charge(seconds, clock.now());
    member.account.add(seconds, operations, clock.wall());
    return seconds;
  }

  #overdrawn({ budget, member }: Berth, kind: "seconds" | "requests", now: number): void {
    const before = budget.share(now);
    const used = budget.used(now);
    if (this.#servers.count === 0) member.width.refused(budget.windowsUsed(kind, now), now);
    budget.overdrawn(kind, now, member.width.isMany);
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
    });
  }

  /** Which server answered, and where others that carry the same cookie are therefore headed. */
  #locate(berth: Berth, reply: Reply, now: number): void {
    if (this.#options.affinity === "off") return;
    const { asked, member } = berth;
    const before = this.#servers.count;
    const server = this.#servers.answered(member.principal.name, asked, reply, now);
    if (asked === undefined) this.#dry = this.#servers.count > before ? 0 : this.#dry + 1;
    if (server === undefined) {
      if (before > 0 && this.#servers.count === 0) this.#forgetServers();
      return;
    }
    if (asked !== undefined && server !== asked) this.#movedAt = now;
    this.#tellServer(berth, server, this.#servers.count > before);
    const budget = member.budgetOf(server);
    const moved = asked === undefined || server === asked ? [berth] : this.#headed(berth);
    for (const each of moved) rebook(each, budget);
  }

  /** Each answer brought another cookie, and none came again: whoever sent it, requests cannot be addressed. */
  #forgetServers(): void {
    for (const berth of this.#inFlight) rebook(berth, berth.member.anywhere);
    for (const member of this.crew.members) member.forgetServers();
    this.#movedAt = Number.NEGATIVE_INFINITY;
    this.#options.log?.warn("affinity cookies name no servers: another one came with each answer");
  }

  #tellServer({ asked, member }: Berth, server: Server, isNew: boolean): void {
    const { log } = this.#options;
    const principal = member.principal.name;
    if (isNew) log?.debug("a web server is found", { principal, server: server.number });
    if (asked === undefined || asked === server) return;
    log?.debug("a cookie led elsewhere", { principal, server: asked.number, answeredBy: server.number });
  }

  get servers(): number {
    return this.#servers.count;
  }

  /** Why nothing may go anywhere, where nothing may. */
  reason(): WaitReason {
    const budgets = this.crew.candidates().flatMap((member) => member.budgets);
    if (budgets.every(({ gate }) => !gate.isOpen)) return "throttled";
    return this.nextAt() === Number.POSITIVE_INFINITY ? "lanes" : "limits";
  }

  #headed({ member, asked }: Berth): Berth[] {
    return [...this.#inFlight].filter((each) => each.member === member && each.asked === asked);
  }

  #places(now: number, want: Want): readonly Place[] {
    const isDry = this.#dry >= dryLeast + dryPerServer * this.#servers.count;
    const isExploring = !isDry || this.#sinceExplored >= exploreEvery;
    const free = this.crew.candidates(want).filter(({ inFlight }) => inFlight < this.#lanesEach);
    return free.flatMap((member) => member.places(now, isExploring));
  }

  #budgets(): readonly Budget[] {
    return this.crew.members.flatMap((member) => member.budgets);
  }

  #budget({ name }: Principal, width: () => number): Budget {
    const { clock, retryAfterMaxMs } = this.#options;
    const travel = (): number => this.#roundTrip.ms / 1000;
    const reserve = (): number => (clock.now() - this.#movedAt < movedMs ? reserveSeconds : 0);
    return new Budget({ gate: new Gate({ clock, principal: name, retryAfterMaxMs }), width, reserve, travel });
  }
}

function rebook(berth: Berth, budget: Budget): void {
  if (berth.budget === budget) return;
  berth.budget.cancel(berth);
  berth.budget = budget;
  budget.book(berth);
}
