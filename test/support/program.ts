/** A program under test as the operating system sees it: its lines, its exit. It ends with the test process, however that ends. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which then ends; without it standard input stays open. */
  readonly input?: string;
}

export class Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exit: Promise<Exit>;
  /** All of standard output and standard error so far. */
  stdout = "";
  stderr = "";
  readonly #lines: string[] = [];
  readonly #readers: ((line: string | undefined) => void)[] = [];
  #over = false;

  constructor(file: string, args: readonly string[], { env, input }: ProgramOptions = {}) {
    this.child = spawn(file, args, { env: { ...process.env, ...env } });
    this.exit = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => resolve({ code, signal }));
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    createInterface({ input: this.child.stdout }).on("line", (line) => this.#take(line));
    this.child.once("close", () => this.#close());
    // A program that has ended takes no more input; its exit tells more than the broken pipe.
    this.child.stdin.on("error", () => undefined);
    if (input !== undefined) this.child.stdin.end(input);
  }

  get pid(): number {
    return this.child.pid ?? Number.NaN;
  }

  /** The next line of standard output; undefined at its end. */
  line(): Promise<string | undefined> {
    const [line] = this.#lines.splice(0, 1);
    if (line !== undefined || this.#over) return Promise.resolve(line);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** The one line of JSON that says a server is ready. Throws what it complained of, if it ended instead. */
  async ready(): Promise<Readonly<Record<string, unknown>>> {
    const line = await this.line();
    if (line !== undefined) return JSON.parse(line) as Readonly<Record<string, unknown>>;
    throw new Error(`${this.child.spawnargs.join(" ")} ended before it was ready: ${this.stderr}`);
  }

  /** Sends the signal, closes standard input and waits for the end. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    this.child.stdin.end();
    this.child.kill(signal);
    return await this.exit;
  }

  #take(line: string): void {
    this.stdout += `${line}\n`;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#lines.push(line);
    else reader(line);
  }

  #close(): void {
    this.#over = true;
    for (const reader of this.#readers.splice(0)) reader(undefined);
  }
}
