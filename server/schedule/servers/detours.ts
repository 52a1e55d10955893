/** Which cookies led a principal to another server than they name, and for how long that is believed. At most one detour a server. */
import type { Server } from "./server.ts";

/** For so long a cookie that led elsewhere is taken to lead there still. Then it is tried again: a server that drained may be back. */
const beliefMs = 10_000;
/** So many requests in a row that came to the same other server did not do so by chance. */
const sureTimes = 3;

interface Detour {
  readonly to: Server;
  readonly until: number;
  /** Requests in a row that came to it. */
  readonly times: number;
}

export class Detours {
  /** By principal and the server that a cookie names. */
  readonly #detours = new Map<string, Map<Server, Detour>>();

  /** A request of `principal` with the cookie of `asked` was answered by `to`. */
  met(principal: string, asked: Server, to: Server, now: number): void {
    const detours = this.#detours.get(principal) ?? new Map<Server, Detour>();
    this.#detours.set(principal, detours);
    const before = detours.get(asked);
    const times = before?.to === to ? before.times + 1 : 1;
    if (to === asked) detours.delete(asked);
    else detours.set(asked, { to, until: now + beliefMs, times });
  }

  /** The server that the cookie of `asked` leads to now. */
  end(principal: string, asked: Server, now: number): Server {
    const detour = this.#detours.get(principal)?.get(asked);
    return detour !== undefined && now < detour.until ? detour.to : asked;
  }

  /** When the first cookie that leads elsewhere is believed to have come back, in the clock's milliseconds. */
  nextEnd(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const detours of this.#detours.values()) {
      for (const { until } of detours.values()) if (until > now) next = Math.min(next, until);
    }
    return next;
  }

  /** The cookie leads to one other server, always the same: its own may be out of reach for long. That of a server which drains leads to any. */
  isRemapped(principal: string, asked: Server): boolean {
    return (this.#detours.get(principal)?.get(asked)?.times ?? 0) >= sureTimes;
  }

  /** The cookie led elsewhere when it was last used, but too long ago to be believed. */
  isDoubted(principal: string, asked: Server, now: number): boolean {
    const detour = this.#detours.get(principal)?.get(asked);
    return detour !== undefined && now >= detour.until;
  }

  forget(server: Server): void {
    for (const detours of this.#detours.values()) detours.delete(server);
  }
}
