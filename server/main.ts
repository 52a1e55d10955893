/** The program: arguments, signals, standard streams. It alone touches the process. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import type { App } from "./app.ts";
import { createApp } from "./app.ts";
import { readConfig } from "./config/config.ts";
import { systemClock } from "./core/clock.ts";
import { asSidecarError } from "./core/errors.ts";
import { systemFiles } from "./core/files.ts";
import type { Log } from "./core/log.ts";
import { stderrLog } from "./core/log.ts";
import type { Settings } from "./core/settings.ts";

const usage = `dataverse-flight serve --config FILE [--port N] [--exit-with-parent PID]
dataverse-flight check --config FILE

  --config FILE           YAML; - reads it from standard input, secrets included
  --port N                instead of listen.port; 0 = any free one
  --exit-with-parent PID  end when standard input ends or that process is gone
  --log-level LEVEL       debug, info (default), warn or error
  --help

serve  prints {"ready":true,"location":"grpc://…"} on standard output when it listens; logs go to standard error.
check  signs in to every environment of the config with every principal, and says who they are.
Exit codes: 0 normal, 2 bad config or arguments, 1 otherwise.
`;

/** Exit code 2: the message is for whoever typed the command. */
class UsageError extends Error {}

const parentPollMs = 1000;
/**
 * How much larger than what is alive the heap becomes before V8 collects it, percent. Left to itself it waits for up to three times as much, and
 * buffers wait with their objects, and none of it is ever given back. V8 looks at it after each collection.
 */
const heapGrowth = "--heap-growing-percent=100";
/** V8 would keep 100 MiB of young objects, glibc as much of freed buffers. Both look at it once, before they begin. */
const young = "--max-semi-space-size";
const startFlag = `${young}=4`;
const startEnvironment = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: String(1024 * 1024) };

interface Arguments {
  readonly command: string;
  readonly config: string;
  readonly port: number | undefined;
  readonly parent: number | undefined;
  readonly level: "debug" | "info" | "warn" | "error";
}

function readArguments(args: readonly string[]): Arguments | "help" {
  const { values, positionals } = parse(args);
  if (values.help === true) return "help";
  const [command = ""] = positionals;
  if (command !== "serve" && command !== "check")
    throw new UsageError(`Say serve or check, not '${command}'.\n\n${usage}`);
  if (values.config === undefined) throw new UsageError(`--config is missing.\n\n${usage}`);
  const level = values["log-level"] ?? "info";
  if (level !== "debug" && level !== "info" && level !== "warn" && level !== "error") {
    throw new UsageError(`--log-level is debug, info, warn or error, not '${level}'.`);
  }
  const port = natural(values.port, "--port", 65_535);
  const parent = natural(values["exit-with-parent"], "--exit-with-parent", 2 ** 31);
  return { command, config: values.config, port, parent, level };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: text, port: text, "exit-with-parent": text, "log-level": text, help: { type: "boolean" } },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function natural(given: string | undefined, name: string, most: number): number | undefined {
  if (given === undefined) return undefined;
  if (/^\d{1,10}$/.test(given) && Number(given) <= most) return Number(given);
  throw new UsageError(`${name} is a whole number up to ${most}, not '${given}'.`);
}

function readSettings({ config, port }: Arguments, log: Log): Settings {
  const fromInput = config === "-";
  const result = readConfig(readConfigText(config), {
    folder: fromInput ? "" : dirname(config),
    files: systemFiles,
    variable: (name) => process.env[name],
    inlineSecrets: fromInput,
  });
  if (!result.ok) {
    const faults = result.faults.map(({ key, message }) => `  ${key === "" ? "" : `${key}: `}${message}`);
    throw new UsageError(`${fromInput ? "The config" : config} is not usable:\n${faults.join("\n")}`);
  }
  for (const message of result.warnings) log.warn("config", { message });
  const { settings } = result;
  return port === undefined ? settings : { ...settings, listen: { ...settings.listen, port } };
}

function readConfigText(config: string): string {
  try {
    return readFileSync(config === "-" ? 0 : config, "utf8");
  } catch {
    throw new UsageError(`${config} cannot be read. Name the config file with --config.`);
  }
}

/** Resolves when the process is asked to end. */
function asked({ parent, config }: Arguments, log: Log): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        log.info("asked to end", { signal });
        resolve();
      });
    }
    if (parent === undefined) return;
    // A config from standard input ends with it: then the parent's life alone counts.
    if (config !== "-") process.stdin.on("end", resolve).on("error", resolve).resume();
    systemClock.every(parentPollMs, () => {
      if (!isAlive(parent)) resolve();
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Alive, but of another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Starts node again in its own place, as the Python package starts it, unless whoever started it has said how much it may keep. */
function startWithinBounds(): void {
  const { execArgv, execPath, argv, env, platform } = process;
  const isTold = [...execArgv, env["NODE_OPTIONS"] ?? ""].some((flags) => flags.includes(young));
  // Windows has nothing like it.
  if (isTold || platform === "win32") return;
  process.execve?.(execPath, [execPath, startFlag, ...execArgv, ...argv.slice(1)], { ...startEnvironment, ...env });
}

async function serve(given: Arguments, log: Log): Promise<void> {
  startWithinBounds();
  setFlagsFromString(heapGrowth);
  const app = createApp({ settings: readSettings(given, log), clock: systemClock, log, files: systemFiles });
  // Before the ready line: whoever reads it may send a signal at once.
  const ended = asked(given, log);
  // A reader that went away is no reason to end.
  process.stdout.on("error", () => undefined);
  process.stdout.write(`${JSON.stringify({ ready: true, location: await app.listen() })}\n`);
  await ended;
  await app.drain();
  log.info("ended");
}

async function check(given: Arguments, log: Log): Promise<void> {
  const app = createApp({ settings: readSettings(given, log), clock: systemClock, log, files: systemFiles });
  for (const name of app.inspection.environments) process.stdout.write(await describe(app, name));
  await app.drain();
}

async function describe(app: App, name: string): Promise<string> {
  const signedIn = await app.inspection.check(name);
  const lines = signedIn.map((principal) => `  ${principal.name} signs in as user ${principal.userId}`);
  return `${name}: ok\n${lines.join("\n")}\n`;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const given = readArguments(args);
    if (given === "help") {
      process.stdout.write(usage);
      return 0;
    }
    const log = stderrLog(given.level);
    await (given.command === "serve" ? serve(given, log) : check(given, log));
    return 0;
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      process.stderr.write(`${thrown.message}\n`);
      return 2;
    }
    const error = asSidecarError(thrown);
    process.stderr.write(`${error.line}\n`);
    return error.code === "credentials_rejected" || error.code === "principal_forbidden" ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
// Idle connections of the pools must not hold the process.
process.exit();
