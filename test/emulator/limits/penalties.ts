/** Retry-After in force: how long it grows, and which requests came too early. */
import type { Refusal } from "./limits.ts";

interface Penalty {
  /** Milliseconds since 1970. */
  since: number;
  until: number;
  /** Milliseconds that were told. */
  told: number;
  readonly code: string;
  readonly message: string;
}

/** What a refused client is told. */
export interface Verdict {
  readonly code: string;
  readonly message: string;
  /** Seconds, as the header has them. */
  readonly retryAfter: string;
}

/** As after an extreme burst in the service, before compression. */
const growthMaxMs = 420_000;

export interface PenaltySettings {
  /** Requests that arrive so soon after a throttle answer were on their way when it was sent. */
  readonly graceMs: number;
  readonly compression: number;
  readonly wholeSeconds: boolean;
}

export class Penalties {
  /** By principal, then by server. */
  private readonly penalties = new Map<string, Map<number, Penalty>>();
  private readonly graceMs: number;
  private readonly quantumMs: number;
  private readonly capMs: number;

  constructor({ graceMs, compression, wholeSeconds }: PenaltySettings) {
    this.graceMs = graceMs;
    this.quantumMs = wholeSeconds ? 1000 : 1;
    this.capMs = this.roundUp(growthMaxMs / compression);
  }

  impose(principal: string, server: number, { code, message, waitMs }: Refusal, now: number): Verdict {
    const told = this.roundUp(waitMs);
    this.keep(principal, server, { since: now, until: now + told, told, code, message });
    return { code, message, retryAfter: String(told / 1000) };
  }

  /** A scripted throttle counts like an honest one. */
  imposeMs(principal: string, server: number, refusal: Refusal, now: number): void {
    const { code, message, waitMs } = refusal;
    this.keep(principal, server, { since: now, until: now + waitMs, told: waitMs, code, message });
  }

  /** What is in force at this server; undefined if nothing is. Grows with every early request. */
  inForce(principal: string, server: number, early: boolean, now: number): Verdict | undefined {
    const penalty = this.penalties.get(principal)?.get(server);
    if (penalty === undefined || now >= penalty.until) {
      return undefined;
    }
    if (early && this.isEarly(penalty, now)) {
      // Of what is left: two clients of a principal that do not know of each other must still be let in one day.
      penalty.told = Math.max(penalty.until - now, Math.min(this.capMs, this.roundUp(1.5 * (penalty.until - now))));
      penalty.until = now + penalty.told;
      penalty.since = now;
    }
    const { code, message, until } = penalty;
    return { code, message, retryAfter: String(this.roundUp(until - now) / 1000) };
  }

  /** Whether the request came before a Retry-After was over: at the server that it names, or at any if it names none. */
  early(principal: string, server: number | undefined, now: number): boolean {
    const penalties = this.penalties.get(principal);
    if (penalties === undefined) {
      return false;
    }
    if (server !== undefined) {
      const penalty = penalties.get(server);
      return penalty !== undefined && this.isEarly(penalty, now);
    }
    return [...penalties.values()].some((penalty) => this.isEarly(penalty, now));
  }

  /** A longer penalty in force stays. */
  private keep(principal: string, server: number, penalty: Penalty): void {
    const penalties = this.penalties.get(principal) ?? new Map<number, Penalty>();
    this.penalties.set(principal, penalties);
    const known = penalties.get(server);
    if (known === undefined || known.until < penalty.until) {
      penalties.set(server, penalty);
    }
  }

  private isEarly(penalty: Penalty, now: number): boolean {
    return now < penalty.until && now > penalty.since + this.graceMs;
  }

  /** At least one quantum; what arithmetic on fractions adds does not count. */
  private roundUp(ms: number): number {
    return Math.max(1, Math.ceil(ms / this.quantumMs - 1e-9)) * this.quantumMs;
  }
}
