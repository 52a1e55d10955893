/** Claims against the order in which their values took effect, so that what was put right later is seen too. */
import type { Table } from "../schema/types.ts";
import type { Claim } from "./claims.ts";
import type { Effect } from "./effect.ts";
import { columnOf } from "./keys.ts";
import { sameValue } from "./same-value.ts";

/** Looks at a key's effects one after the other. An effect that several claims could have made is taken for the first of them that is no step back. */
export class EffectOrder {
  private readonly table: Table;
  private readonly claims: readonly Claim[];
  private readonly keyNames: readonly string[];
  private newest = -1;
  regressed = false;

  constructor(table: Table, claims: readonly Claim[], keyNames: readonly string[]) {
    this.table = table;
    this.claims = claims;
    this.keyNames = keyNames;
  }

  see(effect: Effect): void {
    const makers = this.claims.flatMap((claim, index) => (this.made(claim, effect) ? [index] : []));
    const forward = makers.find((index) => index >= this.newest);
    this.regressed ||= makers.length > 0 && forward === undefined;
    this.newest = forward ?? this.newest;
  }

  private made({ values }: Claim, effect: Effect): boolean {
    if (values === undefined || effect.operation === "delete") {
      return values === undefined && effect.operation === "delete";
    }
    const named = Object.keys(values).filter((name) => !this.keyNames.includes(name));
    const carried = effect.values ?? {};
    return (
      named.length > 0 &&
      named.every((name) => name in carried && sameValue(columnOf(this.table, name), carried[name], values[name]))
    );
  }
}
