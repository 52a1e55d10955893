/** A config with one environment, one application user, and changes on top; and the files that it names. */
import { generate } from "selfsigned";
import { readConfig } from "../../../server/config/config.ts";
import type { ConfigSources } from "../../../server/config/sources.ts";
import { SidecarError } from "../../../server/core/errors.ts";
import { Secret } from "../../../server/core/secret.ts";
import type { Settings } from "../../../server/core/settings.ts";

const made = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec" });
export const other = await generate([{ name: "commonName", value: "elsewhere" }], { keyType: "ec" });

const contents: Record<string, string> = {
  "/etc/dvf/secrets/a": "canary-secret",
  "/etc/dvf/ca.pem": other.cert,
  "/etc/dvf/cert.pem": made.cert,
  "/etc/dvf/key.pem": made.private,
  "/etc/dvf/key-of-another.pem": other.private,
  "/etc/dvf/token": "canary-token",
  "/etc/dvf/callers": `${"a".repeat(43)}\n${"b".repeat(43)}\n`,
  "/etc/dvf/weak": "short",
  "/etc/dvf/exposed-token": "canary-assertion\n",
};

function read(path: string): string {
  const text = contents[path];
  if (text === undefined)
    throw new SidecarError("credentials_rejected", `${path} cannot be read.`, { remedy: "Check it." });
  return text;
}

export const sources: ConfigSources = {
  folder: "/etc/dvf",
  files: { read, readSecret: (path) => new Secret(read(path)), isExposed: (path) => path.includes("exposed") },
  variable: (name) => (name === "DVF_SECRET" ? "canary-variable" : undefined),
  inlineSecrets: false,
};

export const id = "00000000-0000-0000-0000-000000000002";
export const tenant = "00000000-0000-0000-0000-000000000001";

export function configOf(more: { environment?: object; principal?: object; top?: object } = {}): string {
  const principal = more.principal ?? { client_id: id, client_secret_file: "secrets/a" };
  const demo = {
    url: "https://contoso.crm.dynamics.com",
    tenant_id: tenant,
    principals: [principal],
    ...more.environment,
  };
  return JSON.stringify({ environments: { demo }, ...more.top });
}

export function settingsOf(text: string, more: Partial<ConfigSources> = {}): Settings {
  const result = readConfig(text, { ...sources, ...more });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.settings;
}

export function faultsOf(text: string): string[] {
  const result = readConfig(text, sources);
  return result.ok ? [] : result.faults.map(({ key, message }) => `${key}: ${message}`);
}
