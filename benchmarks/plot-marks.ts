/** What a plot shows inside its axes: bars with their values, or lines with their points. */
import type { Axis } from "./plot-axis.ts";
import { shown } from "./plot-axis.ts";
import { colours, text } from "./plot-text.ts";

export interface Series {
  readonly name: string;
  /** x is the group of a bar, a number for lines; in the order in which they are drawn. */
  readonly points: readonly (readonly [x: string | number, y: number])[];
}

/** Pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Bars {
  readonly series: readonly Series[];
  readonly groups: readonly string[];
  readonly box: Box;
  readonly y: Axis;
  readonly barHeight: number;
  readonly groupGap: number;
}

/** The values stand in a column of their own, clear of every line. A group that a series says nothing of has a gap. */
export function barMarks({ series, groups, box, y, barHeight, groupGap }: Bars): string {
  const groupHeight = series.length * barHeight + groupGap;
  const parts = groups.map((group, nth) => {
    const middle = box.top + groupGap + nth * groupHeight + (series.length * barHeight) / 2;
    return text.at(box.left - 8, middle + 4, group, "end");
  });
  for (const [nth, { points }] of series.entries()) {
    for (const [x, value] of points) {
      const top = box.top + groupGap + groups.indexOf(String(x)) * groupHeight + nth * barHeight;
      const long = Math.max(1, y.at(value) * box.width);
      parts.push(
        `<rect x="${box.left}" y="${top}" width="${text.number(long)}" height="${barHeight - 2}" fill="${colours[nth]}"/>`,
        text.at(box.left + box.width + 10, top + barHeight - 3.5, shown(value), "value"),
      );
    }
  }
  return parts.join("\n");
}

interface Lines {
  readonly series: readonly Series[];
  readonly box: Box;
  readonly x: Axis;
  readonly y: Axis;
}

/** More points than that are a curve, and have no dots. */
const dotsMost = 40;

export function lineMarks({ series, box, x, y }: Lines): string {
  const parts = series.map(({ points }, nth) => {
    const places = points.map(([at, value]) => [
      text.number(box.left + x.at(Number(at)) * box.width),
      text.number(box.top + (1 - y.at(value)) * box.height),
    ]);
    const line = `<polyline stroke="${colours[nth]}" points="${places.map((place) => place.join(",")).join(" ")}"/>`;
    if (places.length > dotsMost) return line;
    return [line, ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colours[nth]}"/>`)].join(
      "\n",
    );
  });
  return parts.join("\n");
}
