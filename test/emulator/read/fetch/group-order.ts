/** The order of groups: by the aliases that the query names. */
import type { Session } from "../../environment.ts";
import { compareShown } from "../order.ts";
import type { Aggregated } from "./aggregate.ts";
import type { Plan } from "./plan.ts";
import { fetchRefusal } from "./refusals.ts";

type Group = readonly Aggregated[];

/** Throws for an order that names no alias of the query. */
export function orderGroups(session: Session, plan: Plan, groups: readonly Group[]): readonly Group[] {
  const terms = plan.entities.flatMap(({ orders }) => orders);
  const aliases = new Set(plan.entities.flatMap(({ attributes }) => attributes.map(({ alias }) => alias)));
  for (const { alias } of terms) {
    if (!aliases.has(alias)) {
      throw fetchRefusal("invalid", "An aggregate query is ordered by alias.");
    }
  }
  return [...groups].sort((a, b) => {
    for (const { alias, descending } of terms) {
      const difference = compare(session, named(a, alias), named(b, alias));
      if (difference !== 0) {
        return descending ? -difference : difference;
      }
    }
    return 0;
  });
}

function named(group: Group, alias: string | undefined): Aggregated | undefined {
  return group.find((one) => one.alias === alias);
}

function compare(session: Session, a: Aggregated | undefined, b: Aggregated | undefined): number {
  const [left, right] = [a?.value ?? null, b?.value ?? null];
  return a?.column === undefined
    ? Number(left ?? 0) - Number(right ?? 0)
    : compareShown(session, a.column, left, right);
}
