/** The command line of the emulator. */
import { parseArgs } from "node:util";
import type { LimitSettings } from "./limits/limits.ts";
import { serviceLimits } from "./limits/limits.ts";

export class UsageError extends Error {}

export const usage = `node test/emulator/main.ts [options]
  --port N                  default 5443; 0 = any
  --plain-http              no TLS
  --servers W               web servers behind affinity cookies, default 1
  --principals P            application users, default 1
  --limits off|real|K       service protection; K compresses all time by K; default off
  --requests-per-window N   instead of 6000
  --execution-s N           seconds of execution in a window, instead of 1200
  --concurrent N            instead of 52
  --grace-ms N              requests so soon after a 429 are not early, default 100
  --request-ms N            execution time of every request, default 0
  --operation-ms N          execution time of every operation, default 0
  --dop-hint N              x-ms-dop-hint, default 8
  --token-seconds N         life of a token, default 3599
  --certificate FILE        PEM that signs a principal's assertions; the n-th is the n-th principal's
  --seed S                  default 1
  --schema FILE             YAML with more tables, columns and keys
  --ca-file FILE            where the authority's certificate is written
  --subseconds keep|drop    digits after the second, default keep
  --excess-digits refuse|round
  --missing-key-status 404|400   a lookup bound by a key that no row has
  --operations-max N        operations in one $batch, default 1000
  --body-bytes-max N        bytes of a request, default 128 MiB; beyond it 413
  --request-encoding refuse|accept   compressed request bodies, default refuse
  --crlf strict|lenient     line ends of $batch bodies, default strict
  --no-values               keep no values in the ledger
  --entries-max N           effects, and requests, that the ledger holds
  --exit-with-stdin         end when standard input ends
`;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

export function readArguments(args: readonly string[]) {
  const { values } = parse(args);
  return {
    help: values.help,
    port: natural(values.port, "--port") ?? 5443,
    plainHttp: values["plain-http"],
    exitWithStdin: values["exit-with-stdin"],
    schema: values.schema,
    caFile: values["ca-file"],
    certificates: values.certificate ?? [],
    options: {
      servers: natural(values.servers, "--servers", 1) ?? 1,
      principals: natural(values.principals, "--principals", 1) ?? 1,
      limits: limitsOf(values),
      graceMs: natural(values["grace-ms"], "--grace-ms") ?? 100,
      requestMs: natural(values["request-ms"], "--request-ms") ?? 0,
      operationMs: natural(values["operation-ms"], "--operation-ms") ?? 0,
      dopHint: natural(values["dop-hint"], "--dop-hint", 1) ?? 8,
      tokenSeconds: natural(values["token-seconds"], "--token-seconds", 1) ?? 3599,
      seed: natural(values.seed, "--seed") ?? 1,
      subseconds: choice(values.subseconds, "--subseconds", ["keep", "drop"]),
      excessDigits: choice(values["excess-digits"], "--excess-digits", ["refuse", "round"]),
      missingKeyStatus:
        choice(values["missing-key-status"], "--missing-key-status", ["404", "400"]) === "404" ? 404 : 400,
      operationsMax: natural(values["operations-max"], "--operations-max", 1) ?? 1000,
      bodyBytesMax: natural(values["body-bytes-max"], "--body-bytes-max", 1) ?? 128 * 1024 * 1024,
      requestEncoding: choice(values["request-encoding"], "--request-encoding", ["refuse", "accept"]),
      crlf: choice(values.crlf, "--crlf", ["strict", "lenient"]),
      keepValues: !values["no-values"],
      ...withEntriesMax(natural(values["entries-max"], "--entries-max", 1)),
    },
  } as const;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: flag,
        port: text,
        "plain-http": flag,
        servers: text,
        principals: text,
        limits: text,
        "requests-per-window": text,
        "execution-s": text,
        concurrent: text,
        "grace-ms": text,
        "request-ms": text,
        "operation-ms": text,
        "dop-hint": text,
        "token-seconds": text,
        certificate: { type: "string", multiple: true },
        seed: text,
        schema: text,
        "ca-file": text,
        subseconds: text,
        "excess-digits": text,
        "missing-key-status": text,
        "operations-max": text,
        "body-bytes-max": text,
        "request-encoding": text,
        crlf: text,
        "no-values": flag,
        "entries-max": text,
        "exit-with-stdin": flag,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Given = ReturnType<typeof parse>["values"];

function limitsOf(values: Given): LimitSettings | "off" {
  const wish = values.limits ?? "off";
  if (wish === "off") {
    return "off";
  }
  const compression = wish === "real" ? 1 : (natural(wish, "--limits", 1) ?? 1);
  const seconds = natural(values["execution-s"], "--execution-s", 1);
  return {
    ...serviceLimits,
    compression,
    requests: natural(values["requests-per-window"], "--requests-per-window", 1) ?? serviceLimits.requests,
    executionMs: seconds === undefined ? serviceLimits.executionMs : seconds * 1000,
    concurrent: natural(values.concurrent, "--concurrent", 1) ?? serviceLimits.concurrent,
  };
}

function natural(given: string | undefined, name: string, least = 0): number | undefined {
  if (given === undefined) {
    return undefined;
  }
  const value = Number(given);
  if (!/^\d+$/.test(given) || value < least) {
    throw new UsageError(`${name} must be a whole number of at least ${least}, not '${given}'.`);
  }
  return value;
}

function choice<T extends string>(given: string | undefined, name: string, allowed: readonly [T, ...T[]]): T {
  const chosen = given === undefined ? allowed[0] : allowed.find((item) => item === given);
  if (chosen === undefined) {
    throw new UsageError(`${name} must be one of ${allowed.join(", ")}, not '${given ?? ""}'.`);
  }
  return chosen;
}

function withEntriesMax(entriesMax: number | undefined): { readonly entriesMax?: number } {
  return entriesMax === undefined ? {} : { entriesMax };
}
