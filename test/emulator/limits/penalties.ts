/** Retry-After in force: how long it grows, and which requests came too early. */

interface Penalty {
  /** Milliseconds since 1970. */
  since: number;
  until: number;
  seconds: number;
}

/** As after an extreme burst in the service, before compression. */
const growthMaxS = 420;

export class Penalties {
  /** One per principal and server. */
  private readonly penalties = new Map<string, Penalty>();
  private readonly graceMs: number;
  private readonly compression: number;

  /** `graceMs`: requests that arrive so soon after a throttle answer were on their way when it was sent. */
  constructor(graceMs: number, compression: number) {
    this.graceMs = graceMs;
    this.compression = compression;
  }

  /** Whole seconds to tell the client, at least 1. A longer penalty in force stays. */
  impose(principal: string, server: number, waitMs: number, now: number): number {
    return this.imposeSeconds(principal, server, Math.max(1, Math.ceil(waitMs / 1000)), now);
  }

  imposeSeconds(principal: string, server: number, seconds: number, now: number): number {
    const name = `${principal} ${server}`;
    const known = this.penalties.get(name);
    const until = now + seconds * 1000;
    if (known === undefined || known.until < until) {
      this.penalties.set(name, { since: now, until, seconds });
    }
    return seconds;
  }

  /** Whole seconds of what is in force at this server; undefined if nothing is. Grows with every early request. */
  inForce(principal: string, server: number, now: number): number | undefined {
    const penalty = this.penalties.get(`${principal} ${server}`);
    if (penalty === undefined || now >= penalty.until) {
      return undefined;
    }
    if (this.isEarly(penalty, now)) {
      const cap = Math.max(1, Math.ceil(growthMaxS / this.compression));
      penalty.seconds = Math.max(penalty.seconds, Math.min(cap, penalty.seconds + Math.ceil(penalty.seconds / 2)));
      penalty.until = Math.max(penalty.until, now + penalty.seconds * 1000);
      penalty.since = now;
    }
    return Math.max(1, Math.ceil((penalty.until - now) / 1000));
  }

  /** Whether the request came before a Retry-After was over: at its server, or at any if it is pinned to none. */
  early(principal: string, server: number | undefined, now: number): boolean {
    for (const [name, penalty] of this.penalties) {
      const concerned = server === undefined ? name.startsWith(`${principal} `) : name === `${principal} ${server}`;
      if (concerned && this.isEarly(penalty, now)) {
        return true;
      }
    }
    return false;
  }

  private isEarly(penalty: Penalty, now: number): boolean {
    return now < penalty.until && now > penalty.since + this.graceMs;
  }
}
