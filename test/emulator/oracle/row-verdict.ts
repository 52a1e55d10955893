/** One key's claims against the row that is there now. */
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import { plainValue } from "../rows/transaction.ts";
import type { Table } from "../schema/types.ts";
import type { Claim } from "./claims.ts";
import { columnOf } from "./keys.ts";
import { sameValue } from "./same-value.ts";

export interface Verdict {
  readonly word: "lost" | "regressed" | "unexpected";
  readonly what: string;
}

/** `claims`: of one key, in order. `isNew`: the row was made since the client began. Undefined if all is well. */
export function judgeRow(
  table: Table,
  claims: readonly Claim[],
  row: Row | undefined,
  isNew: boolean,
): Verdict | undefined {
  if (claims.every(({ outcome }) => outcome === "failed")) {
    return row !== undefined && isNew
      ? { word: "unexpected", what: "is there, and was told to have failed" }
      : undefined;
  }
  const last = claims.findLastIndex(({ outcome }) => outcome === "acknowledged");
  const acknowledged = claims[last];
  const later = claims.slice(last + 1).filter(({ outcome }) => outcome !== "failed");
  if (row === undefined) {
    const removed = later.some(isDeletion);
    return acknowledged === undefined || isDeletion(acknowledged) || removed
      ? undefined
      : { word: "lost", what: "was acknowledged and is not there" };
  }
  if (acknowledged !== undefined && isDeletion(acknowledged)) {
    return later.some((claim) => !isDeletion(claim))
      ? undefined
      : { word: "lost", what: "was acknowledged as deleted and is still there" };
  }
  const verdicts = columnsOf(claims).flatMap((name) => judgeColumn(table, claims, row, name) ?? []);
  return verdicts.find(({ word }) => word === "regressed") ?? verdicts[0];
}

function isDeletion({ values }: Claim): boolean {
  return values === undefined;
}

function columnsOf(claims: readonly Claim[]): readonly string[] {
  return [...new Set(claims.flatMap(({ values }) => Object.keys(values ?? {})))];
}

function judgeColumn(table: Table, claims: readonly Claim[], row: Row, name: string): Verdict | undefined {
  const column = columnOf(table, name);
  const found = plainValue(stored(row, column));
  const naming = claims.filter(({ values }) => values !== undefined && name in values);
  const last = naming.findLastIndex(({ outcome }) => outcome === "acknowledged");
  const carriers = naming.flatMap(({ values, outcome }, index) =>
    sameValue(column, found, values?.[name]) ? [{ index, outcome }] : [],
  );
  if (carriers.some(({ index, outcome }) => index >= last && outcome !== "failed")) {
    return undefined;
  }
  const where = `${name} holds ${JSON.stringify(found)}`;
  if (carriers.some(({ index, outcome }) => index < last && outcome !== "failed")) {
    return { word: "regressed", what: `${where}, which a later acknowledged row had replaced` };
  }
  if (carriers.length > 0) {
    return { word: "unexpected", what: `${where}, which was told to have failed` };
  }
  return last < 0
    ? undefined
    : { word: "lost", what: `${where} in place of the acknowledged ${JSON.stringify(naming[last]?.values?.[name])}` };
}
