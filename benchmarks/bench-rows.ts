/** The rows of the benchmarks, made once as an Arrow IPC stream, and the plain way of turning them into text. */
import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Figure } from "./figures.ts";
import { significant } from "./figures.ts";

export const folder = "build/bench";
export const seed = 1;
export const rowsMost = 1_000_000;
const maker = "benchmarks/make_rows.py";
/** Made anew when the program that makes it changes. */
export const rowsFile = `${folder}/rows-${rowsMost}-${hash("sha256", readFileSync(maker)).slice(0, 8)}.arrows`;

export function makeRows(): void {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(rowsFile)) execFileSync(".venv/bin/python", [maker, rowsFile, String(rowsMost), String(seed)]);
}

export function settingsOf(rows: number): Figure["settings"] {
  return { rows, columns: 12, nulls: "10 %", cores: availableParallelism(), node: process.version, seed };
}

/** JSON.stringify of the rows, by row objects or by the getters of the columns, in a process of its own. */
export function stringify(question: string, way: "rows" | "getters", count: number): Figure {
  const program = ["benchmarks/stringify.ts", rowsFile, String(count), way];
  const { rows, cpuSeconds } = JSON.parse(String(execFileSync(process.execPath, program))) as {
    rows: number;
    cpuSeconds: number;
  };
  return {
    name: `${question}/JSON.stringify/${way}/rows per CPU-second`,
    value: significant(rows / cpuSeconds),
    unit: "rows/CPU-s",
    ratio_to: null,
    ratio: null,
    settings: settingsOf(rows),
  };
}
