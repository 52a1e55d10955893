/** The principals of an environment together: whom of them to ask, what refusals teach of them, and what they have done so far. */
import type { Clock } from "../../core/clock.ts";
import type { PrincipalFigures } from "../../core/environment-figures.ts";
import type { Decisions } from "../../core/log.ts";
import { forecastMs } from "../budgets/forecast.ts";
import type { Bar, Want } from "./candidates.ts";
import { anyone, candidates, mayGoOn } from "./candidates.ts";
import { figuresOf } from "./figures.ts";
import type { Member } from "./member.ts";

export interface CrewOptions {
  readonly clock: Clock;
  readonly log?: Decisions;
}

export class Crew {
  readonly members: readonly Member[];
  readonly #clock: Clock;
  readonly #log: Decisions | undefined;

  constructor(members: readonly Member[], { clock, log }: CrewOptions) {
    this.members = members;
    this.#clock = clock;
    this.#log = log;
  }

  /** Those to choose from; never none. */
  candidates(want: Want = anyone): readonly Member[] {
    return candidates(this.members, want, this.#clock.now());
  }

  /** When `candidates` changes by itself, in the clock's milliseconds. */
  nextAt(now: number): number {
    return Math.min(...this.members.map(({ health }) => health.nextAt(now)));
  }

  /** It was answered as one that is let in. */
  accepted({ health, principal }: Member): void {
    if (health.accepted()) this.#log?.warn("a principal is let in again", { principal: principal.name });
  }

  /** It refused a request, of which nothing was applied. @returns whether that is worth sending by somebody else. */
  barred(member: Member, bar: Bar, { want, rows }: { readonly want: Want; readonly rows: number }): boolean {
    const now = this.#clock.now();
    const { health, rights } = member;
    const { scope } = want;
    const principal = member.principal.name;
    const quarantineMs = bar === "entry" ? health.refused(now) : undefined;
    if (quarantineMs !== undefined)
      this.#log?.warn("a principal is refused", { principal, seconds: quarantineMs / 1000 });
    const isAside = bar === "right" && scope !== undefined && rights.refused(scope, rows, now);
    if (isAside) this.#log?.warn("a principal lacks a privilege", { principal, scope });
    return mayGoOn(this.members, want, bar, now);
  }

  /** Of those that are let in, the share that may do what `scope` names. */
  shareOf(scope: string | undefined): number {
    const all = this.candidates();
    return candidates(all, { ...anyone, scope }, this.#clock.now()).length / all.length;
  }

  /** Milliseconds until so many seconds of execution may have been spent. */
  forecastMs(seconds: number): number {
    const budgets = this.candidates().flatMap((member) => member.budgets);
    return forecastMs(budgets, seconds, this.#clock.now());
  }

  /** Seconds of execution, of all since the beginning. */
  get executedSeconds(): number {
    return this.members.reduce((sum, { account }) => sum + account.seconds, 0);
  }

  figures(): readonly PrincipalFigures[] {
    return this.members.map((member) => figuresOf(member, this.#clock.now(), this.#clock.wall()));
  }
}
