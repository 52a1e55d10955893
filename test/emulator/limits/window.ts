/** One principal's use of one web server, measured by the three limits. */
import { Arrivals } from "./arrivals.ts";
import { BusyTime } from "./busy-time.ts";
import type { LimitSettings, Refusal } from "./limits.ts";
import { burstRefusal, concurrencyRefusal, timeRefusal } from "./limits.ts";

/** A request that runs. */
export interface Lease {
  /** Milliseconds that it will still take, as far as is known; asked for only when a full window must be told of. */
  remainingMs: () => number;
  /** Milliseconds that it was there but not running: late timers and the emulator's own work, which compression would multiply. */
  lateMs: number;
}

/** In windows: after an extreme burst the service was seen to ask for six to seven minutes. */
const longestWait = 1.4;

export class Window {
  private readonly settings: LimitSettings;
  private readonly windowMs: number;
  private readonly arrivals = new Arrivals();
  private readonly busy: BusyTime;
  /** Bounded by the limit of concurrent requests. */
  private readonly leases = new Set<Lease>();
  private refusedInRow = 0;

  constructor(settings: LimitSettings) {
    this.settings = settings;
    this.windowMs = settings.windowMs / settings.compression;
    this.busy = new BusyTime(this.windowMs);
  }

  /** Why a request that arrives now must wait; undefined if there is room. `crowded`: the environment has none. */
  refusal(now: number, crowded: boolean): Refusal | undefined {
    if (crowded || this.leases.size >= this.settings.concurrent) {
      const refusal = concurrencyRefusal(this.settings, this.refusedInRow);
      this.refusedInRow += 1;
      return refusal;
    }
    this.arrivals.forget(now - this.windowMs);
    return this.burst(now) ?? this.execution(now);
  }

  enter(now: number): Lease {
    const lease = { remainingMs: () => 0, lateMs: 0 };
    this.refusedInRow = 0;
    this.arrivals.add(now);
    this.busy.change(now, 1);
    this.leases.add(lease);
    return lease;
  }

  /** Called once, when the request has been answered. */
  leave(lease: Lease, now: number): void {
    this.leases.delete(lease);
    this.busy.change(now, -1, lease.lateMs);
  }

  /** What the answer's headers say is left: requests, and seconds of execution before compression. */
  remaining(now: number): { readonly requests: number; readonly seconds: number } {
    this.arrivals.forget(now - this.windowMs);
    const left = this.settings.executionMs - this.busy.used(now) * this.settings.compression;
    return { requests: Math.max(0, this.settings.requests - this.arrivals.count), seconds: Math.max(0, left / 1000) };
  }

  private burst(now: number): Refusal | undefined {
    const { requests, room } = this.settings;
    const excess = this.arrivals.count - requests;
    if (excess < 0) {
      return undefined;
    }
    const oldest = this.arrivals.nth(excess + Math.max(1, Math.ceil(requests * room)));
    return burstRefusal(this.settings, oldest === undefined ? this.windowMs : oldest + this.windowMs - now);
  }

  private execution(now: number): Refusal | undefined {
    const { executionMs, compression, room } = this.settings;
    const allowed = executionMs / compression;
    const used = this.busy.used(now);
    if (used < allowed) {
      return undefined;
    }
    let remaining = 0;
    for (const lease of this.leases) {
      remaining += lease.remainingMs();
    }
    // What a volley takes beyond the limit is paid back at the rate that the limit allows; a window that empties as fast
    // as the volley filled it would give the surplus away each time.
    const surplusMs = (used + remaining - allowed) * (this.windowMs / allowed);
    const paidBackMs = Math.min(longestWait * this.windowMs, this.busy.untilLeaving(now) + surplusMs);
    return timeRefusal(this.settings, Math.max(paidBackMs, this.busy.wait(now, allowed * (1 - room), remaining)));
  }
}
