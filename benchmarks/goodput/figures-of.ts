/** The scores as figures: of kinds of cells, of strategies side by side, of the lines to be judged by, and of every cell. */
import type { Figure } from "../figures.ts";
import { significant } from "../figures.ts";
import type { Cell } from "./cell.ts";
import { clean, nameOf } from "./cell.ts";
import { seed } from "./grid.ts";
import { kindsOf } from "./kinds.ts";
import { strategies } from "./strategies/all.ts";
import type { Line } from "./verdict.ts";
import type { Scored } from "./worker.ts";

/** What the names of the figures begin with. */
export const parts = {
  kinds: "goodput/kind: ",
  beside: "goodput/beside others: ",
  givenUp: "goodput/given up: ",
  judged: "goodput/judged: ",
  course: "goodput/course: ",
  cells: "goodput/cell: ",
} as const;

const settings = {
  seed,
  prices: "60 ms a bulk request and 8 ms a row, 20 ms a $batch and 30 ms an operation, noise on",
  node: process.version,
};
const courseStepSeconds = 10;

function figure(name: string, value: number, unit: string): Figure {
  return { name, value: significant(value), unit, ratio_to: null, ratio: null, settings };
}

export function ofCell({ cell, by, score }: Scored): readonly Figure[] {
  const subject = `${parts.cells}${nameOf(cell)}, ${cell.seconds} s/${by}`;
  return [
    figure(`${subject}/ceiling`, score.ceiling, "rows/s"),
    figure(`${subject}/steady state`, score.steady, "%"),
    figure(`${subject}/burst`, score.burst, "%"),
    figure(`${subject}/on loan`, score.loan, "%"),
    figure(`${subject}/429s`, score.throttled, "%"),
    figure(`${subject}/before Retry-After`, score.early, "requests"),
    figure(`${subject}/lost`, score.lost, "rows"),
    figure(`${subject}/doubled`, score.doubled, "rows"),
    figure(`${subject}/written`, score.rows, "rows"),
  ];
}

export function ofKinds(auto: readonly Scored[]): readonly Figure[] {
  return kindsOf(auto).flatMap(({ name, cells, mean, worst, met, judged, throttled }) => [
    figure(`${parts.kinds}${name}/cells`, cells, "cells"),
    figure(`${parts.kinds}${name}/mean`, mean, "%"),
    figure(`${parts.kinds}${name}/worst`, worst, "%"),
    ...(judged === 0 ? [] : [figure(`${parts.kinds}${name}/reach their bar`, (100 * met) / judged, "%")]),
    figure(`${parts.kinds}${name}/429s of the worst`, throttled, "%"),
  ]);
}

/** A line for each cell in which others were run, a column for each strategy. */
export function ofStrategies(scored: readonly Scored[]): readonly Figure[] {
  const isBeside = new Set(scored.filter(({ by }) => by !== "AUTO").map(({ cell }) => JSON.stringify(cell)));
  const shown = scored.filter(({ cell }) => isBeside.has(JSON.stringify(cell)));
  return ["AUTO", "AUTO over sockets", ...Object.keys(strategies)].flatMap((by) =>
    shown
      .filter((each) => each.by === by)
      .map(({ cell, score }) => figure(`${parts.beside}${placeOf(cell)}/${by}`, score.steady, "%")),
  );
}

/** Where a strategy gave rows up at all. */
export function ofGivenUp(others: readonly Scored[]): readonly Figure[] {
  const lines = Map.groupBy(others, ({ cell }) => placeOf(cell));
  return [...lines].flatMap(([place, each]) =>
    each.some(({ score }) => score.lost > 0)
      ? each.map(({ by, score }) => {
          const share = (100 * score.lost) / Math.max(1, score.lost + score.rows);
          return figure(`${parts.givenUp}${place}/${by}`, share, "%");
        })
      : [],
  );
}

function placeOf({ principals, servers, capacity, bad, seconds }: Cell): string {
  const rows = bad.percent === 0 ? "clean" : `${bad.percent} % bad by ${bad.foundBy}`;
  const room = capacity === undefined ? "" : `, capacity ${capacity.lanes}`;
  return `${principals}×${servers}${room}, ${rows}, ${seconds / 60} min`;
}

/** Rows a second in each step of one cell that begins with a burst. */
export function ofCourse(scored: readonly Scored[]): readonly Figure[] {
  const shown = scored.find(({ by, cell }) => {
    const { principals, servers, capacity, affinity, bad } = cell;
    return (
      by === "AUTO" &&
      principals === 1 &&
      servers === 4 &&
      capacity === undefined &&
      affinity === "on" &&
      bad.percent === clean.percent
    );
  });
  return (shown?.score.course ?? []).map((rows, nth) =>
    figure(`${parts.course}1×4, clean/${nth * courseStepSeconds} s`, rows / courseStepSeconds, "rows/s"),
  );
}

export function ofVerdict(lines: readonly Line[]): readonly Figure[] {
  return lines.flatMap(({ what, cells, missed }) => [
    figure(`${parts.judged}${what}/cells`, cells, "cells"),
    figure(`${parts.judged}${what}/missed in`, missed.length, "cells"),
  ]);
}
