/**
 * Reads the operator's config. All faults are told at once, each with its key and what to do; no value of a secret is ever
 * part of a message. Files are read through what is handed in.
 */
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { assertPair, readCertificate } from "./core/certificate.ts";
import { configWords } from "./core/config-words.ts";
import { asSidecarError } from "./core/errors.ts";
import type { Files } from "./core/files.ts";
import { absolute, warningOfExposed } from "./core/files.ts";
import { Secret } from "./core/secret.ts";
import type { Credential, EnvironmentSettings, ListenSettings, PrincipalSettings, Settings } from "./core/settings.ts";
import { inflightBytesFor, isLoopback } from "./core/settings.ts";

export interface ConfigSources {
  /** Paths in the config are relative to this folder. */
  readonly folder: string;
  readonly files: Files;
  /** Looks up a variable of the process's environment. */
  readonly variable: (name: string) => string | undefined;
  /** Only of a config that came over a pipe: secrets may stand in it. */
  readonly inlineSecrets: boolean;
}

export interface ConfigFault {
  /** E.g. `environments.demo.principals.0.client_id`; empty for the whole. */
  readonly key: string;
  readonly message: string;
}

export type ConfigResult =
  | { readonly ok: true; readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

const mib = 1024 * 1024;
const configCharactersMax = mib;
const publicAuthority = "https://login.microsoftonline.com";
const namePattern = /^[\w.-]{1,64}$/;
const guidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Fewer can be guessed; 256 bits, which take 43 characters of base64, cannot. */
const callerTokenCharactersMin = 16;

/** @returns the settings, or every fault that was found. */
export function readConfig(text: string, sources: ConfigSources): ConfigResult {
  if (text.length > configCharactersMax) return fault("The config is larger than 1 MiB.");
  // Pretty errors would quote the text, secrets included.
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  // What comes after the first fault mostly follows from it.
  const [broken] = document.errors;
  if (broken !== undefined) return fault(`Not YAML, line ${lines.linePos(broken.pos[0]).line}: ${broken.message}.`);
  let tree: unknown;
  try {
    // Aliases can make a small text a huge tree.
    tree = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return fault("YAML aliases (*name) are not supported: write the value out.");
  }
  const warnings: string[] = [];
  const files = warningOfExposed(sources.files, warnings);
  const parsed = schemaOf({ ...sources, files }).safeParse(tree, { error: configWords });
  return parsed.success
    ? { ok: true, settings: parsed.data, warnings }
    : { ok: false, faults: parsed.error.issues.map(faultOf) };
}

/** The config as JSON Schema, with each key's description. */
export function configJsonSchema(): unknown {
  const nothing: Files = { read: () => "", readSecret: () => new Secret(""), isExposed: () => false };
  const schema = schemaOf({ folder: "", files: nothing, variable: () => undefined, inlineSecrets: true });
  return z.toJSONSchema(schema, { io: "input" });
}

function fault(message: string): ConfigResult {
  return { ok: false, faults: [{ key: "", message }] };
}

function faultOf({ path, message }: z.core.$ZodIssue): ConfigFault {
  return { key: path.join("."), message };
}

/** An object whose unknown keys are refused by name, next to those there are. */
function keys<Shape extends z.core.$ZodLooseShape>(shape: Shape, description: string) {
  const error = (issue: z.core.$ZodRawIssue): string | undefined =>
    issue.code === "unrecognized_keys"
      ? `Unknown: ${issue.keys.join(", ")}. Known here: ${Object.keys(shape).join(", ")}.`
      : undefined;
  return z.strictObject(shape, { error }).describe(description);
}

function whole(least: number, most: number, description: string) {
  return z.int().min(least).max(most).describe(description);
}

const port = (description: string) => whole(0, 65_535, description);
const mode = z.enum(["insert", "update", "upsert", "delete"]);

const name = z.string().regex(namePattern, "Give it 1-64 letters, digits, dots, hyphens or underscores.");

function origin(description: string) {
  return z
    .string()
    .transform((text, context) => {
      const url = URL.parse(text);
      if (url === null || !["https:", "http:"].includes(url.protocol) || url.username !== "" || url.pathname !== "/") {
        context.addIssue("Must be an address such as https://contoso.crm.dynamics.com, without a path or user name.");
        return z.NEVER;
      }
      if (url.protocol === "http:" && !isLoopback(url.hostname)) {
        context.addIssue("Must be https: tokens would travel in the clear. http is for loopback addresses alone.");
        return z.NEVER;
      }
      return url.origin;
    })
    .describe(description);
}

/** Fields that hold a path and come out as the file's text, so that a file that is missing is told with all other faults. */
function fileFields({ folder, files }: ConfigSources) {
  const reading = <T>(read: (path: string) => T) =>
    z
      .string()
      .min(1)
      .transform((path, context) => readOr(() => read(absolute(folder, path)), context));
  const anew = <T>(read: (path: string) => T) =>
    reading((path) => {
      read(path);
      return { path, read: () => read(path) };
    });
  const certificate = (path: string): string => {
    const pem = files.read(path);
    readCertificate(path, pem);
    return pem;
  };
  return {
    certificate: reading(certificate),
    secret: reading((path) => files.readSecret(path)),
    /** Read later, and again. */
    anew: { certificate: anew(certificate), secret: anew((path) => files.readSecret(path)) },
  };
}

/** What cannot be read is a fault of its key. */
function readOr<T>(read: () => T, context: z.RefinementCtx, path: string[] = []): T {
  try {
    return read();
  } catch (error) {
    const { message, remedy } = asSidecarError(error);
    context.addIssue({ code: "custom", path, message: `${message} ${remedy}` });
    return z.NEVER;
  }
}

function inlineSecret({ inlineSecrets }: ConfigSources) {
  return z
    .string()
    .min(1)
    .refine(
      () => inlineSecrets,
      "A secret may stand in the config only when it is read from stdin; name a file instead.",
    )
    .transform((text) => new Secret(text));
}

function listenSchema(sources: ConfigSources) {
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

function principalSchema(sources: ConfigSources) {
  const file = fileFields(sources);
  const secretOf = (secret: () => Secret): Credential => ({ kind: "client_secret", secret });
  const variable = z.string().transform((variableName, context) => {
    const text = sources.variable(variableName);
    if (text !== undefined && text !== "") return secretOf(() => new Secret(text));
    context.addIssue(`The environment variable ${variableName} is not set.`);
    return z.NEVER;
  });
  const notYet = z.never(
    "This kind of credential is not in this version; use a client secret, a certificate or a token file.",
  );
  return keys(
    {
      client_id: z
        .string()
        .regex(guidPattern, "Must be the application's id: a GUID.")
        .optional()
        .describe("Application (client) id."),
      client_secret_file: file.anew.secret
        .transform(({ read }) => secretOf(read))
        .optional()
        .describe("File with the client secret; readable by its owner alone. Read for each token."),
      client_secret_env: variable.optional().describe("Environment variable with the client secret."),
      client_secret: inlineSecret(sources)
        .transform((secret) => secretOf(() => secret))
        .optional()
        .describe("The secret itself, in a config from stdin."),
      certificate_file: file.anew.certificate
        .optional()
        .describe("Certificate of the application, PEM; with `key_file`."),
      key_file: file.anew.secret.optional().describe("Its key, PEM; readable by its owner alone."),
      access_token_file: file.anew.secret
        .transform(({ path }): Credential => ({ kind: "access_token_file", file: path }))
        .optional()
        .describe("A token that someone else renews; readable by its owner alone."),
      managed_identity: notYet.optional().describe("Not in this version."),
      federated_token_file: notYet.optional().describe("Not in this version."),
    },
    "An application user of the environment.",
  ).transform((read, context): PrincipalSettings => {
    const { certificate_file: certificate, key_file: key } = read;
    const given = [read.client_secret_file, read.client_secret_env, read.client_secret, read.access_token_file];
    const found = given.filter((each) => each !== undefined);
    if (certificate !== undefined && key !== undefined) {
      readOr(() => assertPair(certificate.read(), key.read()), context, ["key_file"]);
      found.push({ kind: "certificate", certificatePem: certificate.read, keyPem: key.read });
    }
    const [credential] = found;
    if (credential === undefined || found.length > 1) {
      context.addIssue(
        "Give one credential: client_secret_file, client_secret_env, certificate_file with key_file, or access_token_file.",
      );
      return z.NEVER;
    }
    if (read.client_id === undefined && credential.kind !== "access_token_file") {
      context.addIssue({ code: "custom", path: ["client_id"], message: "Needed: the application's id." });
    }
    return { clientId: read.client_id ?? "token file", credential };
  });
}

function environmentSchema(sources: ConfigSources) {
  return keys(
    {
      url: origin("Address of the environment; http for loopback alone."),
      authority: origin("Address of the token endpoint; the public cloud's if absent.").default(publicAuthority),
      tenant_id: z
        .string()
        .regex(namePattern, "Must be the tenant's id or one of its domains.")
        .optional()
        .describe("The tenant."),
      ca_file: fileFields(sources).certificate.optional().describe("A root certificate on top of the system's, PEM."),
      principals: z
        .array(principalSchema(sources))
        .min(1, "Give at least one application user.")
        .max(100)
        .describe("Application users; each has limits of its own in Dataverse."),
      affinity: z.enum(["auto", "off"]).default("auto").describe("auto: affinity cookies lead to servers with room."),
      tables_allowed: z
        .array(z.string().regex(/^[\w*]{1,128}$/))
        .default(["*"])
        .describe("Logical names; * is any text."),
      modes_allowed: z.array(mode).default(["insert", "update", "upsert"]).describe("delete must be named."),
    },
    "A Dataverse environment.",
  ).transform((read, context) => {
    const needsTenant = read.principals.some(({ credential }) => credential.kind !== "access_token_file");
    if (needsTenant && read.tenant_id === undefined) {
      context.addIssue({ code: "custom", path: ["tenant_id"], message: "Needed: the id of the environment's tenant." });
    }
    const ids = read.principals.map(({ clientId }) => clientId);
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    const message = `${twice} is there twice; give each its own client_id, token files too.`;
    if (twice !== undefined) context.addIssue({ code: "custom", path: ["principals"], message });
    if (needsTenant && read.authority.startsWith("http:")) {
      context.addIssue({ code: "custom", path: ["authority"], message: "Must be https, on loopback too." });
    }
    return read;
  });
}

function environmentsSchema(sources: ConfigSources) {
  return z
    .record(name, environmentSchema(sources))
    .describe("Environments by the name that callers use.")
    .transform((read, context): EnvironmentSettings[] => {
      const entries = Object.entries(read);
      if (entries.length === 0) context.addIssue("Give at least one environment.");
      return entries.map(([environmentName, each]) => ({
        name: environmentName,
        origin: each.url,
        authorityOrigin: each.authority,
        tenantId: each.tenant_id ?? "",
        ...(each.ca_file === undefined ? {} : { caPem: each.ca_file }),
        principals: each.principals,
        affinity: each.affinity,
        tablesAllowed: each.tables_allowed,
        modesAllowed: each.modes_allowed,
      }));
    });
}

const limits = keys(
  {
    inflight_bytes_max: whole(
      32 * mib,
      64 * 1024 * mib,
      "Bytes that rows take in memory on their way: 32 MiB or more. Absent: 48 MiB, and 16 MiB for each principal after the first.",
    ).optional(),
    client_stall_timeout_s: whole(1, 86_400, "Seconds without a read while outcome rows wait.").default(120),
    progress_timeout_s: whole(1, 86_400, "Seconds without a settled row; time behind a gate not counted.").default(900),
    retry_after_max_s: whole(1, 86_400, "The longest Retry-After that is obeyed, seconds.").default(900),
  },
  "Bounds of the server.",
).transform((read) => ({
  inflightBytesMax: read.inflight_bytes_max,
  clientStallTimeoutMs: read.client_stall_timeout_s * 1000,
  progressTimeoutMs: read.progress_timeout_s * 1000,
  retryAfterMaxMs: read.retry_after_max_s * 1000,
}));

const metrics = keys(
  {
    host: z.string().min(1).default("127.0.0.1").describe("Address to serve metrics on."),
    port: port("Port to serve metrics on.").default(9464),
  },
  "Prometheus metrics; absent = off.",
);

/** `tls` and `callers` may also stand beside `listen`, where some look for them. */
function gatherListen(read: unknown): unknown {
  if (typeof read !== "object" || read === null || Array.isArray(read)) return read;
  const { listen, tls, callers, ...rest } = read as Record<string, unknown>;
  const beside = { ...(tls === undefined ? {} : { tls }), ...(callers === undefined ? {} : { callers }) };
  if (Object.keys(beside).length === 0 || (listen !== undefined && typeof listen !== "object")) return read;
  return { ...rest, listen: { ...beside, ...listen } };
}

function schemaOf(sources: ConfigSources) {
  const whole = keys(
    {
      listen: listenSchema(sources).prefault({}),
      environments: environmentsSchema(sources),
      limits: limits.prefault({}),
      metrics: metrics.optional(),
    },
    "The config of dataverse-flight.",
  ).transform(({ metrics: served, limits: bounds, ...rest }): Settings => {
    const principals = rest.environments.reduce((sum, each) => sum + each.principals.length, 0);
    const { inflightBytesMax = inflightBytesFor(principals) } = bounds;
    const settings = { ...rest, limits: { ...bounds, inflightBytesMax } };
    return served === undefined ? settings : { ...settings, metrics: served };
  });
  return z.preprocess(gatherListen, whole);
}
