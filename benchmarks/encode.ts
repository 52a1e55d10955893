/** How many rows does one core turn into requests, against JSON.stringify of the same rows in the same run? */
import { execFileSync } from "node:child_process";
import { rowsFile, rowsOf, settingsOf, stringify } from "./bench-rows.ts";
import type { Figure, Question } from "./figures.ts";
import { compared, significant } from "./figures.ts";

/** JSON.stringify needs ten times as long for each row. */
const stringified = { bytes: 176, rows: 200_000 } as const;

function encoded(mode: "UPSERT" | "INSERT", way: "batch" | "bulk"): readonly [pace: Figure, size: Figure] {
  const program = ["benchmarks/encode-run.ts", rowsFile(176), String(rowsOf[176]), mode, way];
  const { rows, bytes, cpuSeconds } = JSON.parse(String(execFileSync(process.execPath, program))) as {
    rows: number;
    bytes: number;
    cpuSeconds: number;
  };
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `encode/${mode.toLowerCase()}/${way === "batch" ? "parts of a $batch" : "targets of a bulk message"}/${what}`,
    value: significant(value),
    unit,
    ratio_to: null,
    ratio: null,
    settings: settingsOf(rows),
  });
  return [
    figure("rows per CPU-second", rows / cpuSeconds, "rows/CPU-s"),
    figure("bytes per row", bytes / rows, "bytes"),
  ];
}

function run(): readonly Figure[] {
  const getters = stringify("encode", "getters", stringified).pace;
  const figures: Figure[] = [];
  for (const mode of ["UPSERT", "INSERT"] as const) {
    for (const way of ["batch", "bulk"] as const) {
      const [pace, size] = encoded(mode, way);
      figures.push(compared(pace, getters), size);
    }
  }
  return [...figures, getters, stringify("encode", "rows", stringified).pace];
}

export const encode: Question = {
  name: "encode",
  about: `How many rows does one core turn into requests? The rows of \`engine\`, decoded beforehand, through the server's encoder: each checked, addressed
and written as a part of a \`$batch\` or as a target of a bulk message, into a buffer that is used again for every 1,000 rows; ids of inserts are
given, not minted. Each figure is of a fresh process; CPU-seconds are user and system time of all its threads while it encoded, its
warm-up included. \`JSON.stringify\` turns rows of the same file into text with arrow-js in the same run, as in \`engine\`; it checks nothing, and
its numbers are not what the service takes.`,
  run: () => Promise.resolve(run()),
};
