/** Where a number lies on an axis, and which round numbers are written beside it. */

export interface Axis {
  /** 0 at the lower end, 1 at the upper. */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Ticks of a linear axis, about. */
const ticksWanted = 6;
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

export function shown(value: number): string {
  return compact.format(value);
}

/** From `least` to at least `most`, both on a tick. */
export function linearAxis(least: number, most: number): Axis {
  const span = most > least ? most - least : 1;
  const rough = span / ticksWanted;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((candidate) => candidate >= rough) ?? 10 * decade;
  const first = Math.floor(least / step + 1e-9);
  const count = Math.ceil((least + span) / step - 1e-9) - first;
  const ticks = Array.from({ length: count + 1 }, (_, nth) => Number(((first + nth) * step).toPrecision(12)));
  return { at: (value) => (value / step - first) / count, ticks };
}

/**
 * Whole decades, each a tick.
 * @throws RangeError where a value is not positive, which has no place on such an axis.
 */
export function logAxis(least: number, most: number): Axis {
  if (!(least > 0)) throw new RangeError(`${least} has no logarithm, and no place on a logarithmic axis.`);
  const first = Math.floor(Math.log10(least) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(most) - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, nth) => 10 ** (first + nth));
  return { at: (value) => (Math.log10(value) - first) / (last - first), ticks };
}
