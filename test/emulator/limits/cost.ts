/** How long a request runs: the price of what it asks for, in milliseconds of service time. */
import type { Chance } from "../core/chance.ts";
import type { Step, Work } from "./work.ts";

/** Milliseconds, before compression. */
export interface Prices {
  /** A request that writes one row. */
  readonly single: number;
  /** A request that reads. */
  readonly read: number;
  /** A `$batch` without its operations, and each of them. */
  readonly batch: number;
  readonly operation: number;
  /** A bulk message without its rows, and each of them. */
  readonly bulk: number;
  readonly "bulk-row": number;
  /** Factor by which an upsert is dearer than a create: of the row, and of all of a bulk message. */
  readonly upsert: number;
  /** Plug-ins on each row written. */
  readonly plugin: number;
}

export interface Costs {
  readonly prices: Prices;
  /** By logical name of the table, where it has prices of its own. */
  readonly tables: ReadonlyMap<string, Partial<Prices>>;
  /** Each request takes 0.7 to 1.3 times as long, one in 500 ten times that. */
  readonly noise: boolean;
  /** What a bulk message that fails on a standard table costs: all of it, or what it did up to the bad row. */
  readonly failed: "whole" | "part";
}

/** Those of the figures in the benchmarks. */
export const referencePrices: Prices = {
  single: 40,
  read: 40,
  batch: 20,
  operation: 30,
  bulk: 60,
  "bulk-row": 8,
  upsert: 1.6,
  plugin: 0,
};

export class CostError extends Error {}

/** As in `bulk=60,bulk-row=8,upsert=1.6,account.plugin=5,noise=on,failed=part`; `request` is both `batch` and `bulk`. What is not named is as in the reference; `on` names nothing. */
export function readCosts(text: string): Costs {
  const items = text === "on" ? [] : text.split(",");
  const prices: Partial<Prices>[] = [];
  const tables = new Map<string, Partial<Prices>>();
  for (const item of items.filter((each) => !/^(noise|failed)=/.test(each))) {
    const [, table, name = "", value = ""] = /^(?:(\w+)\.)?([a-z-]+)=([\w.]+)$/.exec(item) ?? [];
    const given = pricesOf(item, name, value);
    if (table === undefined) {
      prices.push(given);
    } else {
      tables.set(table, { ...tables.get(table), ...given });
    }
  }
  return {
    prices: Object.assign({ ...referencePrices }, ...prices),
    tables,
    noise: setting(items, "noise", ["off", "on"]) === "on",
    failed: setting(items, "failed", ["whole", "part"]),
  };
}

/** The first of the allowed values if the setting is not there. */
function setting<T extends string>(items: readonly string[], name: string, allowed: readonly [T, ...T[]]): T {
  const item = items.findLast((each) => each.startsWith(`${name}=`));
  const value = item === undefined ? allowed[0] : allowed.find((one) => item === `${name}=${one}`);
  if (value === undefined) {
    throw new CostError(`'${item}' must be one of ${allowed.map((one) => `${name}=${one}`).join(", ")}`);
  }
  return value;
}

function pricesOf(item: string, name: string, value: string): Partial<Prices> {
  if (!/^\d+(\.\d+)?$/.test(value) || (name !== "request" && !Object.hasOwn(referencePrices, name))) {
    const known = Object.keys(referencePrices).join(", ");
    throw new CostError(
      `'${item}' is no price: [table.]name=number with ${known} or request; noise=on|off; failed=whole|part`,
    );
  }
  const price = Number(value);
  return name === "request" ? { batch: price, bulk: price } : { [name]: price };
}

/** A price of every request and one of every operation in it, rows of a bulk message included. */
export function flatCosts(requestMs: number, operationMs: number): Costs {
  const alone = requestMs + operationMs;
  const prices = { single: alone, read: alone, batch: requestMs, bulk: requestMs, upsert: 1, plugin: 0 };
  return {
    prices: { ...prices, operation: operationMs, "bulk-row": operationMs },
    tables: new Map(),
    noise: false,
    failed: "whole",
  };
}

/** Milliseconds of the work, before compression and without noise. `tableOf`: logical name of an entity set. */
export function costOf(costs: Costs, work: Work, tableOf: (set: string) => string): number {
  const prices = ({ set }: Step): Prices =>
    costs.tables.size === 0 ? costs.prices : { ...costs.prices, ...costs.tables.get(tableOf(set)) };
  return work.kind === "alone"
    ? aloneMs(work.step, prices(work.step))
    : work.steps.reduce((sum, step) => sum + partMs(step, prices(step)), costs.prices.batch);
}

function aloneMs(step: Step, prices: Prices): number {
  switch (step.kind) {
    case "read":
      return prices.read;
    case "bulk":
      return (prices.bulk + step.rows * prices["bulk-row"]) * factor(step, prices) + step.rows * prices.plugin;
    default:
      return prices.single * factor(step, prices) + prices.plugin;
  }
}

function partMs(step: Step, prices: Prices): number {
  switch (step.kind) {
    case "read":
      return prices.operation;
    case "bulk":
      return (prices.operation + step.rows * prices["bulk-row"]) * factor(step, prices) + step.rows * prices.plugin;
    default:
      return prices.operation * factor(step, prices) + prices.plugin;
  }
}

function factor({ upsert }: Step, prices: Prices): number {
  return upsert ? prices.upsert : 1;
}

const outlierShare = 1 / 500;
const outlierFactor = 10;

/** The factor that one request's time is off by. */
export function noise(chance: Chance): number {
  const spread = 0.7 + 0.6 * chance.next();
  return chance.next() < outlierShare ? spread * outlierFactor : spread;
}
