/**
 * Keys touched twice in flight: a row, or the values of an alternate key, that two requests wrote whose times overlap. Either
 * could have come last, so whoever sends so has no say in which value stays. Later requests are compared with those only that may
 * still have been running: memory goes with what is in flight, not with what was written.
 */
import type { Environment } from "../environment.ts";
import type { AlternateKey, Table } from "../schema/types.ts";
import type { Effect } from "./effect.ts";
import type { RequestRecord } from "./ledger.ts";
import type { Selection } from "./selection.ts";
import { selects } from "./selection.ts";

export interface Overlap {
  readonly table: string;
  /** `primary id` or the name of the alternate key. */
  readonly key: string;
  readonly values: readonly unknown[];
  /** Numbers in the ledger. */
  readonly requests: readonly [number, number];
  readonly principals: readonly [string, string];
}

export interface Overlaps {
  readonly total: number;
  readonly examples: readonly Overlap[];
}

interface Touch {
  readonly table: string;
  readonly key: string;
  readonly values: readonly unknown[];
}

/** What one request wrote, by the text of the key. */
interface Visit {
  readonly record: RequestRecord;
  readonly touches: ReadonlyMap<string, Touch>;
}

/** A pair counts if one of both requests is selected. */
export function findOverlaps(environment: Environment, selection: Selection, shownMax: number): Overlaps {
  const examples: Overlap[] = [];
  let total = 0;
  let running: Visit[] = [];
  const earliest = earliestArrivals(environment);
  for (const visit of visitsOf(environment)) {
    running = running.filter(({ record }) => endOf(record) > (earliest.get(visit.record.number) ?? 0));
    const rivals = running.filter(
      ({ record }) =>
        visit.record.arrived < endOf(record) && (selects(selection, visit.record) || selects(selection, record)),
    );
    for (const overlap of rivals.flatMap((rival) => sharedBy(rival, visit))) {
      total += 1;
      if (examples.length < shownMax) {
        examples.push(overlap);
      }
    }
    running.push(visit);
  }
  return { total, examples };
}

function sharedBy(before: Visit, after: Visit): readonly Overlap[] {
  const requests = [before.record.number, after.record.number] as const;
  const principals = [before.record.principal, after.record.principal] as const;
  return [...after.touches]
    .filter(([text]) => before.touches.has(text))
    .map(([, touch]) => ({ ...touch, requests, principals }));
}

/** Milliseconds since 1970; a request that is not answered yet has no end. */
function endOf({ answered }: RequestRecord): number {
  return answered === 0 ? Number.POSITIVE_INFINITY : answered;
}

/** For each request with effects: the earliest arrival among it and those that took effect after it. */
function earliestArrivals({ ledger }: Environment): ReadonlyMap<number, number> {
  const order: number[] = [];
  for (const { request } of ledger.effects) {
    if (order.at(-1) !== request) {
      order.push(request);
    }
  }
  const earliest = new Map<number, number>();
  let least = Number.POSITIVE_INFINITY;
  for (const number of order.toReversed()) {
    least = Math.min(least, ledger.requests[number - 1]?.arrived ?? least);
    earliest.set(number, least);
  }
  return earliest;
}

/** The effects of a request stand together in the ledger. */
function* visitsOf({ ledger, catalog }: Environment): Generator<Visit> {
  let visit: { record: RequestRecord; touches: Map<string, Touch> } | undefined;
  for (const effect of ledger.effects) {
    const record = ledger.requests[effect.request - 1];
    if (record === undefined) {
      continue;
    }
    if (visit?.record !== record) {
      if (visit !== undefined) {
        yield visit;
      }
      visit = { record, touches: new Map() };
    }
    for (const touch of touchesOf(effect, catalog.find(effect.table))) {
      visit.touches.set(JSON.stringify([touch.table, touch.key, ...touch.values.map(folded)]), touch);
    }
  }
  if (visit !== undefined) {
    yield visit;
  }
}

function touchesOf(effect: Effect, table: Table | undefined): readonly Touch[] {
  const touches: Touch[] = [{ table: effect.table, key: "primary id", values: [effect.id] }];
  for (const key of table?.keys ?? []) {
    const values = keyValues(key, effect.values ?? {});
    if (values !== undefined) {
      touches.push({ table: effect.table, key: key.name, values });
    }
  }
  return touches;
}

/** Undefined unless the effect carried the whole key. */
function keyValues(key: AlternateKey, carried: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
  const values = key.columns.map((column) => carried[column.name] ?? undefined);
  return values.includes(undefined) ? undefined : values;
}

/** As the service compares keys. */
function folded(value: unknown): unknown {
  return typeof value === "string" ? value.toLowerCase().trimEnd() : value;
}
