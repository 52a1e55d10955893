/**
 * Figures as a picture: bars in groups, or lines, as SVG text that a browser shows on a light and on a dark page. Nothing in
 * it comes from anywhere but the figures it is given.
 */
import type { Axis } from "./plot-axis.ts";
import { linearAxis, logAxis, shown } from "./plot-axis.ts";
import type { Box, Series } from "./plot-marks.ts";
import { barMarks, lineMarks } from "./plot-marks.ts";
import { colours, lineHeight, styles, text, widthOf } from "./plot-text.ts";

export interface PlotAxis {
  /** With its unit: `CPU-seconds per million rows`. */
  readonly label: string;
  /** "linear" when absent; bars have no scale of x. */
  readonly scale?: "linear" | "log";
  /** Shown at least up to there. */
  readonly most?: number;
  /** Starts there; lines and bars start at 0 when absent. */
  readonly least?: number;
}

export interface Plot {
  readonly title: string;
  readonly kind: "bars" | "lines";
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly series: readonly Series[];
  /** A value of y to be judged by, drawn across. */
  readonly mark?: { readonly y: number; readonly label: string };
  /** What made the figures, in one line. */
  readonly source: string;
}

const width = 820;
const edge = 16;
const linesHeight = 300;
const barHeight = 13;
const groupGap = 10;

/** An SVG document. Bars lie, so that the names of their groups may be long; each has its value at the end of its line. */
export function plot(drawn: Plot): string {
  const legend = legendOf(drawn.series);
  const top = edge + 2.5 * lineHeight + legend.height;
  const box =
    drawn.kind === "bars" ? barBox(drawn, top) : { left: 64, top, width: width - 64 - 40, height: linesHeight };
  const y = axisOf(drawn.y, valuesOf(drawn), { atZero: true });
  const inner = drawn.kind === "bars" ? barsOf(drawn, box, y) : linesOf(drawn, box, y);
  const height = box.top + box.height + 3 * lineHeight + edge;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${text.escaped(drawn.title)}">`,
    `<style>${styles}</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="6"/>`,
    text.at(edge, edge + 12, drawn.title, "title"),
    legend.svg,
    inner,
    text.at(edge, height - edge / 2, drawn.source, "source"),
    "</svg>\n",
  ].join("\n");
}

function valuesOf({ series, mark }: Plot): readonly number[] {
  return [...series.flatMap(({ points }) => points.map(([, y]) => y)), ...(mark === undefined ? [] : [mark.y])];
}

function axisOf(axis: PlotAxis, values: readonly number[], { atZero }: { readonly atZero: boolean }): Axis {
  const most = Math.max(...values, axis.most ?? Number.NEGATIVE_INFINITY);
  if (axis.scale === "log") return logAxis(axis.least ?? Math.min(...values), most);
  return linearAxis(axis.least ?? (atZero ? 0 : Math.min(...values)), most);
}

/** Each series' colour and name, in as many lines as they need; none for a single series, which the title names. */
function legendOf(series: readonly Series[]): { readonly svg: string; readonly height: number } {
  if (series.length > colours.length)
    throw new RangeError(`A plot has ${colours.length} colours, not ${series.length}.`);
  if (series.length === 1) return { svg: "", height: 0 };
  let [x, y] = [edge, edge + 2 * lineHeight];
  const parts: string[] = [];
  for (const [nth, { name }] of series.entries()) {
    const wide = 18 + widthOf(name) + 18;
    if (x > edge && x + wide > width - edge) [x, y] = [edge, y + lineHeight];
    parts.push(`<rect x="${x}" y="${y - 9}" width="12" height="10" fill="${colours[nth]}"/>`, text.at(x + 18, y, name));
    x += wide;
  }
  return { svg: parts.join("\n"), height: y - edge - lineHeight + 4 };
}

function groupsOf({ series }: Plot): readonly string[] {
  return [...new Set(series.flatMap(({ points }) => points.map(([x]) => String(x))))];
}

function barBox(drawn: Plot, top: number): Box {
  const groups = groupsOf(drawn);
  const left = edge + Math.max(widthOf(drawn.x.label), ...groups.map(widthOf)) + 10;
  const height = groups.length * (drawn.series.length * barHeight + groupGap) + groupGap;
  return { left, top, width: width - left - edge - 56, height };
}

function barsOf(drawn: Plot, box: Box, y: Axis): string {
  const groups = groupsOf(drawn);
  const parts = [text.at(edge, box.top - 6, drawn.x.label, "label")];
  for (const tick of y.ticks) {
    const x = box.left + y.at(tick) * box.width;
    parts.push(rule(x, box.top, x, box.top + box.height), text.at(x, box.top + box.height + 15, shown(tick), "middle"));
  }
  parts.push(
    text.at(box.left + box.width / 2, box.top + box.height + 2 * lineHeight - 2, drawn.y.label, "label middle"),
  );
  parts.push(barMarks({ series: drawn.series, groups, box, y, barHeight, groupGap }));
  if (drawn.mark !== undefined) {
    const x = box.left + y.at(drawn.mark.y) * box.width;
    parts.push(
      rule(x, box.top - 4, x, box.top + box.height, "mark"),
      text.at(x, box.top - 6, drawn.mark.label, "middle"),
    );
  }
  return parts.join("\n");
}

function linesOf(drawn: Plot, box: Box, y: Axis): string {
  const places = drawn.series.flatMap(({ points }) => points.map(([x]) => Number(x)));
  const x = axisOf(drawn.x, places, { atZero: drawn.x.scale !== "log" });
  const bottom = box.top + box.height;
  const parts = [text.at(edge, box.top - 8, drawn.y.label, "label")];
  for (const tick of y.ticks) {
    const at = bottom - y.at(tick) * box.height;
    parts.push(rule(box.left, at, box.left + box.width, at), text.at(box.left - 6, at + 4, shown(tick), "end"));
  }
  for (const tick of x.ticks) {
    const at = box.left + x.at(tick) * box.width;
    parts.push(rule(at, bottom, at, bottom + 4), text.at(at, bottom + 16, shown(tick), "middle"));
  }
  parts.push(text.at(box.left + box.width / 2, bottom + 2 * lineHeight - 2, drawn.x.label, "label middle"));
  parts.push(lineMarks({ series: drawn.series, box, x, y }));
  if (drawn.mark !== undefined) {
    const at = bottom - y.at(drawn.mark.y) * box.height;
    parts.push(rule(box.left, at, box.left + box.width, at, "mark"));
    parts.push(text.at(box.left + box.width, at - 5, drawn.mark.label, "end"));
  }
  return parts.join("\n");
}

function rule(...[x1, y1, x2, y2, kind = "grid"]: [number, number, number, number, string?]): string {
  return `<line class="${kind}" x1="${text.number(x1)}" y1="${text.number(y1)}" x2="${text.number(x2)}" y2="${text.number(y2)}"/>`;
}
