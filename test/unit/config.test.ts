import { readFileSync } from "node:fs";
import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import type { ConfigSources } from "../../server/config.ts";
import { configJsonSchema, readConfig } from "../../server/config.ts";
import { SidecarError } from "../../server/core/errors.ts";
import { Secret } from "../../server/core/secret.ts";

const made = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec" });
const other = await generate([{ name: "commonName", value: "elsewhere" }], { keyType: "ec" });

const contents: Record<string, string> = {
  "/etc/dvf/secrets/a": "canary-secret",
  "/etc/dvf/ca.pem": other.cert,
  "/etc/dvf/cert.pem": made.cert,
  "/etc/dvf/key.pem": made.private,
  "/etc/dvf/key-of-another.pem": other.private,
  "/etc/dvf/token": "canary-token",
  "/etc/dvf/callers": `${"a".repeat(43)}\n${"b".repeat(43)}\n`,
  "/etc/dvf/weak": "short",
};

function read(path: string): string {
  const text = contents[path];
  if (text === undefined)
    throw new SidecarError("credentials_rejected", `${path} cannot be read.`, { remedy: "Check it." });
  return text;
}

const sources: ConfigSources = {
  folder: "/etc/dvf",
  files: { read, readSecret: (path) => new Secret(read(path)), isExposed: (path) => path.includes("exposed") },
  variable: (name) => (name === "DVF_SECRET" ? "canary-variable" : undefined),
  inlineSecrets: false,
};

const id = "00000000-0000-0000-0000-000000000002";
const tenant = "00000000-0000-0000-0000-000000000001";

/** A config with one environment, one principal, and changes on top. */
function configOf(more: { environment?: object; principal?: object; top?: object } = {}): string {
  const principal = more.principal ?? { client_id: id, client_secret_file: "secrets/a" };
  const demo = {
    url: "https://contoso.crm.dynamics.com",
    tenant_id: tenant,
    principals: [principal],
    ...more.environment,
  };
  return JSON.stringify({ environments: { demo }, ...more.top });
}

function settingsOf(text: string, more: Partial<ConfigSources> = {}) {
  const result = readConfig(text, { ...sources, ...more });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.settings;
}

function faultsOf(text: string): string[] {
  const result = readConfig(text, sources);
  return result.ok ? [] : result.faults.map(({ key, message }) => `${key}: ${message}`);
}

describe("readConfig", () => {
  it("warns of a secret that others may read, and goes on", () => {
    const exposed = { ...sources.files, isExposed: () => true };
    const result = readConfig(configOf(), { ...sources, files: exposed });
    expect(result).toMatchObject({ ok: true, warnings: [expect.stringContaining("chmod 600 /etc/dvf/secrets/a")] });
  });

  it("finds callers beside listen", () => {
    const callers = [{ name: "spark", token_file: "callers" }];
    expect(settingsOf(configOf({ top: { callers } })).listen.callers).toHaveLength(1);
  });

  it("fills in the defaults", () => {
    expect(settingsOf(configOf())).toMatchObject({
      listen: { host: "127.0.0.1", port: 8815, callers: [] },
      environments: [
        {
          name: "demo",
          origin: "https://contoso.crm.dynamics.com",
          authorityOrigin: "https://login.microsoftonline.com",
          tablesAllowed: ["*"],
          modesAllowed: ["insert", "update", "upsert"],
        },
      ],
      limits: {
        inflightBytesMax: 50_331_648,
        clientStallTimeoutMs: 120_000,
        progressTimeoutMs: 900_000,
        retryAfterMaxMs: 900_000,
      },
    });
  });

  it("gives rows more memory for each principal of each environment, where it is not told how much", () => {
    const principals = ["2", "3"].map((last) => ({
      client_id: `${id.slice(0, -1)}${last}`,
      client_secret_file: "secrets/a",
    }));
    const environmentOf = (host: string) => ({
      url: `https://${host}.crm.dynamics.com`,
      tenant_id: tenant,
      principals,
    });
    const environments = { demo: environmentOf("contoso"), prod: environmentOf("fabrikam") };
    const bytesOf = (top: object) => settingsOf(configOf({ top: { environments, ...top } })).limits.inflightBytesMax;
    expect(bytesOf({})).toBe((48 + 3 * 16) << 20);
    expect(bytesOf({ limits: { inflight_bytes_max: 32 << 20 } })).toBe(32 << 20);
  });

  it("reads YAML as an operator writes it", () => {
    const text = `
listen: {host: 127.0.0.1, port: 0}
environments:
  demo:
    url: https://localhost:5443   # the emulator
    authority: https://localhost:5443
    tenant_id: ${tenant}
    ca_file: ca.pem
    principals:
      - {client_id: ${id}, client_secret_file: secrets/a}
metrics: {port: 0}
`;
    expect(settingsOf(text)).toMatchObject({
      environments: [{ origin: "https://localhost:5443", caPem: other.cert }],
      metrics: { host: "127.0.0.1", port: 0 },
    });
  });

  it.each([
    ["client_secret_file", { client_id: id, client_secret_file: "secrets/a" }, "client_secret"],
    ["client_secret_env", { client_id: id, client_secret_env: "DVF_SECRET" }, "client_secret"],
    ["certificate_file", { client_id: id, certificate_file: "cert.pem", key_file: "key.pem" }, "certificate"],
    ["access_token_file", { access_token_file: "token" }, "access_token_file"],
  ])("takes %s", (_name, principal, kind) => {
    expect(settingsOf(configOf({ principal })).environments[0]?.principals[0]?.credential.kind).toBe(kind);
  });

  it("reads a secret's file again for whoever asks, and warns of it once", () => {
    const text = configOf({ principal: { client_id: id, client_secret_file: "secrets/a" } });
    const [principal] = settingsOf(text).environments[0]?.principals ?? [];
    const { credential } = principal ?? {};
    if (credential?.kind !== "client_secret") return expect.unreachable();
    expect(credential.secret().reveal()).toBe("canary-secret");
    expect(credential.secret()).not.toBe(credential.secret());
  });

  it("refuses an application user that is there twice: its limits would be counted twice", () => {
    const environment = { principals: [{ access_token_file: "token" }, { access_token_file: "token" }] };
    expect(faultsOf(configOf({ environment })).join()).toMatch(/principals: token file is there twice/);
  });

  it.each([
    [{}, "auto"],
    [{ affinity: "off" }, "off"],
  ])("takes %j for affinity %s", (environment, affinity) => {
    expect(settingsOf(configOf({ environment })).environments[0]?.affinity).toBe(affinity);
  });

  it("takes a secret from the config when it comes from stdin", () => {
    const text = configOf({ principal: { client_id: id, client_secret: "canary" } });
    const [principal] = settingsOf(text, { inlineSecrets: true }).environments[0]?.principals ?? [];
    expect(principal?.credential).toMatchObject({ kind: "client_secret" });
  });

  it("takes two tokens of a caller", () => {
    const listen = { callers: [{ name: "spark", token_file: "callers" }] };
    expect(settingsOf(configOf({ top: { listen } })).listen.callers[0]?.tokens).toHaveLength(2);
  });

  it("listens beyond loopback with TLS and callers", () => {
    const tls = { certificate_file: "cert.pem", key_file: "key.pem", client_ca_file: "ca.pem" };
    const listen = { host: "0.0.0.0", tls, callers: [{ name: "spark", token_file: "callers" }] };
    expect(settingsOf(configOf({ top: { listen } })).listen.tls).toMatchObject({ clientCaPem: other.cert });
  });

  it("never shows a secret when the settings are printed", () => {
    expect(JSON.stringify(settingsOf(configOf()))).not.toContain("canary");
  });
});

describe("a config that is refused", () => {
  it.each<[string, string, RegExp]>([
    ["text that is no YAML", "environments:\n  a: [", /^: Not YAML, line 2: /],
    ["a tab", "environments:\n  demo:\n\turl: a\n\tauthority: b\n", /^: Not YAML, line 3: Tabs are not allowed/],
    ["nothing", "", /^environments: /],
    ["no environment", "environments: {}", /^environments: Give at least one/],
    ["an unknown key", configOf({ top: { listne: {} } }), /^: Unknown: listne\. Known here: listen, environments/],
    ["an unknown key deep inside", configOf({ environment: { tenant: "x" } }), /^environments\.demo: Unknown: tenant/],
    [
      "a port that is text",
      configOf({ top: { listen: { port: "8815" } } }),
      /^listen\.port: Must be a number, without quotes/,
    ],
    ["a port out of range", configOf({ top: { listen: { port: 70_000 } } }), /^listen\.port: .*65535/],
    [
      "too little memory",
      configOf({ top: { limits: { inflight_bytes_max: 1 } } }),
      /^limits\.inflight_bytes_max: .*33554432/,
    ],
    [
      "http beyond loopback",
      configOf({ environment: { url: "http://contoso.com" } }),
      /^environments\.demo\.url: Must be https/,
    ],
    ["a look-alike of loopback", configOf({ environment: { url: "http://127.0.0.1.evil.com" } }), /url: Must be https/],
    ["a URL with a path", configOf({ environment: { url: "https://contoso.com/api" } }), /url: .*without a path/],
    [
      "a URL with a password",
      configOf({ environment: { url: "https://a:b@contoso.com" } }),
      /url: .*without a path or user/,
    ],
    [
      "http to the token endpoint",
      configOf({ environment: { authority: "http://localhost:1" } }),
      /authority: Must be https/,
    ],
    ["no principal", configOf({ environment: { principals: [] } }), /principals: Give at least one application user/],
    ["no tenant", configOf({ environment: { tenant_id: undefined } }), /^environments\.demo\.tenant_id: Needed/],
    ["no credential", configOf({ principal: { client_id: id } }), /principals\.0: Give one credential/],
    [
      "two credentials",
      configOf({ principal: { client_id: id, client_secret_file: "secrets/a", access_token_file: "token" } }),
      /principals\.0: Give one credential/,
    ],
    [
      "a certificate without its key",
      configOf({ principal: { client_id: id, certificate_file: "cert.pem" } }),
      /with key_file/,
    ],
    ["no client id", configOf({ principal: { client_secret_file: "secrets/a" } }), /principals\.0\.client_id: Needed/],
    [
      "a client id that is none",
      configOf({ principal: { client_id: "x", client_secret_file: "secrets/a" } }),
      /a GUID/,
    ],
    [
      "a missing secret file",
      configOf({ principal: { client_id: id, client_secret_file: "no" } }),
      /\/etc\/dvf\/no cannot be read/,
    ],
    [
      "an unset variable",
      configOf({ principal: { client_id: id, client_secret_env: "NO" } }),
      /variable NO is not set/,
    ],
    [
      "a secret in a file's config",
      configOf({ principal: { client_id: id, client_secret: "canary" } }),
      /name a file instead/,
    ],
    ["a managed identity", configOf({ principal: { client_id: id, managed_identity: {} } }), /not in this version/],
    ["a federated token", configOf({ principal: { client_id: id, federated_token_file: "x" } }), /not in this version/],
    [
      "a mode that is none",
      configOf({ environment: { modes_allowed: ["drop"] } }),
      /modes_allowed\.0: Must be one of insert, /,
    ],
    ["an empty file", "", /^environments: Missing: give it a mapping/],
    ["no address", configOf({ environment: { url: undefined } }), /^environments\.demo\.url: Missing: give it a text/],
    ["a blank in a name", JSON.stringify({ environments: { "my crm": {} } }), /my crm: Give it 1-64 letters/],
    [
      "another address without TLS",
      configOf({ top: { listen: { host: "0.0.0.0" } } }),
      /^listen: 0\.0\.0\.0 can be reached/,
    ],
    [
      "another address without callers",
      configOf({ top: { listen: { host: "::", tls: { certificate_file: "cert.pem", key_file: "key.pem" } } } }),
      /^listen: :: can be reached/,
    ],
    [
      "roots that are none",
      configOf({ environment: { ca_file: "secrets/a" } }),
      /^environments\.demo\.ca_file: \/etc\/dvf\/secrets\/a holds no readable certificate\. It must hold/,
    ],
    [
      "a certificate of the server that is none",
      configOf({ top: { listen: { tls: { certificate_file: "weak", key_file: "key.pem" } } } }),
      /^listen\.tls\.certificate_file: .*holds no readable certificate/,
    ],
    [
      "a root of callers that is none",
      configOf({
        top: { listen: { tls: { certificate_file: "cert.pem", key_file: "key.pem", client_ca_file: "weak" } } },
      }),
      /^listen\.tls\.client_ca_file: .*holds no readable certificate/,
    ],
    [
      "the key of another certificate",
      configOf({ top: { listen: { tls: { certificate_file: "cert.pem", key_file: "key-of-another.pem" } } } }),
      /^listen\.tls\.key_file: `key_file` is the key of another certificate\. Name the key/,
    ],
    [
      "a key that is none",
      configOf({ top: { listen: { tls: { certificate_file: "cert.pem", key_file: "weak" } } } }),
      /^listen\.tls\.key_file: `key_file` holds no readable key\. It must hold/,
    ],
    [
      "the key of another certificate of an application",
      configOf({ principal: { client_id: id, certificate_file: "cert.pem", key_file: "key-of-another.pem" } }),
      /^environments\.demo\.principals\.0\.key_file: `key_file` is the key of another certificate/,
    ],
    ["a weak token", configOf({ top: { listen: { callers: [{ name: "a", token_file: "weak" }] } } }), /openssl rand/],
    ["aliases", "a: &a [1]\nb: *a", /aliases/],
    ["a huge text", "x".repeat(1024 * 1024 + 1), /larger than 1 MiB/],
  ])("for %s says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });

  it("is told where it is no YAML, and not of what follows from that", () => {
    expect(faultsOf("environments:\n  demo:\n\turl: a\n\tauthority: b\n\tprincipals:\n")).toHaveLength(1);
  });

  it("is told all its faults at once", () => {
    const text = configOf({
      top: { listen: { port: -1 }, limits: { retry_after_max: 5 }, metrics: { port: "x" } },
      environment: { url: "contoso", principals: [{ client_id: 5, client_secret_file: "no" }] },
    });
    const keys = faultsOf(text).map((fault) => fault.split(": ")[0]);
    expect(new Set(keys)).toEqual(
      new Set([
        "environments.demo.principals.0.client_id",
        "environments.demo.principals.0.client_secret_file",
        "environments.demo.url",
        "limits",
        "listen.port",
        "metrics.port",
      ]),
    );
  });

  it("shows no secret in its faults", () => {
    const principal = { client_id: id, client_secret: "canary-inline", client_secret_file: "secrets/a", key_file: 5 };
    expect(faultsOf(configOf({ principal })).join()).not.toContain("canary");
  });
});

describe("configJsonSchema", () => {
  it("describes every key", () => {
    expect(undescribed(configJsonSchema() as JsonSchema, "")).toEqual([]);
  });

  it("has no key that the README is silent about", () => {
    const [, section = ""] = readFileSync("README.md", "utf8").split("\n## Configuration\n");
    const [told = ""] = section.split("\n## ");
    const keys = keysOf(configJsonSchema() as JsonSchema);
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(told))).toEqual([]);
  });
});

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

function undescribed(schema: JsonSchema, path: string): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => [
    ...(child.description === undefined ? [`${path}${key}`] : []),
    ...undescribed(child, `${path}${key}.`),
  ]);
  const inner = [schema.additionalProperties, schema.items].filter((child) => typeof child === "object");
  return [...own, ...inner.flatMap((child) => undescribed(child, `${path}*.`))];
}

/** Of every depth, those aside that are refused with a sentence. */
function keysOf(schema: JsonSchema): string[] {
  const known = Object.entries(schema.properties ?? {}).filter(
    ([, { description }]) => !/^Not in/.test(description ?? ""),
  );
  const children = [schema.additionalProperties, schema.items, ...known.map(([, child]) => child)];
  const inner = children.filter((child) => typeof child === "object");
  return [...known.map(([key]) => key), ...inner.flatMap(keysOf)];
}
