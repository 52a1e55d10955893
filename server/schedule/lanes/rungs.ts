/**
 * How long a row took at each number of lanes. Kinds of work are compared with themselves only: a mix that changes must not look
 * like an environment that slows down.
 */

import type { Work } from "../../transport/http.ts";

/** Kinds of work and numbers of lanes that are remembered; the oldest leave. */
const kindsMax = 16;
const rungsMax = 24;
/** A mean weighs as much as so many samples at most, and is forgotten after a quarter of an hour. */
const samplesMax = 96;
const forgottenMs = 900_000;
/** One request in some hundreds takes ten times as long: it is cut at so many medians. */
const cutMedians = 2.2;

export interface Sample {
  readonly kind: string;
  /** And what the request costs beside them, in terms of rows, so that requests of any size can be compared. */
  readonly rows: number;
  /** Of execution. */
  readonly seconds: number;
  /** Seconds there and back, for which the lane was taken beside the execution. */
  readonly travelled: number;
}

/** @param seconds of execution. @param travelled seconds there and back. */
export function sampleOf({ kind, rows, requestRows }: Work, seconds: number, travelled: number): Sample {
  return { kind, rows: rows + requestRows, seconds, travelled };
}

interface Mean {
  perRow: number;
  /** Seconds for which a row travels. */
  travel: number;
  samples: number;
}

interface Rung {
  at: number;
  readonly means: Map<string, Mean>;
}

/** Seconds a row of each kind. */
export type Pace = ReadonlyMap<string, Mean>;

export class Rungs {
  readonly #rungs = new Map<number, Rung>();

  /** The pace at so many lanes; undefined when nothing is known any more. */
  at(lanes: number, now: number): Pace | undefined {
    const rung = this.#rungs.get(lanes);
    return rung === undefined || now - rung.at > forgottenMs ? undefined : rung.means;
  }

  add(lanes: number, pace: Pace, now: number): void {
    const fresh = { at: now, means: new Map<string, Mean>() };
    const rung = this.at(lanes, now) === undefined ? fresh : (this.#rungs.get(lanes) ?? fresh);
    for (const [kind, { perRow, travel, samples }] of pace) {
      const mean = rung.means.get(kind) ?? { perRow, travel, samples: 0 };
      const all = mean.samples + samples;
      mean.perRow = (mean.perRow * mean.samples + perRow * samples) / all;
      mean.travel = (mean.travel * mean.samples + travel * samples) / all;
      mean.samples = Math.min(all, samplesMax);
      rung.means.set(kind, mean);
    }
    rung.at = now;
    dropOldest(rung.means, kindsMax);
    this.#rungs.delete(lanes);
    this.#rungs.set(lanes, rung);
    dropOldest(this.#rungs, rungsMax);
  }

  clear(): void {
    this.#rungs.clear();
  }
}

export function paceOf(samples: readonly Sample[]): Pace {
  const kinds = Map.groupBy(samples, ({ kind }) => kind);
  return new Map([...kinds].map(([kind, each]) => [kind, meanOf(each)]));
}

/** How many times as long a row takes at the second pace as at the first, over all kinds that both know; undefined when there is none. */
export function stretch(first: Pace, second: Pace): number | undefined {
  let weights = 0;
  let sum = 0;
  for (const [kind, { perRow, travel, samples }] of second) {
    const before = first.get(kind);
    if (before === undefined) continue;
    const weight = Math.min(samples, before.samples);
    const way = (travel + before.travel) / 2;
    weights += weight;
    sum += weight * Math.log((perRow + way) / (before.perRow + way));
  }
  return weights === 0 ? undefined : Math.exp(sum / weights);
}

/** How far single replies lie from the mean of their kind, in terms of it: the standard deviation. 0 for fewer than two of a kind. */
export function spreadOf(samples: readonly Sample[]): number {
  let [count, squares] = [0, 0];
  for (const each of Map.groupBy(samples, ({ kind }) => kind).values()) {
    if (each.length < 2) continue;
    const mean = meanPerRow(each);
    for (const { rows, seconds } of each) {
      count += 1;
      squares += (Math.min(seconds / rows / mean, cutMedians) - 1) ** 2;
    }
  }
  return count === 0 ? 0 : Math.sqrt(squares / count);
}

function meanOf(samples: readonly Sample[]): Mean {
  let [rowsAll, travelledAll] = [0, 0];
  for (const { rows, travelled } of samples) {
    rowsAll += rows;
    travelledAll += travelled;
  }
  return { perRow: meanPerRow(samples), travel: travelledAll / rowsAll, samples: samples.length };
}

function meanPerRow(samples: readonly Sample[]): number {
  const perRow = samples.map(({ rows, seconds }) => seconds / rows).sort((a, b) => a - b);
  const cut = cutMedians * (perRow[perRow.length >> 1] ?? 0);
  let [rowsAll, secondsAll] = [0, 0];
  for (const { rows, seconds } of samples) {
    rowsAll += rows;
    secondsAll += Math.min(seconds, cut * rows);
  }
  return Math.max(1e-9, secondsAll / rowsAll);
}

function dropOldest(map: Map<unknown, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
