/** Runs the cells that it is given as JSON, one line each, on standard input; prints a line of JSON for each. */
import { createInterface } from "node:readline";
import { runAuto } from "./auto.ts";
import type { Cell } from "./cell.ts";
import { nameOf } from "./cell.ts";
import { scoreOf } from "./score.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const cell = JSON.parse(line) as Cell;
  const before = process.cpuUsage();
  const score = scoreOf(cell, await runAuto(cell));
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ name: nameOf(cell), cell, score, cpuSeconds: (user + system) / 1e6 }));
}
