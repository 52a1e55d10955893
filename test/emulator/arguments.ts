/** The command line of the emulator. */
import { parseArgs } from "node:util";
import { choice, natural, UsageError } from "./core/flags.ts";
import { limitFlags, limitOptions, limitUsage } from "./limits/flags.ts";
import { bulkFlags, bulkOptions, bulkUsage } from "./messages/flags.ts";
import { writeFlags, writeOptions, writeUsage } from "./write/flags.ts";

export const usage = `node test/emulator/main.ts [options]
  --port N                  default 5443; 0 = any
  --plain-http              no TLS
  --principals P            application users, default 1
${limitUsage}  --token-seconds N         life of a token, default 3599
  --certificate FILE        PEM that signs a principal's assertions; the n-th is the n-th principal's
  --issuer FILE             PEM of another issuer whose tokens a principal may sign in with; the n-th is the n-th principal's
  --seed S                  default 1
  --schema FILE             YAML with more tables, columns and keys
  --ca-file FILE            where the authority's certificate is written
${writeUsage}${bulkUsage}  --key-index-ms N          time that the index of a new alternate key takes, default 0
  --elastic-lag-ms N        time that a read of an elastic row may lag behind without a session token, default 0
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
    issuers: values.issuer ?? [],
    options: {
      ...limitOptions(values),
      principals: natural(values.principals, "--principals", 1) ?? 1,
      tokenSeconds: natural(values["token-seconds"], "--token-seconds", 1) ?? 3599,
      seed: natural(values.seed, "--seed") ?? 1,
      ...writeOptions(values),
      ...bulkOptions(values),
      keyIndexMs: natural(values["key-index-ms"], "--key-index-ms") ?? 0,
      elasticLagMs: natural(values["elastic-lag-ms"], "--elastic-lag-ms") ?? 0,
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
        ...limitFlags,
        principals: text,
        "token-seconds": text,
        certificate: { type: "string", multiple: true },
        issuer: { type: "string", multiple: true },
        seed: text,
        schema: text,
        "ca-file": text,
        ...writeFlags,
        ...bulkFlags,
        "key-index-ms": text,
        "elastic-lag-ms": text,
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

function withEntriesMax(entriesMax: number | undefined): { readonly entriesMax?: number } {
  return entriesMax === undefined ? {} : { entriesMax };
}
