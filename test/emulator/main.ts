/** Starts the emulator, says on one line of standard output where it is, and ends on SIGTERM, SIGINT or the end of its input. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readArguments, usage } from "./arguments.ts";
import { banner } from "./banner.ts";
import { UsageError } from "./core/flags.ts";
import type { Emulator } from "./emulator.ts";
import { createEmulator } from "./emulator.ts";
import { builtInSchema, loadSchema } from "./schema/load.ts";
import { SchemaError } from "./schema/schema-error.ts";
import { makeCertificate, writeAuthority } from "./wire/certificate.ts";
import { writeClientConfig } from "./wire/client-config.ts";
import { listen } from "./wire/server.ts";

async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    process.stdout.write(usage);
    return;
  }
  const schema = given.schema === undefined ? builtInSchema() : loadSchema(given.schema);
  const certificates = given.certificates.map((file) => readFileSync(file, "utf8"));
  const issuers = given.issuers.map((file) => readFileSync(file, "utf8"));
  const certificate = given.plainHttp ? undefined : await makeCertificate();
  let emulator: Emulator | undefined;
  const server = await listen(given.port, certificate, () => {
    if (emulator === undefined) {
      throw new Error("A request came before the emulator was ready.");
    }
    return emulator;
  });
  const url = `${certificate === undefined ? "http" : "https"}://localhost:${server.port}`;
  emulator = createEmulator({ ...given.options, ...schema, url, certificates, issuers });
  const caFile = certificate === undefined ? null : resolve(given.caFile ?? defaultCaFile(server.port));
  if (caFile !== null && certificate !== undefined) {
    writeAuthority(caFile, certificate);
  }
  const principals = emulator.principals.map(({ clientId, clientSecret }) => ({
    client_id: clientId,
    client_secret: clientSecret,
  }));
  const ready = { ready: true, url, authority: url, tenant_id: emulator.tenantId, ca_file: caFile, principals };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  const isByHand = caFile !== null && given.caFile === undefined;
  process.stderr.write(banner(ready, isByHand ? writeClientConfig(dirname(caFile), ready) : undefined));
  endWith(given.exitWithStdin, () => {
    // An open input would keep the process.
    process.stdin.destroy();
    // Faults that wait for their time would keep it too.
    void server.close().then(() => process.exit(0));
  });
}

function defaultCaFile(port: number): string {
  return resolve(import.meta.dirname, "../../.cache/emulator", `ca-${port}.pem`);
}

function endWith(stdin: boolean, end: () => void): void {
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (stdin) {
    process.stdin.once("end", end);
    process.stdin.resume();
  }
}

main().catch((error: unknown) => {
  // What the operating system refuses (no such file, port in use) is the user's affair too.
  const refused = error instanceof Error && "syscall" in error;
  const expected = refused || error instanceof UsageError || error instanceof SchemaError;
  process.stderr.write(
    expected ? `emulator: ${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = expected ? 2 : 1;
});
