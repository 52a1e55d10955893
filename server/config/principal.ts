/** An application user of an environment, and how it signs in. */
import { z } from "zod";
import { assertPair } from "../core/certificate.ts";
import { Secret } from "../core/secret.ts";
import type { Credential, PrincipalSettings } from "../core/settings.ts";
import { keys } from "./fields.ts";
import { fileFields, inlineSecret, readOr } from "./file-fields.ts";
import type { ConfigSources } from "./sources.ts";

const guidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function principalSchema(sources: ConfigSources) {
  const file = fileFields(sources);
  const secretOf = (secret: () => Secret): Credential => ({ kind: "client_secret", secret });
  const variable = z.string().transform((variableName, context) => {
    const text = sources.variable(variableName);
    if (text !== undefined && text !== "") return secretOf(() => new Secret(text));
    context.addIssue(`The environment variable ${variableName} is not set.`);
    return z.NEVER;
  });
  const clientId = z.string().regex(guidPattern, "Must be the application's id: a GUID.").optional();
  return keys(
    {
      client_id: clientId.describe("Application (client) id."),
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
      federated_token_file: file.anew.text
        .transform(({ read }): Credential => ({ kind: "federated_token", assertion: () => new Secret(read()) }))
        .optional()
        .describe("Token of another issuer that the application trusts, such as a cluster's. Read for each token."),
      managed_identity: keys(
        { client_id: clientId.describe("Of a user-assigned identity; absent: the machine's own.") },
        "The identity of the Azure machine that this runs on.",
      )
        .transform(
          (read): Credential => ({
            kind: "managed_identity",
            ...(read.client_id === undefined ? {} : { clientId: read.client_id }),
          }),
        )
        .optional(),
    },
    "An application user of the environment.",
  ).transform((read, context): PrincipalSettings => {
    const { certificate_file: certificate, key_file: key } = read;
    const found = [
      ...[read.client_secret_file, read.client_secret_env, read.client_secret],
      ...[read.access_token_file, read.federated_token_file, read.managed_identity],
    ].filter((each) => each !== undefined);
    if (certificate !== undefined && key !== undefined) {
      readOr(() => assertPair(certificate.read(), key.read()), context, ["key_file"]);
      found.push({ kind: "certificate", certificatePem: certificate.read, keyPem: key.read });
    }
    const [credential] = found;
    if (credential === undefined || found.length > 1) {
      context.addIssue(
        "Give one credential: client_secret_file, client_secret_env, certificate_file with key_file, federated_token_file, managed_identity or access_token_file.",
      );
      return z.NEVER;
    }
    if (read.client_id === undefined && asksTenant(credential)) {
      context.addIssue({ code: "custom", path: ["client_id"], message: "Needed: the application's id." });
    }
    return { clientId: read.client_id ?? nameless(credential), credential };
  });
}

/** Whether the tenant's token endpoint is asked, which wants to know the application and the tenant. */
export function asksTenant({ kind }: Credential): boolean {
  return kind !== "access_token_file" && kind !== "managed_identity";
}

/** What names an application user to people where nobody said which it is. */
function nameless(credential: Credential): string {
  return credential.kind === "managed_identity" ? (credential.clientId ?? "managed identity") : "token file";
}
