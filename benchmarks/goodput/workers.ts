/** Two processes that share the tasks: each asks for the next when it has answered the last, the longest first, so that both end together. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ceiling } from "./ceiling.ts";
import { nameOf } from "./cell.ts";
import type { Task } from "./grid.ts";
import type { Scored } from "./worker.ts";

const workers = 2;
const program = "benchmarks/goodput/worker.ts";

/** @throws Error when a process ends before its tasks. */
export async function runAll(tasks: readonly Task[]): Promise<readonly Scored[]> {
  const open = tasks.toSorted((a, b) => weightOf(b) - weightOf(a));
  const scored: Scored[] = [];
  const run = async (): Promise<void> => {
    const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(child, "exit");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (let task = open.shift(); task !== undefined; task = open.shift()) {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`No result of ${task.by} in ${nameOf(task.cell)}.`);
      const result = JSON.parse(value) as Scored;
      scored.push(result);
      console.error(lineOf(result));
    }
    child.stdin.end();
    await ended;
  };
  await Promise.all(Array.from({ length: workers }, run));
  return scored.toSorted((a, b) => placeOf(tasks, a) - placeOf(tasks, b));
}

/** Rows, about. */
function weightOf({ cell, by }: Task): number {
  return by === "AUTO" ? ceiling(cell) * cell.seconds : 0;
}

function placeOf(tasks: readonly Task[], { cell, by }: Scored): number {
  const name = JSON.stringify(cell);
  return tasks.findIndex((task) => task.by === by && JSON.stringify(task.cell) === name);
}

export function lineOf({ cell, by, score, cpuSeconds }: Scored): string {
  const { steady, burst, throttled, early, lost, doubled } = score;
  return (
    `goodput, ${by}, ${nameOf(cell)}: steady ${steady.toFixed(1)} %, burst ${burst.toFixed(1)} %, ` +
    `429s ${throttled.toFixed(2)} %, early ${early}, lost ${lost}, doubled ${doubled} (${cpuSeconds.toFixed(1)} s)`
  );
}
