/**
 * What became of what a client says it wrote, judged by the rows and the ledger. A row is known by its key; of several claims for a
 * key the later overrides the earlier, column by column. All but the first two count keys, `duplicated` rows, `repeated` effects.
 *
 * - attempted: claims. acknowledged: those that the client counts as written.
 * - lost: acknowledged and not in the table: no row has the key, or a column holds what no claim for it carried; an acknowledged
 *   deletion whose row is there. Later claims that never heard of their end excuse what they may have done.
 * - unexpected: a row made since `since` whose key was never attempted, or a value or row that was told to have failed.
 * - duplicated: rows beyond the first that have one key.
 * - regressed: an older claim's values took effect over a newer one's, or stand in the place of a later acknowledged one.
 * - repeated: effects that carried the values of the effect before on their row: allowed, and a price.
 */
import type { Environment } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import type { Table } from "../schema/types.ts";
import type { Claim, Claims } from "./claims.ts";
import { EffectOrder } from "./effect-verdict.ts";
import type { Example, Word } from "./findings.ts";
import { Findings } from "./findings.ts";
import { columnOf, Keys } from "./keys.ts";
import { judgeRow } from "./row-verdict.ts";

export type Report = Readonly<Record<"attempted" | "acknowledged" | Word, number>> & {
  /** The first of each kind. */
  readonly examples: Readonly<Record<Word, readonly Example[]>>;
};

/** One key: what was claimed of it, and which rows have it. */
interface Case {
  readonly key: readonly unknown[];
  readonly claims: Claim[];
  readonly rows: Row[];
  readonly order: EffectOrder;
}

/** Throws a ClaimsError for an unknown column, the service's refusal for an unknown table. */
export function reportOn(environment: Environment, claims: Claims): Report {
  const table = environment.catalog.named(claims.table);
  const keys = new Keys(table, claims.key);
  checkColumns(table, claims.rows);
  const findings = new Findings();
  const cases = casesOf(table, keys, claims.rows);
  const made = madeSince(environment, table, claims.since);
  assignRows(environment, { table, keys, cases, made, findings });
  watchEffects(environment, { table, keys, cases, since: claims.since, findings });
  for (const { key, claims: own, rows, order } of cases.values()) {
    const [row] = rows;
    const verdict = judgeRow(table, own, row, row !== undefined && made.has(row.id));
    if (order.regressed) {
      findings.add("regressed", key, "an older row's values took effect over a newer one's");
    }
    if (verdict !== undefined && !(order.regressed && verdict.word === "regressed")) {
      findings.add(verdict.word, key, verdict.what);
    }
  }
  return {
    attempted: claims.rows.length,
    acknowledged: claims.rows.filter(({ outcome }) => outcome === "acknowledged").length,
    ...findings.counts(),
    examples: findings.examples(),
  };
}

function checkColumns(table: Table, rows: readonly Claim[]): void {
  for (const name of new Set(rows.flatMap(({ values }) => Object.keys(values ?? {})))) {
    columnOf(table, name);
  }
}

function casesOf(table: Table, keys: Keys, rows: readonly Claim[]): ReadonlyMap<string, Case> {
  const cases = new Map<string, Case>();
  const names = keys.columns.map(({ name }) => name);
  for (const claim of rows) {
    const text = keys.text(claim.key);
    const known = cases.get(text);
    if (known === undefined) {
      const claims = [claim];
      cases.set(text, { key: claim.key, claims, rows: [], order: new EffectOrder(table, claims, names) });
    } else {
      known.claims.push(claim);
    }
  }
  return cases;
}

/** Ids of the rows that effects from `since` on created. */
function madeSince({ ledger }: Environment, table: Table, since: number): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const effect of ledger.effects) {
    if (effect.sequence > since && effect.operation === "create" && effect.table === table.name) {
      ids.add(effect.id);
    }
  }
  return ids;
}

interface Scene {
  readonly table: Table;
  readonly keys: Keys;
  readonly cases: ReadonlyMap<string, Case>;
  readonly findings: Findings;
}

function assignRows(
  { store }: Environment,
  { table, keys, cases, made, findings }: Scene & { readonly made: ReadonlySet<string> },
): void {
  for (const row of store.rows(table).all()) {
    const key = keys.values(row);
    const own = cases.get(keys.text(key));
    if (own === undefined) {
      if (made.has(row.id)) {
        findings.add("unexpected", key, `row ${row.id} was never attempted`);
      }
      continue;
    }
    if (own.rows.length > 0) {
      findings.add("duplicated", key, `rows ${own.rows[0]?.id} and ${row.id}`);
    }
    own.rows.push(row);
  }
}

/** An update need not carry the key: then the row tells it, if it is still there. */
function watchEffects(
  { ledger }: Environment,
  { table, keys, cases, since, findings }: Scene & { readonly since: number },
): void {
  const byId = new Map<string, Case>(
    [...cases.values()].flatMap((own) => own.rows.map(({ id }) => [id, own] as const)),
  );
  for (const effect of ledger.effects) {
    if (effect.sequence <= since || effect.table !== table.name) {
      continue;
    }
    const key = keys.carried(effect.id, effect.values ?? {});
    const own = (key === undefined ? undefined : cases.get(keys.text(key))) ?? byId.get(effect.id);
    if (own === undefined) {
      continue;
    }
    byId.set(effect.id, own);
    own.order.see(effect);
    if (effect.repeated) {
      findings.add("repeated", own.key, `effect ${effect.sequence} of request ${effect.request}`);
    }
  }
}
