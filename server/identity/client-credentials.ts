/**
 * Tokens by client credentials. The library is made anew for each token: it then has no cache that could outlive a changed
 * secret, and no throttle memory beside ours. It reaches the network through one function, which knows one host.
 */
import { isDeepStrictEqual } from "node:util";
import type { INetworkModule } from "@azure/msal-node";
import { ConfidentialClientApplication, LogLevel } from "@azure/msal-node";
import { readCertificate } from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import { asSidecarError, SidecarError } from "../core/errors.ts";
import type { Secret } from "../core/secret.ts";
import type { Refused } from "./entra-error.ts";
import { refusalOf } from "./entra-error.ts";
import type { Http } from "./network.ts";
import { Network } from "./network.ts";
import type { Acquire, AcquiredToken } from "./tokens.ts";

/** Read for each token: a secret may be changed meanwhile. @throws SidecarError `credentials_rejected`. */
export type ClientCredential =
  | { readonly kind: "client_secret"; readonly secret: () => Secret }
  | { readonly kind: "certificate"; readonly certificatePem: () => string; readonly keyPem: () => Secret }
  | { readonly kind: "federated_token"; readonly assertion: () => Secret };

export interface ClientCredentialsOptions {
  readonly clock: Clock;
  readonly http: Http;
  /** Scheme, host and port of the token endpoint. */
  readonly authorityOrigin: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: ClientCredential;
  /** What the token is for: the environment's scheme, host and port. */
  readonly resourceOrigin: string;
}

/** The shortest that the directory gives, where it does not say. */
const untoldLifeMs = 300_000;

export function clientCredentials(options: ClientCredentialsOptions): Acquire {
  return async () => {
    const used = proofOf(options.credential);
    try {
      return await acquire(options, used);
    } catch (refused) {
      // It may have been changed while the directory looked at the old one.
      const now = asSidecarError(refused).code === "credentials_rejected" ? proofOf(options.credential) : used;
      if (isDeepStrictEqual(now, used)) throw refused;
      return await acquire(options, now);
    }
  };
}

async function acquire(options: ClientCredentialsOptions, proof: Proof): Promise<AcquiredToken> {
  const network = new Network({ http: options.http, remedy: "Check `authority`; if it is right, try again later." });
  try {
    const result = await application(options, proof, network).acquireTokenByClientCredential({
      scopes: [`${options.resourceOrigin}/.default`],
      skipCache: true,
    });
    if (result === null) throw new Error("no result");
    const { accessToken, expiresOn } = result;
    if (!accessToken) throw withoutToken();
    // A life that was not told, the library lets end now, to the second.
    const lifeMs = Number(expiresOn) - options.clock.wall();
    return { value: accessToken, lifeMs: lifeMs > 1_000 ? lifeMs : untoldLifeMs };
  } catch (error) {
    throw network.failure ?? (error instanceof SidecarError ? error : refusalOf(String(error), refusedOf(options)));
  }
}

/** Sent without one, a request would be refused for a reason that is none. */
function withoutToken(): SidecarError {
  return new SidecarError("unavailable", "The token endpoint answered without a token.", {
    remedy: "Check `authority`: something else may answer there.",
  });
}

function application(
  { authorityOrigin, tenantId, clientId }: ClientCredentialsOptions,
  proof: Proof,
  network: INetworkModule,
): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      authority: `${authorityOrigin}/${tenantId}`,
      // With its port. Keeps the library from asking the public cloud whether the authority is one.
      knownAuthorities: [new URL(authorityOrigin).host],
      ...proof,
    },
    system: {
      networkClient: network,
      disableInternalRetries: true,
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false, logLevel: LogLevel.Error },
    },
  });
}

function refusedOf({ clientId, credential }: ClientCredentialsOptions): Refused {
  return { clientId, isFederated: credential.kind === "federated_token" };
}

type Proof =
  | { readonly clientSecret: string }
  | { readonly clientAssertion: string }
  | { readonly clientCertificate: { readonly thumbprintSha256: string; readonly privateKey: string } };

function proofOf(credential: ClientCredential): Proof {
  if (credential.kind === "client_secret") return { clientSecret: credential.secret().reveal() };
  if (credential.kind === "federated_token") return { clientAssertion: assertionOf(credential.assertion()) };
  return {
    clientCertificate: {
      thumbprintSha256: thumbprint(credential.certificatePem()),
      privateKey: credential.keyPem().reveal(),
    },
  };
}

/** Asked with anything else, the directory would blame a certificate. @throws SidecarError `credentials_rejected`. */
function assertionOf(file: Secret): string {
  const text = file.reveal().trim();
  if (/^[\w-]+(?:\.[\w-]+){2}$/.test(text)) return text;
  throw new SidecarError("credentials_rejected", "`federated_token_file` holds no token.", {
    remedy:
      "It must hold the token alone: three parts of letters and digits with dots between them, which begin with eyJ.",
  });
}

/** SHA-256 over the certificate's DER form, in hexadecimal. @throws SidecarError `credentials_rejected`. */
function thumbprint(certificatePem: string): string {
  return readCertificate("`certificate_file`", certificatePem).fingerprint256.replaceAll(":", "");
}
