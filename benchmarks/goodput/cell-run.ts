/** Runs the tasks that it is given as JSON, one line each, on standard input; prints a line of JSON for each. */
import { createInterface } from "node:readline";
import { runAuto } from "./auto.ts";
import type { Cell } from "./cell.ts";
import { nameOf } from "./cell.ts";
import { scoreOf } from "./score.ts";
import type { StrategyName } from "./strategies/all.ts";
import { runStrategy } from "./strategy-run.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const { cell, by = "AUTO" } = JSON.parse(line) as { cell: Cell; by?: StrategyName | "AUTO" };
  const before = process.cpuUsage();
  const score = scoreOf(cell, await (by === "AUTO" ? runAuto(cell) : runStrategy(cell, by)));
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ name: nameOf(cell), cell, by, score, cpuSeconds: (user + system) / 1e6 }));
}
