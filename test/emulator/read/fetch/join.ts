/** Rows of the root with the rows that are linked to them. Each linked table is looked through once, not once for every row. */
import type { Session } from "../../environment.ts";
import type { Row } from "../../rows/row.ts";
import type { Stored } from "../../rows/values.ts";
import { foldText } from "../../rows/values.ts";
import { columnValue, isReference } from "../property.ts";
import { tableSource } from "../source.ts";
import { isLocal, joinedTest, rowTest } from "./filter.ts";
import type { Joined, LinkNode, Plan } from "./plan.ts";

/** `after`: id of the last row of the root that was seen. */
export function* joinedRows(session: Session, plan: Plan, after: string | undefined): Iterable<Joined> {
  // Every filter is read before the first row is, so that a bad one is refused whatever the rows are.
  const all = joinedTest(session, plan);
  const local = plan.root.filters.every(isLocal);
  const steps = plan.links.map((node) => ({ node, find: finder(session, plan, node) }));
  for (const row of tableSource(session, plan.root.table, undefined).rows(after)) {
    if (local && !all([row])) {
      continue;
    }
    for (const joined of extended([row], steps, 0)) {
      if (local || all(joined)) {
        yield joined;
      }
    }
  }
}

interface Step {
  readonly node: LinkNode;
  readonly find: (value: Stored) => readonly Row[];
}

function* extended(joined: Joined, steps: readonly Step[], at: number): Iterable<Joined> {
  const step = steps[at];
  if (step === undefined) {
    yield joined;
    return;
  }
  const { link, parent } = step.node;
  const row = joined[parent];
  const found = row === undefined ? [] : step.find(columnValue(row, link.to));
  if (found.length === 0 && link.outer) {
    yield* extended([...joined, undefined], steps, at + 1);
  }
  for (const one of found) {
    yield* extended([...joined, one], steps, at + 1);
  }
}

function finder(session: Session, plan: Plan, { link, place }: LinkNode): (value: Stored) => readonly Row[] {
  const holds = rowTest(session, plan, place);
  const rows = session.store.rows(link.table);
  if (link.from === link.table.primaryId && link.table.kind !== "elastic") {
    return (value) => {
      const row = rows.get(keyOf(value) ?? "");
      return row !== undefined && holds(row) ? [row] : [];
    };
  }
  let index: Map<string, Row[]> | undefined;
  return (value) => {
    index ??= indexBy([...tableSource(session, link.table, undefined).rows(undefined)].filter(holds), link);
    return index.get(keyOf(value) ?? "") ?? [];
  };
}

function indexBy(rows: readonly Row[], { from }: LinkNode["link"]): Map<string, Row[]> {
  const index = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(columnValue(row, from));
    if (key !== undefined) {
      const same = index.get(key) ?? [];
      same.push(row);
      index.set(key, same);
    }
  }
  return index;
}

/** Equal texts are equal values. */
export function keyOf(value: Stored): string | undefined {
  if (value === null) {
    return undefined;
  }
  return isReference(value) ? value.id : typeof value === "string" ? foldText(value) : String(value);
}
