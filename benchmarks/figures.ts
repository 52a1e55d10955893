/** One figure of a benchmark, and what is made of many: a file of results, a table, the README. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Plot } from "./plot.ts";
import { plot } from "./plot.ts";

export interface Figure {
  /** What was measured and how, from the general to the particular: `engine/upsert/1 stream/peak memory`. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Name of the figure that it is compared with. */
  readonly ratio_to: string | null;
  /** value / value of that figure. */
  readonly ratio: number | null;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Where the results of each question and the page made of them lie, relative to the repository. */
const results = "benchmarks/results";
const plots = "benchmarks/plots";
const page = "benchmarks/README.md";

/** A copy of `figure` beside the figure it is to be judged by. */
export function compared(figure: Figure, other: Figure): Figure {
  return { ...figure, ratio_to: other.name, ratio: significant(figure.value / other.value) };
}

export function significant(value: number): number {
  return Number(value.toPrecision(4));
}

export function writeResults(question: string, figures: readonly Figure[]): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}/${question}.json`, `${JSON.stringify(figures, undefined, 2)}\n`);
}

function shown(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : String(value);
}

/** A name without its question and its measure: what was measured. */
function subjectOf(name: string): string {
  return name.split("/").slice(1, -1).join(", ");
}

function measureOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function headingOf({ name, unit }: Figure): string {
  const measure = measureOf(name);
  return measure.split(" ").includes(unit) ? measure : `${measure}, ${unit}`;
}

/** What differs between the two is said of the other. */
function ratioOf({ name, ratio_to, ratio }: Figure): string | undefined {
  if (ratio_to === null) return undefined;
  const [subject, measure] = [subjectOf(ratio_to), measureOf(ratio_to)];
  const other = [subject === subjectOf(name) ? "" : subject, measure === measureOf(name) ? "" : measure];
  return `${measureOf(name)}: ${ratio} × ${other.filter(Boolean).join(", ")}`;
}

/** As Markdown, which a terminal shows well enough: a line for each thing that was measured, a column for each measure. */
export function table(figures: readonly Figure[]): string {
  const headings = [...new Set(figures.map(headingOf))];
  const lines = [...Map.groupBy(figures, ({ name }) => subjectOf(name))].map(([subject, group]) => {
    const cells = headings.map((heading) => {
      const figure = group.find((one) => headingOf(one) === heading);
      return figure === undefined ? "" : shown(figure.value);
    });
    const ratios = group.map(ratioOf).filter((ratio) => ratio !== undefined);
    return `| ${[subject, ...cells, ratios.join("; ")].join(" | ")} |`;
  });
  const head = `| | ${[...headings, "compared"].join(" | ")} |`;
  return [head, `|---|${"--:|".repeat(headings.length)}---|`, ...lines].join("\n");
}

/** What all figures of a question were made with; what differs is in their names. */
function sharedSettings(figures: readonly Figure[]): string {
  const [first] = figures;
  const shared = Object.entries(first?.settings ?? {}).filter(([key, value]) =>
    figures.every(({ settings }) => settings[key] === value),
  );
  return shared.map(([key, value]) => `${key}: ${value}`).join(", ");
}

export interface Question {
  /** Names its file of results. */
  readonly name: string;
  /** For the README: what is asked, what is measured, how. */
  readonly about: string;
  readonly run: () => Promise<readonly Figure[]>;
  /** Whether the README's table lists a figure; it lists all when absent. */
  readonly tabled?: (figure: Figure) => boolean;
  /** By heading: what the names of the figures of a table begin with, which it leaves out; one table of all when absent. */
  readonly tables?: Readonly<Record<string, string>>;
  /** What the README shows of the figures, by the name of the picture; called only with figures of this question. */
  readonly plots?: (figures: readonly Figure[]) => Readonly<Record<string, Plot>>;
}

/** Writes the pictures of a question. @returns the lines of Markdown that show them. */
function writePlots({ name, plots: plotsOf }: Question, figures: readonly Figure[]): string {
  mkdirSync(plots, { recursive: true });
  // Results of an older make of the question may lack figures that are drawn.
  const drawable = Object.entries(plotsOf?.(figures) ?? {}).filter(([, { series }]) =>
    series.every(({ points }) => points.length > 0),
  );
  const lines = drawable.map(([picture, drawn]) => {
    const file = `${name}-${picture}.svg`;
    writeFileSync(`${plots}/${file}`, plot(drawn));
    return `![${drawn.title}](plots/${file})\n\n`;
  });
  return lines.join("");
}

function tablesOf({ name: question, tabled = () => true, tables }: Question, figures: readonly Figure[]): string {
  const shown = figures.filter(tabled);
  if (tables === undefined) return table(shown);
  const parts = Object.entries(tables).map(([heading, begin]) => {
    const under = shown.filter(({ name }) => name.startsWith(begin));
    return `### ${heading}\n\n${table(under.map((each) => ({ ...each, name: `${question}/${each.name.slice(begin.length)}` })))}`;
  });
  return parts.join("\n\n");
}

/** Writes the README from the results that lie there, so that it never says another thing than they do. */
export function writeReadme(questions: readonly Question[]): void {
  const there = new Set(readdirSync(results));
  const sections = questions
    .filter(({ name }) => there.has(`${name}.json`))
    .map((question) => {
      const { name, about } = question;
      const figures = JSON.parse(readFileSync(`${results}/${name}.json`, "utf8")) as readonly Figure[];
      return `## ${name}\n\n${about}\n\n${writePlots(question, figures)}${tablesOf(question, figures)}\n\nMade with ${sharedSettings(figures)}.\n`;
    });
  const head =
    "# Benchmarks\n\nGenerated by `make bench` (= `node benchmarks/main.ts`) from `benchmarks/results/*.json`: do not edit. " +
    "`node benchmarks/main.ts NAME` asks one question alone. CPU seconds of shared virtual machines vary by some 10 % between runs.\n";
  writeFileSync(page, [head, ...sections].join("\n"));
}
