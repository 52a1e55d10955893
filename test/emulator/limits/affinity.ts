/** Which web server takes a request: the one that its affinity cookie names, or any; and how faithfully the service keeps to it. */
import { createHash } from "node:crypto";
import type { Chance } from "../core/chance.ts";
import { seededChance } from "../core/chance.ts";

export const affinityModes = ["on", "absent", "draining", "remapped", "moved"] as const;
/**
 * on: a cookie is obeyed. absent: there are none, every request goes to a random server. draining: about once a minute
 * one server takes nobody for 15 s. remapped, also called moved: about once a minute each cookie of each principal leads
 * to another random server.
 */
export type AffinityMode = (typeof affinityModes)[number];

export interface Route {
  readonly server: number;
  /** The one that the request's cookie names. */
  readonly named: number | undefined;
}

export interface AffinitySettings {
  readonly servers: number;
  readonly mode: AffinityMode;
  /** All time shrinks by this factor. */
  readonly compression: number;
  readonly seed: number;
}

const cycleMs = 60_000;
/** Of a cycle, so that nothing can be set by it. */
const cycleSpread = 0.5;
const drainMs = 15_000;

export class Affinity {
  private readonly settings: AffinitySettings;
  private readonly chance: Chance;
  /** Of the cycles alone: what they draw must not change which server a request without cookie gets. */
  private readonly weather: Chance;
  private readonly cookies: readonly string[];
  private nextCycle: number | undefined;
  private draining: { readonly server: number; readonly until: number } | undefined;
  /** By principal: where each cookie leads. Bounded by the principals. */
  private readonly routes = new Map<string, readonly number[]>();
  private remapped = false;

  constructor(settings: AffinitySettings, chance: Chance) {
    this.settings = settings;
    this.chance = chance;
    this.weather = seededChance(settings.seed ^ 0x5eed);
    this.cookies = Array.from({ length: settings.servers }, (_unused, server) =>
      createHash("sha256").update(`${settings.seed}:${server}`).digest("hex"),
    );
  }

  route(principal: string, cookie: string | undefined, now: number): Route {
    this.pass(now);
    const named = this.settings.mode === "absent" ? undefined : this.named(cookie);
    if (named === undefined) {
      return { server: this.anyBut(this.drained(now)), named };
    }
    if (named === this.drained(now)) {
      return { server: this.anyBut(named), named };
    }
    return { server: this.remapped ? (this.routesOf(principal)[named] ?? named) : named, named };
  }

  /** The `Set-Cookie` of an answer: none where the client already names the server that it had. */
  cookie({ server, named }: Route): Readonly<Record<string, string>> {
    return this.settings.mode === "absent" || server === named
      ? {}
      : { "set-cookie": `ARRAffinity=${this.cookies[server] ?? ""}; path=/; secure; HttpOnly` };
  }

  private named(cookie: string | undefined): number | undefined {
    const [, affinity = ""] = /(?:^|;\s*)ARRAffinity=([0-9a-f]+)/.exec(cookie ?? "") ?? [];
    const server = this.cookies.indexOf(affinity);
    return server < 0 ? undefined : server;
  }

  private anyBut(not: number | undefined): number {
    const { servers } = this.settings;
    if (not === undefined) {
      return Math.floor(this.chance.next() * servers);
    }
    const other = Math.floor(this.chance.next() * (servers - 1));
    return other < not ? other : other + 1;
  }

  private drained(now: number): number | undefined {
    return this.draining !== undefined && now < this.draining.until ? this.draining.server : undefined;
  }

  /** Lets the cycles happen that lie between the last request and this one. */
  private pass(now: number): void {
    const { mode, servers, compression } = this.settings;
    if (servers === 1 || mode === "on" || mode === "absent") {
      return;
    }
    this.nextCycle ??= now + this.cycle();
    while (this.nextCycle <= now) {
      if (mode === "draining") {
        const server = Math.floor(this.weather.next() * servers);
        this.draining = { server, until: this.nextCycle + drainMs / compression };
      } else {
        this.routes.clear();
        this.remapped = true;
      }
      this.nextCycle += this.cycle();
    }
  }

  private cycle(): number {
    const spread = 1 + cycleSpread * (this.weather.next() - 0.5);
    return (cycleMs * spread) / this.settings.compression;
  }

  private routesOf(principal: string): readonly number[] {
    let routes = this.routes.get(principal);
    if (routes === undefined) {
      const { servers } = this.settings;
      routes = Array.from({ length: servers }, () => Math.floor(this.weather.next() * servers));
      this.routes.set(principal, routes);
    }
    return routes;
  }
}
