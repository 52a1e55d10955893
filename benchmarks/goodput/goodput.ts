/** How much of what the limits allow does the server get out of an environment, and how much do the published strategies of others? */
import type { Figure, Question } from "../figures.ts";
import { ofCell, ofCourse, ofKinds, ofStrategies, ofVerdict, parts } from "./figures-of.ts";
import { quickTasks, wholeTasks } from "./grid.ts";
import { plots } from "./plots.ts";
import { textOf, verdict } from "./verdict.ts";
import { runAll } from "./workers.ts";

const usualSeconds = 900;

async function run(): Promise<readonly Figure[]> {
  const scored = await runAll(process.env["GOODPUT"] === "quick" ? quickTasks() : wholeTasks());
  const auto = scored.filter(({ by }) => by === "AUTO");
  const others = scored.filter(({ by }) => by !== "AUTO");
  const lines = verdict(auto, others);
  console.error(lines.map(textOf).join("\n"));
  return [
    ...ofVerdict(lines),
    ...ofKinds(auto.filter(({ cell }) => cell.seconds === usualSeconds)),
    ...ofStrategies(scored),
    ...ofCourse(scored),
    ...scored.flatMap(ofCell),
  ];
}

export const goodput: Question = {
  name: "goodput",
  about: `How much of what the limits allow does the server get out of an environment? TODO`,
  run,
  tabled: ({ name }) => !name.startsWith(parts.cells),
  tables: [parts.judged, parts.kinds, parts.beside],
  plots,
};
