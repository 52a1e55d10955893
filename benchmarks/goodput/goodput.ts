/** How much of what the limits allow does the server get out of an environment, and how much do the published strategies of others? */
import type { Figure, Question } from "../figures.ts";
import { about } from "./about.ts";
import type { Cell } from "./cell.ts";
import { ofCell, ofCourse, ofGivenUp, ofKinds, ofStrategies, ofVerdict, parts } from "./figures-of.ts";
import { quickTasks, socketCells, wholeTasks } from "./grid.ts";
import { plots } from "./plots.ts";
import { scoreOf } from "./score.ts";
import { runOverSockets } from "./sockets.ts";
import { textOf, verdict } from "./verdict.ts";
import type { Scored } from "./worker.ts";
import { lineOf, runAll } from "./workers.ts";

const usualSeconds = 900;

async function run(): Promise<readonly Figure[]> {
  const isQuick = process.env["GOODPUT"] === "quick";
  const scored = await runAll(isQuick ? quickTasks() : wholeTasks());
  // Afterwards, on a machine that is free: what is late in real time is many times as late in faster time.
  const overSockets = isQuick ? [] : await Promise.all(socketCells().map(scoredOverSockets));
  return figuresOf([...scored, ...overSockets]);
}

async function scoredOverSockets(cell: Cell): Promise<Scored> {
  const score = scoreOf(cell, await runOverSockets(cell));
  const scored = { cell, by: "AUTO over sockets", score, cpuSeconds: 0 } as const;
  console.error(lineOf(scored));
  return scored;
}

function figuresOf(scored: readonly Scored[]): readonly Figure[] {
  const auto = scored.filter(({ by }) => by === "AUTO");
  const others = scored.filter(({ by }) => by !== "AUTO" && by !== "AUTO over sockets");
  const lines = verdict(auto, others);
  console.error(lines.map(textOf).join("\n"));
  return [
    ...ofVerdict(lines),
    ...ofKinds(auto.filter(({ cell }) => cell.seconds === usualSeconds)),
    ...ofStrategies(scored),
    ...ofGivenUp(others),
    ...ofCourse(scored),
    ...scored.flatMap(ofCell),
  ];
}

export const goodput: Question = {
  name: "goodput",
  about,
  run,
  tabled: ({ name }) => !name.startsWith(parts.cells),
  tables: {
    "Judged by": parts.judged,
    "Kinds of cells, share of the ceiling": parts.kinds,
    "Beside the strategies of others, share of the ceiling": parts.beside,
    "Rows that a strategy gave up, share of those that it took": parts.givenUp,
  },
  plots,
};
