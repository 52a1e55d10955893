/**
 * One run of the emulator in a process of its own, called by function, without sockets: `emulator-run.ts KIND ROWS [twice|json]`.
 * `twice` writes every row again and times only that; `json` times JSON.parse of the same rows instead. Making the bodies is
 * not timed. Prints `{rows, seconds, cpuSeconds, residentMiB, peakMiB}`.
 */
import { readFileSync } from "node:fs";
import { createEmulator } from "../test/emulator/emulator.ts";
import { parseSchema } from "../test/emulator/schema/load.ts";
import { isReset } from "../test/emulator/wire/http.ts";
import type { Kind, Load } from "./emulator-bodies.ts";
import { kinds, loadOf, rowsPerRequest, schema } from "./emulator-bodies.ts";

/** Requests made ahead, so that making them is not timed. */
const ahead = 20;

const [name = "", count = "0", way = ""] = process.argv.slice(2);
const kind: Kind | undefined = kinds.find((known) => known === name);
if (kind === undefined) {
  throw new Error(`Unknown kind: ${name}.`);
}
const rows = Number(count);
const emulator = createEmulator({ auth: false, keepValues: false, ...parseSchema(schema) });

async function send({ url, contentType, body }: Load): Promise<void> {
  const answer = await emulator.handle({ method: "POST", url, headers: { "content-type": contentType }, body });
  if (isReset(answer) || answer.status >= 300 || /^HTTP\/1\.1 [45]/m.test(answer.body)) {
    throw new Error(`The emulator refused: ${isReset(answer) ? "reset" : answer.body.slice(0, 2000)}`);
  }
}

async function writeAll(each: (load: Load) => void | Promise<void>): Promise<{ seconds: number; cpuSeconds: number }> {
  let [seconds, cpuSeconds] = [0, 0];
  for (let first = 0; first < rows; first += ahead * rowsPerRequest) {
    const loads: Load[] = [];
    for (let at = first; at < Math.min(rows, first + ahead * rowsPerRequest); at += rowsPerRequest) {
      loads.push(loadOf(kind as Kind, at));
    }
    const [cpu, start] = [process.cpuUsage(), process.hrtime.bigint()];
    for (const load of loads) {
      await each(load);
    }
    const { user, system } = process.cpuUsage(cpu);
    seconds += Number(process.hrtime.bigint() - start) / 1e9;
    cpuSeconds += (user + system) / 1e6;
  }
  return { seconds, cpuSeconds };
}

/** MiB. */
function memory(field: "VmRSS" | "VmHWM"): number {
  const [, kibibytes] =
    new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}

const parse = ({ json }: Load): void => {
  JSON.parse(json);
};
let measured = await writeAll(way === "json" ? parse : send);
if (way === "twice") {
  measured = await writeAll(send);
}
if (way !== "json") {
  const { rows: held, creates, updates } = emulator.counts().tables["bench_row"] ?? { rows: 0, creates: 0, updates: 0 };
  if (held !== rows || creates !== rows || updates !== (way === "twice" ? rows : 0)) {
    throw new Error(`The counts do not add up: ${JSON.stringify({ rows, held, creates, updates })}`);
  }
}
console.log(JSON.stringify({ rows, ...measured, residentMiB: memory("VmRSS"), peakMiB: memory("VmHWM") }));
