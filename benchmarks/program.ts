/** A program of our own that runs beside the benchmark: ready when it says so, measured by what the kernel counts. Linux alone. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** The unit of /proc/<pid>/stat, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;
const readyTimeoutMs = 30_000;

interface Ready {
  readonly location: string;
  /** Where the benchmark talks to it, if it has such a place. */
  readonly control?: string;
}

export interface Start {
  /** Node when absent. */
  readonly program?: string;
  /** Over the environment of the benchmark. */
  readonly env?: Readonly<Record<string, string>>;
}

export class Program implements AsyncDisposable {
  /** Where it listens. */
  readonly location: string;
  readonly control: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, { location, control = "" }: Ready) {
    this.#process = child;
    this.location = location;
    this.control = control;
  }

  /** Starts `program ...args` and waits for the line `{"ready":true,"location":"…"}`. Its log goes to our standard error. */
  static async start(args: readonly string[], { program = process.execPath, env = {} }: Start = {}): Promise<Program> {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
    const lines = createInterface({ input: child.stdout });
    const failed = once(child, "exit").then(([code]) => {
      throw new Error(`${program} ${args.join(" ")} ended with ${code} before it was ready.`);
    });
    const first = once(lines, "line", { signal: AbortSignal.timeout(readyTimeoutMs) });
    const [line] = (await Promise.race([first, failed])) as [string];
    return new Program(child, JSON.parse(line) as Ready);
  }

  /** User and system time of all its threads since its start, to 10 ms. */
  get cpuSeconds(): number {
    // The second field is the program's name in brackets, and may hold blanks.
    const fields = this.#proc("stat")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  /** The most memory that it ever had resident, MiB. */
  get peakMiB(): number {
    const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(this.#proc("status")) ?? [];
    return Number(kibibytes) / 1024;
  }

  /** MiB resident now. */
  get residentMiB(): number {
    const [, kibibytes] = /^VmRSS:\s*(\d+) kB$/m.exec(this.#proc("status")) ?? [];
    return Number(kibibytes) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#process.pid}/${file}`, "utf8");
  }
}
