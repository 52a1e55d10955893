/** Asks the questions named as arguments, or all; each leaves its figures in results/, and the README is made of them. */
import { emulator } from "./emulator.ts";
import { encode } from "./encode.ts";
import { engine } from "./engine.ts";
import { failures } from "./failures.ts";
import type { Question } from "./figures.ts";
import { table, writeReadme, writeResults } from "./figures.ts";
import { flat } from "./flat.ts";
import { goodput } from "./goodput/goodput.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { retry } from "./retry.ts";
import { splitting } from "./splitting.ts";

const questions: readonly Question[] = [
  engine,
  encode,
  flat,
  latency,
  memory,
  splitting,
  failures,
  retry,
  emulator,
  goodput,
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !questions.some((question) => question.name === name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(", ")}. Known: ${questions.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}
for (const question of questions) {
  if (asked.length > 0 && !asked.includes(question.name)) continue;
  const start = process.hrtime.bigint();
  const figures = await question.run();
  writeResults(question.name, figures);
  console.log(table(figures.filter(question.tabled ?? (() => true))));
  console.error(`${question.name}: ${(Number(process.hrtime.bigint() - start) / 1e9).toFixed(0)} s`);
}
writeReadme(questions);
