/** A config to start dataverse-flight with goes beside the authority's certificate: for whoever tries it by hand. */
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Ready } from "../banner.ts";

/** @returns the config's path; secrets are in files of their own, readable by their owner alone. */
export function writeClientConfig(folder: string, { url, authority, tenant_id, ca_file, principals }: Ready): string {
  const port = new URL(url).port;
  const users = principals.map(({ client_id, client_secret }, i) => {
    const secretFile = `secret-${port}-${i + 1}`;
    writeFileSync(join(folder, secretFile), client_secret, { mode: 0o600 });
    return { client_id, client_secret_file: secretFile };
  });
  const lines = [
    "environments:",
    "  emulator:",
    `    url: ${url}`,
    `    authority: ${authority}`,
    `    tenant_id: ${tenant_id}`,
    ...(ca_file === null ? [] : [`    ca_file: ${basename(ca_file)}`]),
    "    principals:",
    ...users.map((user) => `      - {client_id: ${user.client_id}, client_secret_file: ${user.client_secret_file}}`),
    "    modes_allowed: [insert, update, upsert, delete]",
  ];
  const path = join(folder, `dataverse-flight-${port}.yaml`);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}
