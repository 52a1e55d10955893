/** What the scheduler can be asked for at any moment, put together: nothing is kept for it. */
import type { BudgetFigures, PrincipalFigures } from "../../core/environment-figures.ts";
import type { Member } from "./member.ts";

/** @param wallMs milliseconds since 1970. */
export function figuresOf(member: Member, now: number, wallMs: number): PrincipalFigures {
  const { principal, health, account, books } = member;
  return {
    name: principal.name,
    isQuarantined: health.isQuarantined,
    executedSeconds: account.seconds,
    operationsToday: account.operationsToday(wallMs),
    budgets: books.map(({ server, budget }): BudgetFigures => {
      const { inFlight } = budget;
      const number = server === undefined ? "any" : String(server.number);
      return {
        server: number,
        secondsLeft: Math.max(0, budget.room(now)),
        requestsLeft: Math.max(0, budget.requestsLeft(now)),
        inFlight,
        share: budget.share(now),
      };
    }),
  };
}
