/** One principal and the places where it may send: each web server that a cookie leads it to, or any server, without a cookie. */
import type { Reply } from "../../transport/http.ts";
import type { Budget } from "../budgets/budget.ts";
import type { Server } from "../servers/server.ts";
import type { Servers } from "../servers/servers.ts";
import type { Width } from "../servers/width.ts";
import { Account } from "./account.ts";
import type { Candidate } from "./candidates.ts";
import { Health } from "./health.ts";
import type { Principal } from "./principal.ts";
import { Rights } from "./rights.ts";

/** Requests without a cookie in flight, at most, for each known server. */
const blindPerServer = 4;
/** Room that every server must have for each of them, seconds: such a request may come to any, so none may be closed or full. */
const blindSeconds = 10;
/** Seconds by which servers that cookies reach may be fuller than one that none reaches: else its share of the traffic would be lost. */
const aheadSeconds = 60;

export interface Place {
  readonly member: Member;
  /** The server whose cookie is sent. */
  readonly asked: Server | undefined;
  /** Of where the request is believed to go. */
  readonly budget: Budget;
  /** Seconds left on the server that the request is meant for. */
  readonly room: number;
}

export interface MemberOptions {
  readonly principal: Principal;
  /** Of the environment. */
  readonly servers: Servers;
  /** Of one more server. */
  readonly budget: (server: Server) => Budget;
  /** Of requests without a cookie. */
  readonly anywhere: Budget;
  readonly width: Width;
}

export class Member implements Candidate {
  readonly principal: Principal;
  readonly health = new Health();
  readonly rights = new Rights();
  readonly account = new Account();
  readonly anywhere: Budget;
  /** Of `anywhere`. */
  readonly width: Width;
  readonly #options: MemberOptions;
  /** Of the servers that are known. */
  readonly #budgets = new Map<Server, Budget>();
  /** Requests in flight, by the server whose cookie they carry. */
  readonly #carried = new Map<Server | undefined, number>();
  #inFlight = 0;

  constructor(options: MemberOptions) {
    this.principal = options.principal;
    this.anywhere = options.anywhere;
    this.width = options.width;
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get budgets(): readonly Budget[] {
    return this.books.map(({ budget }) => budget);
  }

  /** Its budgets, by the server that each is kept for; undefined = any. */
  get books(): readonly { readonly server: Server | undefined; readonly budget: Budget }[] {
    if (this.#budgets.size > this.#options.servers.count) this.#forgetGone();
    if (this.#budgets.size === 0) return [{ server: undefined, budget: this.anywhere }];
    return [...this.#budgets].map(([server, budget]) => ({ server, budget }));
  }

  budgetOf(server: Server): Budget {
    const known = this.#budgets.get(server);
    if (known !== undefined) return known;
    const budget = this.#options.budget(server);
    const earlier = server.before === undefined ? undefined : this.#budgets.get(server.before);
    if (earlier !== undefined) budget.follow(earlier);
    this.#forgetGone();
    this.#budgets.set(server, budget);
    return budget;
  }

  #forgetGone(): void {
    const known = new Set(this.#options.servers.known);
    for (const server of this.#budgets.keys()) if (!known.has(server)) this.#budgets.delete(server);
  }

  /** Cookies name no servers after all: what was kept for each of them is kept for any, its throttles too. */
  forgetServers(): void {
    for (const { gate } of this.#budgets.values()) this.anywhere.gate.close(gate.openAt, "throttled by the service");
    this.#budgets.clear();
  }

  /** A reply came from where `budget` is kept; of a server that nothing names, it may have come from any. */
  heed(budget: Budget, reply: Reply): void {
    for (const { gate } of this.#near(budget)) gate.heed(reply);
  }

  /** When a request may leave, in the clock's milliseconds: not before each server that it names or may come to. */
  openAt({ asked, budget }: Pick<Place, "asked" | "budget">): number {
    const budgets = asked === undefined ? this.#near(budget) : [budget, this.budgetOf(asked)];
    return Math.max(...budgets.map(({ gate }) => gate.openAt));
  }

  #near(budget: Budget): readonly Budget[] {
    return budget === this.anywhere ? [this.anywhere, ...this.#budgets.values()] : [budget];
  }

  /** A request begins (+1) or ends (-1). */
  count(asked: Server | undefined, change: 1 | -1): void {
    this.#inFlight += change;
    if (change === 1) this.health.tried();
    else this.health.ended();
    const carried = (this.#carried.get(asked) ?? 0) + change;
    if (carried === 0) this.#carried.delete(asked);
    else this.#carried.set(asked, carried);
  }

  /** Any server: for requests of which nothing else is known. */
  get blind(): Place {
    return { member: this, asked: undefined, budget: this.anywhere, room: Number.POSITIVE_INFINITY };
  }

  /** @param isExploring whether servers are looked for that are not known yet. */
  places(now: number, isExploring: boolean): readonly Place[] {
    const servers = this.#options.servers.known;
    if (servers.length === 0) return [this.blind];
    const reached: Place[] = [];
    let [missed, away] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const server of servers) {
      const budget = this.budgetOf(server);
      const room = budget.room(now);
      const asked = this.#cookieFor(server, now);
      if (asked !== undefined) reached.push({ member: this, asked, budget, room });
      else missed = Math.max(missed, room);
      if (asked === undefined && this.#options.servers.detours.isRemapped(this.principal.name, server))
        away = Math.max(away, room);
    }
    if (!isExploring && reached.length === servers.length) return reached;
    // A server that no cookie reaches is met by chance alone, and only while all others have room: they may not be used far ahead of it.
    const places = reached.filter(({ room }) => room >= away - aheadSeconds);
    const blind = this.#carried.get(undefined) ?? 0;
    const wanted = blindSeconds * (1 + blind / servers.length);
    if (!servers.every((server) => this.budgetOf(server).mayMeet(wanted, now))) return places;
    if (isExploring) return [this.blind];
    return blind < blindPerServer * servers.length ? [...places, { ...this.blind, room: missed }] : places;
  }

  #cookieFor(server: Server, now: number): Server | undefined {
    const { servers, principal } = this.#options;
    const asked = servers.way(principal.name, server, now);
    // Wherever the cookie leads now, it may lead to its own server again: not while that one is closed.
    if (asked === undefined || !this.budgetOf(asked).gate.isOpen) return undefined;
    // One request at a time finds out where a doubted cookie leads now.
    const isTried = servers.detours.isDoubted(principal.name, asked, now) && (this.#carried.get(asked) ?? 0) > 0;
    return isTried ? undefined : asked;
  }
}

/** Principals are used evenly, since in some environments each has its own part of the capacity; of one's servers the emptiest goes first. */
export function isBetter(a: Place, b: Place): boolean {
  if (a.member.inFlight !== b.member.inFlight) return a.member.inFlight < b.member.inFlight;
  return a.room > b.room;
}
