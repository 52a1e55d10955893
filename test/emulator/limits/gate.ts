/** Which web server takes a request, and whether its principal may send there now. */
import { createHash } from "node:crypto";
import type { Chance } from "../core/chance.ts";
import { errorBody } from "../wire/errors.ts";
import type { WebReply } from "../wire/http.ts";
import type { LimitSettings } from "./limits.ts";
import { serviceLimits, Window } from "./limits.ts";
import { Penalties } from "./penalties.ts";

export interface GateSettings {
  readonly servers: number;
  readonly limits: LimitSettings | "off";
  readonly graceMs: number;
  readonly seed: number;
}

export interface Route {
  readonly server: number;
  /** The client asked for this server by its cookie. */
  readonly pinned: boolean;
}

export type Admission =
  | { readonly kind: "admitted"; readonly early: boolean; readonly leave: (now: number) => void }
  | { readonly kind: "refused"; readonly early: boolean; readonly reply: WebReply };

/** The service writes the seconds so, comma and all. */
const remainingTime = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export class Gate {
  private readonly settings: GateSettings;
  private readonly chance: Chance;
  private readonly penalties: Penalties;
  /** One per principal and server. */
  private readonly windows = new Map<string, Window>();
  private readonly affinities: readonly string[];

  constructor(settings: GateSettings, chance: Chance) {
    this.settings = settings;
    this.chance = chance;
    this.penalties = new Penalties(settings.graceMs, settings.limits === "off" ? 1 : settings.limits.compression);
    this.affinities = Array.from({ length: settings.servers }, (_unused, server) =>
      createHash("sha256").update(`${settings.seed}:${server}`).digest("hex"),
    );
  }

  route(cookie: string | undefined): Route {
    const [, affinity = ""] = /(?:^|;\s*)ARRAffinity=([0-9a-f]+)/.exec(cookie ?? "") ?? [];
    const server = this.affinities.indexOf(affinity);
    return server >= 0
      ? { server, pinned: true }
      : { server: Math.floor(this.chance.next() * this.settings.servers), pinned: false };
  }

  admit(principal: string, { server, pinned }: Route, now: number): Admission {
    const early = this.penalties.early(principal, pinned ? server : undefined, now);
    if (this.settings.limits === "off") {
      return { kind: "admitted", early, leave: () => undefined };
    }
    const window = this.window(principal, server, this.settings.limits);
    const refusal = window.refusal(now);
    const inForce = this.penalties.inForce(principal, server, now);
    if (refusal === undefined && inForce === undefined) {
      return { kind: "admitted", early, leave: window.enter(now) };
    }
    const seconds = inForce ?? this.penalties.impose(principal, server, refusal?.waitMs ?? 0, now);
    const code = refusal?.code ?? "0x80072322";
    const message =
      refusal?.message ??
      `Number of requests exceeded the limit of ${this.settings.limits.requests} over time window of ${this.settings.limits.windowMs / 1000} seconds.`;
    return {
      kind: "refused",
      early,
      reply: {
        status: 429,
        headers: { "retry-after": String(seconds), "content-type": "application/json; odata.metadata=minimal" },
        body: errorBody(code, message),
      },
    };
  }

  /** A scripted throttle counts like an honest one where it names whole seconds. */
  impose(principal: string, server: number, seconds: number, now: number): void {
    this.penalties.imposeSeconds(principal, server, seconds, now);
  }

  /** What the service says of itself with every answer. */
  headers(principal: string, route: Route, now: number): Record<string, string> {
    const { limits } = this.settings;
    const left =
      limits === "off"
        ? { requests: serviceLimits.requests - 1, seconds: serviceLimits.executionMs / 1000 }
        : this.window(principal, route.server, limits).remaining(now);
    const seconds = remainingTime.format(left.seconds);
    const headers: Record<string, string> = {
      "x-ms-ratelimit-time-remaining-xrm-requests": seconds,
      "x-ms-ratelimit-burst-remaining-xrm-requests": String(left.requests),
    };
    if (!route.pinned) {
      headers["set-cookie"] = `ARRAffinity=${this.affinities[route.server] ?? ""}; path=/; secure; HttpOnly`;
    }
    return headers;
  }

  private window(principal: string, server: number, limits: LimitSettings): Window {
    const name = `${principal} ${server}`;
    let window = this.windows.get(name);
    if (window === undefined) {
      window = new Window(limits);
      this.windows.set(name, window);
    }
    return window;
  }
}
