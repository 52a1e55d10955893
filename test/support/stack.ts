/** Emulator, sidecar and clients, each a process of its own, as a user would have them; nothing of them is faked. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { EmulatorProcess } from "./emulator-process.ts";
import type { ColumnValues, Publishing, Report, Summary } from "./flight-clients.ts";
import { FlightClients } from "./flight-clients.ts";
import type { ProgramOptions } from "./program.ts";
import { Program } from "./program.ts";

export interface StackOptions {
  /** Of the emulator. */
  readonly flags?: readonly string[];
  /** Of the sidecar's config, over that which `sidecarConfig` makes. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Keys of the environment `demo`, over those of `sidecarConfig`. */
  readonly environment?: Readonly<Record<string, unknown>>;
}

export interface Sidecar {
  readonly program: Program;
  readonly location: string;
}

/** What `publish` sends: the command's fields, input columns, and how they travel. */
export interface Run extends Partial<Omit<Publishing, "command" | "columns">> {
  readonly command: Readonly<Record<string, unknown>>;
  readonly columns: readonly ColumnValues[];
}

export class Stack {
  readonly folder: string;
  readonly emulator: EmulatorProcess;
  readonly clients = new FlightClients();
  readonly #options: StackOptions;
  #sidecar: Sidecar | undefined;

  private constructor(folder: string, emulator: EmulatorProcess, options: StackOptions) {
    this.folder = folder;
    this.emulator = emulator;
    this.#options = options;
  }

  /** Starts the emulator and the sidecar. */
  static async start(options: StackOptions = {}): Promise<Stack> {
    const stack = await Stack.withoutSidecar(options);
    await stack.startSidecar();
    return stack;
  }

  static async withoutSidecar(options: StackOptions = {}): Promise<Stack> {
    const folder = await mkdtemp(join(tmpdir(), "dataverse-flight-"));
    const tables = ["--schema", "test/support/sample-tables.yaml", "--ca-file", join(folder, "ca.pem")];
    // A busy machine takes as long to shake hands over what was under way; the shortest Retry-After of a test is 1 s.
    const flags = [...tables, "--grace-ms", "700", ...(options.flags ?? [])];
    const stack = new Stack(folder, await EmulatorProcess.start(flags), options);
    const [principal] = stack.emulator.address.principals;
    await stack.secretFile("secret", principal?.client_secret ?? "");
    return stack;
  }

  get sidecar(): Sidecar {
    if (this.#sidecar === undefined) throw new Error("No sidecar has been started.");
    return this.#sidecar;
  }

  /** Writes a file that its owner alone may read, and names it. */
  async secretFile(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  /** The config of an operator who has one environment, `demo`, with every mode. */
  config(environment: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    const { url, authority, tenant_id, ca_file, principals } = this.emulator.address;
    const [principal] = principals;
    const demo = {
      ...{ url, authority, tenant_id },
      ...(ca_file === null ? {} : { ca_file }),
      principals: [{ client_id: principal?.client_id, client_secret_file: "secret" }],
      modes_allowed: ["insert", "update", "upsert", "delete"],
      ...this.#options.environment,
      ...environment,
    };
    return { environments: { demo }, ...this.#options.config };
  }

  /** Starts a sidecar, which is the stack's from now on. */
  async startSidecar(config: Readonly<Record<string, unknown>> = this.config()): Promise<Sidecar> {
    this.#sidecar = await startSidecar(this.folder, config);
    return this.#sidecar;
  }

  /** A second sidecar, for one test. */
  async another(config: Readonly<Record<string, unknown>>, options: ProgramOptions = {}): Promise<Sidecar> {
    const sidecar = await startSidecar(this.folder, config, options);
    onTestFinished(async () => {
      await sidecar.program.end("SIGKILL");
    });
    return sidecar;
  }

  /** Opens a stream to the stack's sidecar. */
  open(run: Run): ReturnType<FlightClients["open"]> {
    return this.clients.open({ location: this.sidecar.location, ...run });
  }

  publish(run: Run): Promise<Report> {
    return this.open(run).report;
  }

  async end(): Promise<void> {
    await Promise.all([this.clients.end(), this.#sidecar?.program.end("SIGKILL"), this.emulator.end()]);
    await rm(this.folder, { recursive: true });
  }
}

let configs = 0;

async function startSidecar(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  options: ProgramOptions = {},
): Promise<Sidecar> {
  configs += 1;
  const file = join(folder, `config-${configs}.yaml`);
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const serve = ["server/main.ts", "serve", "--config", file, "--port", "0"];
  const program = new Program(process.execPath, [...serve, "--exit-with-parent", String(process.pid)], options);
  const { location } = await program.ready();
  return { program, location: String(location) };
}

/** The summary of a stream that ended OK. */
export function summaryOf(report: Report): Summary {
  if (report.error !== undefined) throw new Error(`${report.error.type}: ${report.error.text}`);
  if (report.summary === null) throw new Error("The stream ended without a summary.");
  return report.summary;
}
