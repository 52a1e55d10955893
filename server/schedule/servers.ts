/**
 * The web servers behind an environment, learned from the affinity cookies of its answers, and which cookie leads a principal where.
 * Limits are counted per principal and server, so that whoever knows the servers can use all of them. A cookie is never logged.
 */
import type { Reply } from "../transport/http.ts";

/** More cookies than that are no servers: the least recently met is forgotten. */
const serversMax = 64;
/** For so long a cookie that led elsewhere is not tried again: servers that drain take their own back. */
const beliefMs = 10_000;
/** A server that answered nobody for so long is gone. */
const goneMs = 3_600_000;
/** So many requests in a row do not come to the same server by chance. */
const sureTimes = 3;
const cookieBytesMax = 256;

export interface Server {
  /** From 1 to 64, in the order of their discovery; that of a server that was forgotten is given again. For people and metrics. */
  readonly number: number;
  readonly cookie: string;
}

interface Detour {
  readonly to: Server;
  readonly until: number;
  /** Requests in a row that came to it. */
  readonly times: number;
}

export class Servers {
  /** By cookie, the least recently met first. */
  readonly #servers = new Map<string, Server>();
  /** When each answered last, in the clock's milliseconds. */
  readonly #heardAt = new Map<Server, number>();
  /** By principal: cookies that led to another server than their own. At most one for each server. */
  readonly #detours = new Map<string, Map<Server, Detour>>();
  /** Cookies in a row that had not come before, and did not come again. */
  #strangers = 0;
  #isNameless = false;

  get known(): readonly Server[] {
    return [...this.#servers.values()];
  }

  get count(): number {
    return this.#servers.size;
  }

  /**
   * The server that answered: the one its cookie names, or, without a new cookie, the one that was asked for. Undefined when neither
   * tells, and for good once cookies have turned out to name nobody: then no server is known any more.
   */
  answered(principal: string, asked: Server | undefined, reply: Reply, now: number): Server | undefined {
    if (this.#isNameless) return undefined;
    this.#forgetGone(now);
    const cookie = cookieOf(reply);
    this.#strangers = this.#strangersWith(cookie, reply.status);
    if (this.#strangers > serversMax) {
      this.#isNameless = true;
      for (const server of this.known) this.#forget(server);
      return undefined;
    }
    const server = cookie === undefined ? asked : this.#meet(cookie);
    if (server !== undefined && this.#servers.has(server.cookie)) this.#heardAt.set(server, now);
    if (asked !== undefined && server !== undefined) this.#believe(principal, asked, server, now);
    return server;
  }

  /** The server whose cookie leads `principal` to `server` now; undefined when none is known to. */
  way(principal: string, server: Server, now: number): Server | undefined {
    const detours = this.#detours.get(principal);
    if (detours === undefined) return server;
    if (this.#leads(detours, server, now) === server) return server;
    for (const other of this.#servers.values()) if (this.#leads(detours, other, now) === server) return other;
    return undefined;
  }

  /** When the first cookie that leads elsewhere is believed to have come back, in the clock's milliseconds. */
  nextWay(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const detours of this.#detours.values()) {
      for (const { until } of detours.values()) if (until > now) next = Math.min(next, until);
    }
    return next;
  }

  #leads(detours: ReadonlyMap<Server, Detour>, asked: Server, now: number): Server {
    const detour = detours.get(asked);
    return detour !== undefined && now < detour.until ? detour.to : asked;
  }

  #believe(principal: string, asked: Server, to: Server, now: number): void {
    const detours = this.#detours.get(principal) ?? new Map<Server, Detour>();
    this.#detours.set(principal, detours);
    const before = detours.get(asked);
    const times = before?.to === to ? before.times + 1 : 1;
    if (to === asked) detours.delete(asked);
    else detours.set(asked, { to, until: now + beliefMs, times });
  }

  /** Its cookie leads to another server, always the same: it may stay out of reach for long. Of one that drains it leads to any. */
  isRemapped(principal: string, server: Server): boolean {
    return (this.#detours.get(principal)?.get(server)?.times ?? 0) >= sureTimes;
  }

  /** It led elsewhere the last time, some time ago. */
  isDoubted(principal: string, asked: Server, now: number): boolean {
    const detour = this.#detours.get(principal)?.get(asked);
    return detour !== undefined && now >= detour.until;
  }

  /** An answer that did its work and sets no cookie confirms the one that it was sent; a refusal may come from in between. */
  #strangersWith(cookie: string | undefined, status: number): number {
    if (cookie === undefined) return status < 300 ? 0 : this.#strangers;
    return this.#servers.has(cookie) ? 0 : this.#strangers + 1;
  }

  #meet(cookie: string): Server {
    let server = this.#servers.get(cookie);
    if (server === undefined) {
      this.#forgetOldest();
      server = { number: this.#freeNumber(), cookie };
    } else this.#servers.delete(cookie);
    this.#servers.set(cookie, server);
    return server;
  }

  #freeNumber(): number {
    const taken = new Set(this.known.map(({ number }) => number));
    let number = 1;
    while (taken.has(number)) number += 1;
    return number;
  }

  #forgetOldest(): void {
    const [oldest] = this.#servers.values();
    if (oldest !== undefined && this.#servers.size >= serversMax) this.#forget(oldest);
  }

  /** Servers are taken away, and their cookies lead elsewhere from then on. */
  #forgetGone(now: number): void {
    for (const [server, at] of this.#heardAt) if (now - at > goneMs) this.#forget(server);
  }

  #forget(server: Server): void {
    this.#servers.delete(server.cookie);
    this.#heardAt.delete(server);
    for (const detours of this.#detours.values()) detours.delete(server);
  }
}

/** As sent back: name and value. */
export function cookieOf({ headers }: Reply): string | undefined {
  const [, value] = /(?:^|,\s*)ARRAffinity=([\w.~+/=-]+)/.exec(headers["set-cookie"] ?? "") ?? [];
  return value === undefined || value.length > cookieBytesMax ? undefined : `ARRAffinity=${value}`;
}
