/** Where the Flight service listens, and who may call. */
import { z } from "zod";
import { assertPair } from "../core/certificate.ts";
import { Secret } from "../core/secret.ts";
import type { ListenSettings } from "../core/settings.ts";
import { isLoopback } from "../core/settings.ts";
import { keys, mode, name, port } from "./fields.ts";
import { fileFields, inlineSecret, readOr } from "./file-fields.ts";
import type { ConfigSources } from "./sources.ts";

/** Fewer can be guessed; 256 bits, which take 43 characters of base64, cannot. */
const callerTokenCharactersMin = 16;

export function listenSchema(sources: ConfigSources) {
  const file = fileFields(sources);
  const tls = keys(
    {
      certificate_file: file.certificate.describe("The server's certificate and its chain, PEM."),
      key_file: file.secret.describe("Its key, PEM; readable by its owner alone."),
      client_ca_file: file.certificate
        .optional()
        .describe("Root of the callers' certificates, PEM; asks each caller for one."),
    },
    "TLS towards callers.",
  ).superRefine((read, context) =>
    readOr(() => assertPair(read.certificate_file, read.key_file), context, ["key_file"]),
  );
  const caller = keys(
    {
      name: name.describe("For the log."),
      token_file: file.secret
        .optional()
        .describe("Bearer tokens, one a line, at most two; 43 characters of base64 are 256 bits."),
      token: inlineSecret(sources).optional().describe("The same, in a config from stdin."),
      environments: z.array(z.string()).default(["*"]).describe("Names of environments; * for all."),
      modes: z.array(mode).default(["insert", "update", "upsert", "delete"]).describe("What it may ask for."),
    },
    "Who may call.",
  ).transform((read, context) => {
    const tokens = `${read.token_file?.reveal() ?? ""}\n${read.token?.reveal() ?? ""}`.split(/\s+/).filter(Boolean);
    if (tokens.length < 1 || tokens.length > 2 || tokens.some(({ length }) => length < callerTokenCharactersMin)) {
      context.addIssue(
        `Give one or two tokens of ${callerTokenCharactersMin} characters or more: "openssl rand -base64 32" makes one.`,
      );
    }
    const { environments, modes } = read;
    return { name: read.name, tokens: tokens.map((token) => new Secret(token)), environments, modes };
  });
  return keys(
    {
      host: z.string().min(1).default("127.0.0.1").describe("Address to listen on."),
      port: port("Port to listen on; 0 for any free one.").default(8815),
      tls: tls.optional(),
      callers: z.array(caller).max(1_000).default([]).describe("Needed beyond loopback."),
    },
    "Where the Flight service listens.",
  ).transform((read, context): ListenSettings => {
    const { host, tls: files, callers } = read;
    if (!isLoopback(host) && (files === undefined || callers.length === 0)) {
      context.addIssue(
        `${host} can be reached from other machines: give \`tls\` and \`callers\`, or listen on 127.0.0.1.`,
      );
    }
    const clientCa = files?.client_ca_file === undefined ? {} : { clientCaPem: files.client_ca_file };
    const secured =
      files === undefined
        ? {}
        : { tls: { certificatePem: files.certificate_file, keyPem: files.key_file, ...clientCa } };
    return { host, port: read.port, callers, ...secured };
  });
}
