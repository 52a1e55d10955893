/** Runs the tasks that it is given as JSON, one line each, on standard input; prints a line of JSON for each. */
import { createInterface } from "node:readline";
import type { Run } from "./auto.ts";
import { runAuto } from "./auto.ts";
import type { Task } from "./grid.ts";
import type { Score } from "./score.ts";
import { scoreOf } from "./score.ts";
import { runOverSockets } from "./sockets.ts";
import { runStrategy } from "./strategy-run.ts";

export interface Scored extends Task {
  readonly score: Score;
  readonly cpuSeconds: number;
}

async function runOf({ cell, by }: Task): Promise<Run> {
  if (by === "AUTO over sockets") return await runOverSockets(cell);
  return by === "AUTO" ? await runAuto(cell) : await runStrategy(cell, by);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { cell, by = "AUTO" } = JSON.parse(line) as Task;
  const before = process.cpuUsage();
  const score = scoreOf(cell, await runOf({ cell, by }));
  const { user, system } = process.cpuUsage(before);
  const scored: Scored = { cell, by, score, cpuSeconds: (user + system) / 1e6 };
  console.log(JSON.stringify(scored));
}
