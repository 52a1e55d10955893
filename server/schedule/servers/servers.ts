/**
 * The web servers behind an environment, learned from the affinity cookies of its answers.
 * Limits are counted per principal and server, so that whoever knows the servers can use all of them. A cookie is never logged.
 */
import type { Reply } from "../../transport/http.ts";
import { windowMs } from "../budgets/sliding-sum.ts";
import { Detours } from "./detours.ts";
import type { Server } from "./server.ts";

/** Servers that are remembered; the least recently met is forgotten. So many new cookies in a row name no servers. */
const serversMax = 64;
/** A server that answered nobody for so long is gone. */
const goneMs = 3_600_000;
const cookieBytesMax = 256;

export class Servers {
  /** By cookie, the least recently met first. */
  readonly #servers = new Map<string, Server>();
  /** When each answered last, in the clock's milliseconds. */
  readonly #heardAt = new Map<Server, number>();
  readonly detours = new Detours();
  /** Servers whose cookie led elsewhere, and that have not answered since. */
  readonly #astray = new Set<Server>();
  /** Cookies in a row that were new. */
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
    if (cookie !== undefined && asked !== undefined && cookie !== asked.cookie) this.#astray.add(asked);
    const server = cookie === undefined ? asked : this.#meet(cookie, asked);
    if (server !== undefined && this.#servers.has(server.cookie)) this.#hear(server, now);
    if (asked !== undefined && server !== undefined) this.detours.met(principal, asked, server, now);
    return server;
  }

  /** The server whose cookie leads `principal` to `server` now; undefined when none is known to. */
  way(principal: string, server: Server, now: number): Server | undefined {
    const leads = (asked: Server): boolean => this.detours.end(principal, asked, now) === server;
    return leads(server) ? server : this.known.find(leads);
  }

  /** An answer that did its work and sets no cookie confirms the one that it was sent; a refusal may come from in between. */
  #strangersWith(cookie: string | undefined, status: number): number {
    if (cookie === undefined) return status < 300 ? 0 : this.#strangers;
    return this.#servers.has(cookie) ? 0 : this.#strangers + 1;
  }

  #hear(server: Server, now: number): void {
    this.#heardAt.set(server, now);
    this.#astray.delete(server);
  }

  #meet(cookie: string, asked: Server | undefined): Server {
    let server = this.#servers.get(cookie);
    if (server === undefined) {
      this.#forgetOldest();
      const [lost] = this.#astray;
      const before = asked !== undefined && this.#astray.has(asked) ? asked : lost;
      server = { number: this.#freeNumber(), cookie, ...(before === undefined ? {} : { before }) };
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
    for (const [server, at] of this.#heardAt) {
      // Its windows are empty by then: to meet it as a new one loses nothing.
      if (now - at > (this.#astray.has(server) ? windowMs : goneMs)) this.#forget(server);
    }
  }

  #forget(server: Server): void {
    this.#servers.delete(server.cookie);
    this.#heardAt.delete(server);
    this.#astray.delete(server);
    this.detours.forget(server);
  }
}

/** As sent back: name and value. */
export function cookieOf({ headers }: Reply): string | undefined {
  const [, value] = /(?:^|,\s*)ARRAffinity=([!#-+\--:<-[\]-~]+)/.exec(headers["set-cookie"] ?? "") ?? [];
  return value === undefined || value.length > cookieBytesMax ? undefined : `ARRAffinity=${value}`;
}
