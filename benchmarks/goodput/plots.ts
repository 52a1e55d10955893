/** The figures as pictures: AUTO beside the strategies of others, the kinds of cells, and one cell's rows over time. */
import type { Figure } from "../figures.ts";
import type { Plot } from "../plot.ts";
import { parts } from "./figures-of.ts";

const source = "node benchmarks/main.ts goodput · virtual time, the emulator's limits, seed 1";

function under(figures: readonly Figure[], part: string): readonly Figure[] {
  return figures.filter(({ name }) => name.startsWith(part));
}

function subjectOf({ name }: Figure): string {
  return name.slice(name.indexOf(": ") + 2, name.lastIndexOf("/"));
}

function measureOf({ name }: Figure): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function strategies(figures: readonly Figure[], title: string, isShown: RegExp): Plot {
  const shown = under(figures, parts.beside).filter((figure) => isShown.test(subjectOf(figure)));
  return {
    title,
    kind: "bars",
    x: { label: "strategy" },
    y: { label: "% of the ceiling, steady state", most: 100 },
    series: [...Map.groupBy(shown, subjectOf)].map(([name, each]) => ({
      name,
      points: each.map((figure) => [measureOf(figure), figure.value] as const),
    })),
    source,
  };
}

function kinds(figures: readonly Figure[]): Plot {
  const shown = under(figures, parts.kinds);
  const series = ["mean", "worst"].map((measure) => ({
    name: measure,
    points: shown
      .filter((figure) => measureOf(figure) === measure)
      .map((each) => [subjectOf(each), each.value] as const),
  }));
  return {
    title: "What the server gets out of each kind of cell",
    kind: "bars",
    x: { label: "kind of cell" },
    y: { label: "% of the ceiling, steady state", most: 100 },
    series,
    source,
  };
}

function course(figures: readonly Figure[]): Plot {
  const shown = under(figures, parts.course);
  return {
    title: "A burst while the windows are empty, then what they give back (1 principal, 4 web servers)",
    kind: "lines",
    x: { label: "seconds" },
    y: { label: "rows a second" },
    series: [
      { name: "AUTO", points: shown.map((each) => [Number.parseInt(measureOf(each), 10), each.value] as const) },
    ],
    mark: { y: 1985, label: "ceiling: 1,985" },
    source,
  };
}

export function plots(figures: readonly Figure[]): Readonly<Record<string, Plot>> {
  return {
    strategies: strategies(figures, "Clean rows: AUTO and the published strategies of others", /, clean, 15 min$/),
    bad: strategies(figures, "1 % bad rows that only the service finds", /by service, 15 min$/),
    kinds: kinds(figures),
    course: course(figures),
  };
}
