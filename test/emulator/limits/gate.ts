/** Whether a request may enter now, on the web server that it came to; what every answer says of the limits. */
import { errorBody } from "../wire/errors.ts";
import type { WebReply } from "../wire/http.ts";
import type { Route } from "./affinity.ts";
import type { Capacity } from "./capacity.ts";
import type { LimitSettings } from "./limits.ts";
import { burstRefusal, serviceLimits } from "./limits.ts";
import type { Verdict } from "./penalties.ts";
import { Penalties } from "./penalties.ts";
import type { Lease } from "./window.ts";
import { Window } from "./window.ts";

export interface GateSettings {
  readonly limits: LimitSettings | "off";
  readonly graceMs: number;
}

export type Admission =
  | { readonly kind: "admitted"; readonly early: boolean; readonly lease: Lease; readonly leave: (now: number) => void }
  | { readonly kind: "refused"; readonly early: boolean; readonly reply: WebReply };

/** The service writes the seconds so, comma and all. */
const remainingTime = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export class Gate {
  private readonly settings: GateSettings;
  private readonly capacity: Capacity | undefined;
  private readonly penalties: Penalties;
  /** By principal, then by server. */
  private readonly windows = new Map<string, Map<number, Window>>();

  constructor(settings: GateSettings, capacity: Capacity | undefined) {
    this.settings = settings;
    this.capacity = capacity;
    const { compression, wholeSeconds } = settings.limits === "off" ? serviceLimits : settings.limits;
    this.penalties = new Penalties({ graceMs: settings.graceMs, compression, wholeSeconds });
  }

  admit(principal: string, { server, named }: Route, now: number): Admission {
    const early = this.penalties.early(principal, named, now);
    if (this.settings.limits === "off") {
      return { kind: "admitted", early, ...this.enter(undefined, now) };
    }
    const inForce = this.penalties.inForce(principal, server, early, now);
    if (inForce !== undefined) {
      return { kind: "refused", early, reply: refusedReply(inForce) };
    }
    const window = this.window(principal, server, this.settings.limits);
    const refusal = window.refusal(now, this.capacity?.full ?? false);
    if (refusal !== undefined) {
      return { kind: "refused", early, reply: refusedReply(this.penalties.impose(principal, server, refusal, now)) };
    }
    return { kind: "admitted", early, ...this.enter(window, now) };
  }

  /** A scripted throttle counts like an honest one where it names seconds. */
  impose(principal: string, server: number, seconds: number, now: number): void {
    const limits = this.settings.limits === "off" ? serviceLimits : this.settings.limits;
    this.penalties.imposeMs(principal, server, burstRefusal(limits, seconds * 1000), now);
  }

  /** What the service says of itself with every answer. */
  headers(principal: string, { server }: Route, now: number): Record<string, string> {
    const { limits } = this.settings;
    const left =
      limits === "off"
        ? { requests: serviceLimits.requests - 1, seconds: serviceLimits.executionMs / 1000 }
        : this.window(principal, server, limits).remaining(now);
    return {
      "x-ms-ratelimit-time-remaining-xrm-requests": remainingTime.format(left.seconds),
      "x-ms-ratelimit-burst-remaining-xrm-requests": String(left.requests),
    };
  }

  private enter(window: Window | undefined, now: number): { lease: Lease; leave: (now: number) => void } {
    const lease = window?.enter(now) ?? { remainingMs: () => 0, lateMs: 0 };
    this.capacity?.enter();
    return {
      lease,
      leave: (end) => {
        window?.leave(lease, end);
        this.capacity?.leave();
      },
    };
  }

  private window(principal: string, server: number, limits: LimitSettings): Window {
    const windows = this.windows.get(principal) ?? new Map<number, Window>();
    this.windows.set(principal, windows);
    let window = windows.get(server);
    if (window === undefined) {
      window = new Window(limits);
      windows.set(server, window);
    }
    return window;
  }
}

function refusedReply({ code, message, retryAfter }: Verdict): WebReply {
  return {
    status: 429,
    headers: { "retry-after": retryAfter, "content-type": "application/json; odata.metadata=minimal" },
    body: errorBody(code, message),
  };
}
