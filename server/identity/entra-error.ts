/** What the token endpoint's refusals mean and what to do. Only the code is taken from its text, which may hold names. */
import { SidecarError } from "../core/errors.ts";

/** Whom the directory refused. */
export interface Refused {
  readonly clientId: string;
  /** By the token of another issuer. */
  readonly isFederated?: boolean;
}

const refusals: ReadonlyMap<string, readonly [string, string]> = new Map([
  [
    "7000215",
    [
      "The client secret is wrong.",
      "Use the secret's value, which is shown once when it is made, not its id; make a new one if it is lost.",
    ],
  ],
  [
    "7000222",
    ["The client secret has expired.", "Make a new secret in the app registration and change the secret file."],
  ],
  [
    "700016",
    ["The application is not known in the tenant.", "Check `client_id` and `tenant_id` against the app registration."],
  ],
  ["90002", ["The tenant is not known.", "Check `tenant_id`, and `authority` if the tenant is in a national cloud."]],
  ["900023", ["The tenant's id is no id of a tenant.", "Check `tenant_id`."]],
  ["500011", ["The environment is not known in the tenant.", "Check `url`: it must be the environment's own address."]],
  [
    "700027",
    [
      "The certificate is not one of the application's.",
      "Upload the certificate to the app registration, and check that it has not expired and fits `key_file`.",
    ],
  ],
  [
    "700024",
    [
      "The assertion has expired.",
      "Check that the platform renews the token in `federated_token_file`, and both clocks.",
    ],
  ],
  [
    "700211",
    [
      "No federated credential of the application names this token's issuer.",
      "Add a federated credential to the app registration whose issuer is the `iss` of the token in `federated_token_file`.",
    ],
  ],
  [
    "700213",
    [
      "No federated credential of the application names this token's subject.",
      "Add a federated credential to the app registration whose subject is the `sub` of the token in `federated_token_file`.",
    ],
  ],
  [
    "53003",
    ["A conditional access policy forbids the sign-in.", "Ask the tenant's administrator to except this application."],
  ],
]);

/** Where no certificate is the application's own. */
const refusalsOfFederated: ReadonlyMap<string, readonly [string, string]> = new Map([
  [
    "700027",
    [
      "The token is not signed by the issuer that it names.",
      "Check that `federated_token_file` is the file that the platform renews, and that nobody else writes to it.",
    ],
  ],
]);

/** @returns SidecarError `credentials_rejected`, with the code of the directory where there is one, and whose credential it was. */
export function refusalOf(description: string, { clientId, isFederated = false }: Refused): SidecarError {
  const code = /AADSTS(\d{3,10})/.exec(description)?.[1] ?? "";
  const own = isFederated ? refusalsOfFederated.get(code) : undefined;
  const [message, remedy] = own ??
    refusals.get(code) ?? [
      "The token endpoint refused the credentials.",
      "Check `tenant_id`, `client_id` and the credential; the sign-in log of the application tells more.",
    ];
  const told = code === "" ? message : `${message} (AADSTS${code})`;
  return new SidecarError("credentials_rejected", `${told} Application: ${clientId}.`, { remedy });
}
