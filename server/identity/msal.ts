/**
 * Tokens by client credentials. The library is made anew for each token: it then has no cache that could outlive a changed
 * secret, and no throttle memory beside ours. It reaches the network through one function, which knows one host.
 */
import { isDeepStrictEqual } from "node:util";
import type { INetworkModule, NetworkRequestOptions } from "@azure/msal-node";
import { ConfidentialClientApplication, LogLevel } from "@azure/msal-node";
import { readCertificate } from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import { asSidecarError, SidecarError } from "../core/errors.ts";
import type { Secret } from "../core/secret.ts";
import { refusalOf } from "./entra-error.ts";
import type { Acquire, AcquiredToken } from "./tokens.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Must refuse every host but the authority's. */
export type Http = (request: HttpRequest) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}>;

/** Read for each token: a secret may be changed meanwhile. @throws SidecarError `credentials_rejected`. */
export type ClientCredential =
  | { readonly kind: "client_secret"; readonly secret: () => Secret }
  | { readonly kind: "certificate"; readonly certificatePem: () => string; readonly keyPem: () => Secret };

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

/** The library's life of a token is absolute; where it is absent, the shortest that the directory gives. */
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
  const network = new Network(options.http);
  try {
    const result = await application(options, proof, network).acquireTokenByClientCredential({
      scopes: [`${options.resourceOrigin}/.default`],
      skipCache: true,
    });
    if (result === null) throw new Error("no result");
    const lifeMs = result.expiresOn === null ? untoldLifeMs : result.expiresOn.getTime() - options.clock.wall();
    return { value: result.accessToken, lifeMs };
  } catch (error) {
    throw network.failure ?? (error instanceof SidecarError ? error : refusalOf(String(error), options.clientId));
  }
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

type Proof =
  | { readonly clientSecret: string }
  | { readonly clientCertificate: { readonly thumbprintSha256: string; readonly privateKey: string } };

function proofOf(credential: ClientCredential): Proof {
  if (credential.kind === "client_secret") return { clientSecret: credential.secret().reveal() };
  return {
    clientCertificate: {
      thumbprintSha256: thumbprint(credential.certificatePem()),
      privateKey: credential.keyPem().reveal(),
    },
  };
}

/** SHA-256 over the certificate's DER form, in hexadecimal. @throws SidecarError `credentials_rejected`. */
function thumbprint(certificatePem: string): string {
  return readCertificate("`certificate_file`", certificatePem).fingerprint256.replaceAll(":", "");
}

interface NetworkReply<T> {
  headers: Record<string, string>;
  body: T;
  status: number;
}

/** Keeps the first failure of the network, which the library would replace by one of its own words. */
class Network implements INetworkModule {
  readonly #http: Http;
  failure: SidecarError | undefined;

  constructor(http: Http) {
    this.#http = http;
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkReply<T>> {
    return this.#send("GET", url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkReply<T>> {
    return this.#send("POST", url, options);
  }

  async #send<T>(method: "GET" | "POST", url: string, options: NetworkRequestOptions = {}): Promise<NetworkReply<T>> {
    try {
      const { headers = {}, body } = options;
      const reply = await this.#http({ method, url, headers, ...(body === undefined ? {} : { body }) });
      if (reply.status === 429 || reply.status >= 500) throw unavailable(`answered ${reply.status}`, reply.headers);
      return { status: reply.status, headers: present(reply.headers), body: parsed(reply.body) as T };
    } catch (error) {
      this.failure ??= asFailure(error);
      throw this.failure;
    }
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw unavailable("answered something that is not JSON", {}, cause);
  }
}

function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function unavailable(
  what: string,
  headers: Readonly<Record<string, string | undefined>>,
  cause?: unknown,
): SidecarError {
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  return new SidecarError("unavailable", `The token endpoint ${what}.`, {
    remedy: "Check `authority`; if it is right, try again later.",
    cause,
    ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

/** Asking for a token changes nothing, so a lost reply is no more than a token endpoint that is not there. */
function asFailure(error: unknown): SidecarError {
  if (error instanceof SidecarError && error.code !== "outcome_unknown") return error;
  return unavailable("gave no readable reply", {}, error);
}
