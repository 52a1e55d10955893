/** What people paste into other tools: printed on standard error, since standard output is for programs. */

export interface Ready {
  readonly url: string;
  readonly authority: string;
  readonly tenant_id: string;
  /** PEM; null without TLS. */
  readonly ca_file: string | null;
  readonly principals: readonly { readonly client_id: string; readonly client_secret: string }[];
}

/** @param config where a config of dataverse-flight was written. */
export function banner({ url, authority, tenant_id, ca_file, principals }: Ready, config?: string): string {
  const trust = ca_file === null ? "" : ` --cacert ${ca_file}`;
  const [first] = principals;
  const lines = [
    `Dataverse emulator at ${url}   (Ctrl-C ends it)`,
    "",
    `  Web API    ${url}/api/data/v9.2/`,
    `  authority  ${authority}   tenant ${tenant_id}`,
    ...(first === undefined ? [] : [`  client     ${first.client_id}   secret ${first.client_secret}`]),
    ...(ca_file === null ? [] : [`  trust      export REQUESTS_CA_BUNDLE=${ca_file} NODE_EXTRA_CA_CERTS=${ca_file}`]),
    ...(config === undefined ? [] : [`  config     dataverse-flight check --config ${config}`]),
    "",
    `  token      TOKEN=$(curl -s${trust} -d '{}' ${url}/__emulator__/token | sed 's/.*"access_token":"//; s/".*//')`,
    `  try        curl${trust} -H "Authorization: Bearer $TOKEN" ${url}/api/data/v9.2/WhoAmI`,
    `  oracle     curl${trust} ${url}/__emulator__/counts`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}
