/** What the measured server stands on: a sink in a process of its own, certificates for both sides, and the config that names them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { inflightBytesFor } from "../server/core/settings.ts";
import { makeCertificate } from "../test/emulator/wire/certificate.ts";
import { folder } from "./bench-rows.ts";
import { Program } from "./program.ts";
import type { SinkCounts } from "./sink.ts";

/** Each may ask 6,000 requests in 300 s, wherever they go: so many that no run here comes near. Memory is that of a server with one. */
const principals = 16;

/** What node runs, and in which environment. */
export interface ServerStart {
  readonly node: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const server = "server/main.ts";
const bundle = "client-python-shim/src/dataverse_flight/server.mjs";
/** As the Python package starts the server. */
const young = "--max-semi-space-size=4";
const env = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: String(1024 * 1024) };

/** Ways to start the server. */
export const starts = {
  package: { node: [young, server], env },
  bundle: { node: [young, bundle], env },
  plain: { node: [server], env: {} },
  counting: { node: [young, "--import", "./benchmarks/count-copies.ts", server], env },
} as const satisfies Record<string, ServerStart>;

export interface Files {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

async function makeFiles(): Promise<Files> {
  mkdirSync(folder, { recursive: true });
  const made = await makeCertificate();
  const write = (name: string, text: string): string => {
    writeFileSync(`${folder}/${name}`, text, { mode: 0o600 });
    return `${folder}/${name}`;
  };
  return {
    authority: write("authority.pem", made.authority),
    certificate: write("certificate.pem", made.certificate),
    key: write("key.pem", made.key),
  };
}

function writeConfig(sink: string): string {
  writeFileSync(`${folder}/token`, "sink-token\n", { mode: 0o600 });
  const ids = Array.from({ length: principals }, (_, nth) => String(nth + 1).padStart(12, "0"));
  const path = `${folder}/sidecar.yaml`;
  writeFileSync(
    path,
    `listen: {host: 127.0.0.1, port: 0, tls: {certificate_file: certificate.pem, key_file: key.pem}}
environments:
  sink:
    url: ${sink}
    ca_file: authority.pem
    principals:
${ids.map((id) => `      - {client_id: 00000000-0000-4000-8000-${id}, access_token_file: token}`).join("\n")}
limits: {inflight_bytes_max: ${inflightBytesFor(1)}}
`,
  );
  return path;
}

export class Ground implements AsyncDisposable {
  readonly files: Files;
  readonly #sink: Program;
  readonly #config: string;

  private constructor(files: Files, sink: Program) {
    this.files = files;
    this.#sink = sink;
    this.#config = writeConfig(sink.location);
  }

  static async prepare(): Promise<Ground> {
    const files = await makeFiles();
    return new Ground(files, await Program.start(["benchmarks/sink.ts", files.certificate, files.key]));
  }

  /** A server that has done nothing yet. */
  async serve({ node, env: around }: ServerStart = starts.package): Promise<Program> {
    return await Program.start([...node, "serve", "--config", this.#config, "--log-level", "warn"], { env: around });
  }

  /** What the sink saw since `reset`. */
  async counts(): Promise<SinkCounts> {
    return await this.#ask("counts");
  }

  async reset(): Promise<void> {
    await this.#ask("reset");
  }

  /** Requests that arrive in the next `ms` are answered after it. */
  async stall(ms: number): Promise<void> {
    await this.#ask(`stall?ms=${ms}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }

  async #ask(what: string): Promise<SinkCounts> {
    return (await (await fetch(`${this.#sink.control}/${what}`)).json()) as SinkCounts;
  }
}
