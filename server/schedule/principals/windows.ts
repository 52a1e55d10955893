/** The windows of all principals and servers together: what they sustain, whether they bind, and whether they may be spent in a burst. */
import { lanesSustained } from "../budgets/budget.ts";
import type { Servers } from "../servers/servers.ts";
import type { Crew } from "./crew.ts";

/** Windows as empty as this may be spent in a burst: after a pause as at the start. */
const idleShare = 0.05;
/** Windows used to this share hold requests back, or soon will. */
const bindingShare = 0.93;
/** For so long what all windows hold is not summed up again, milliseconds. */
const windowsMs = 100;

export interface Windows {
  /** Requests in flight that they sustain for ever; infinite while nothing is known. */
  readonly sustained: number;
  /** Requests in flight that they take at once, however empty they are; infinite where servers may still be found. */
  readonly most: number;
  /** What they sustain is known, not guessed from refusals. */
  readonly exact: boolean;
  /** Time for which a request travels, in terms of that for which it is executed. */
  readonly travel: number;
  /** Principals that may send; at least one. */
  readonly principals: number;
  /** They hold requests back, or soon will. */
  readonly bind: boolean;
  /** They are still nearly empty. */
  readonly burst: boolean;
}

export interface WindowsOf {
  readonly crew: Crew;
  readonly servers: Servers;
  /** Time for which a request travels, in terms of that for which it is executed. */
  readonly travel: () => number;
}

export class AllWindows {
  readonly #of: WindowsOf;
  #last: Windows = {
    sustained: Number.POSITIVE_INFINITY,
    most: Number.POSITIVE_INFINITY,
    exact: false,
    travel: 0,
    principals: 1,
    bind: false,
    burst: true,
  };
  #until = Number.NEGATIVE_INFINITY;

  constructor(of: WindowsOf) {
    this.#of = of;
  }

  at(now: number): Windows {
    if (now < this.#until) return this.#last;
    this.#last = this.#sumUp(now);
    this.#until = now + windowsMs;
    return this.#last;
  }

  #sumUp(now: number): Windows {
    const { crew, servers } = this.#of;
    const members = crew.candidates();
    const budgets = members.flatMap((member) => member.budgets);
    const used = budgets.reduce((sum, budget) => sum + budget.used(now), 0);
    const planned = budgets.reduce((sum, budget) => sum + budget.planned(now), 0);
    if (used < idleShare * planned) for (const budget of budgets) budget.beginBurst(now);
    const burst = budgets.some((budget) => budget.isBurst);
    const travel = this.#of.travel();
    const reach = members.reduce((sum, { width }) => sum + (servers.count > 0 ? servers.count : width.value), 0);
    // A request that travels is not charged, and does not fill a window.
    const sustained = lanesSustained * (1 + travel) * reach;
    const most = servers.count > 0 ? Number.POSITIVE_INFINITY : budgets.reduce((sum, budget) => sum + budget.most, 0);
    const exact = servers.count > 0 || !crew.members.some(({ width }) => width.isGuess);
    return {
      sustained,
      most,
      exact,
      travel,
      principals: members.length,
      burst,
      bind: used >= bindingShare * planned,
    };
  }
}
