/** The rows of the benchmarks, made once as Arrow IPC streams, and the plain way of turning them into text. */
import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import type { Figure } from "./figures.ts";
import { significant } from "./figures.ts";

export const folder = "build/bench";
const seed = 1;
const maker = "benchmarks/make_rows.py";

/** Bytes that a row takes in Arrow's buffers, about; the plain twelve columns of the README take 176. */
export type RowBytes = 64 | 176 | 512 | 4096;

/** As many as a file has; enough for some seconds. */
export const rowsOf: Readonly<Record<RowBytes, number>> = { 64: 500_000, 176: 1_000_000, 512: 300_000, 4096: 60_000 };

/** The path of the file, made if it is not there; made anew when the program that makes it changes. */
export function rowsFile(bytes: RowBytes): string {
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/rows-${bytes}-${rowsOf[bytes]}-${hash("sha256", readFileSync(maker)).slice(0, 8)}.arrows`;
  const settings = [file, String(rowsOf[bytes]), String(seed), String(bytes)];
  if (!existsSync(file)) execFileSync(".venv/bin/python", [maker, ...settings]);
  return file;
}

/** Programs that wanted a core in the minute before the first question: more than a few make every CPU-second dearer. */
const load = significant(loadavg()[0] ?? 0);

export function settingsOf(rows: number): Figure["settings"] {
  return { rows, nulls: "10 %", cores: availableParallelism(), "load before": load, node: process.version, seed };
}

export interface Plain {
  readonly pace: Figure;
  readonly cost: Figure;
}

/** JSON.stringify of the first rows, by row objects or by the getters of the columns, in a process of its own. */
export function stringify(question: string, way: "rows" | "getters", shape: { bytes: RowBytes; rows: number }): Plain {
  const program = ["benchmarks/stringify.ts", rowsFile(shape.bytes), String(shape.rows), way];
  const { rows, cpuSeconds } = JSON.parse(String(execFileSync(process.execPath, program))) as {
    rows: number;
    cpuSeconds: number;
  };
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `${question}/JSON.stringify by ${way}, ${shape.bytes} B/${what}`,
    value: significant(value),
    unit,
    ratio_to: null,
    ratio: null,
    settings: settingsOf(rows),
  });
  return {
    pace: figure("rows per CPU-second", rows / cpuSeconds, "rows/CPU-s"),
    cost: figure("CPU per million rows", (cpuSeconds * 1e6) / rows, "CPU-s"),
  };
}
