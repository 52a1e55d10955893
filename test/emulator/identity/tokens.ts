/** The token endpoint: client credentials by secret or signed assertion, and the tokens it gave out. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import type { WebReply, WebRequest } from "../wire/http.ts";
import { bodyText, jsonReply, pathOf } from "../wire/http.ts";
import { faultOf } from "./assertion.ts";
import type { Principal } from "./principals.ts";
import { tenantId } from "./principals.ts";

export interface TokenSettings {
  readonly url: string;
  /** Life of a token. */
  readonly tokenSeconds: number;
}

/** A life of its own for one token. `claimed`: what the answer says of it. */
export interface TokenLife {
  readonly seconds: number;
  readonly claimed?: number;
}

/** Refresh as one may, no client has more at once; the oldest make room. */
const tokensMax = 10_000;

const assertionFaults: Readonly<Record<number, string>> = {
  700024: "Client assertion is not within its valid time range.",
  700027:
    "The certificate with identifier used to sign the client assertion is not registered on application, or the assertion is not valid.",
  700211: "No matching federated identity record found for presented assertion issuer.",
  700213: "No matching federated identity record found for presented assertion subject.",
};

interface Token {
  readonly principal: Principal;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

class EntraError extends Error {
  readonly status: number;
  readonly error: string;
  readonly number: number;
  constructor(status: number, error: string, number: number, message: string) {
    super(`AADSTS${number}: ${message}`);
    this.status = status;
    this.error = error;
    this.number = number;
  }
}

export class Tokens {
  private readonly settings: TokenSettings;
  private readonly principals: readonly Principal[];
  private readonly clock: Clock;
  private readonly tokens = new Map<string, Token>();
  /** Those that were changed, by client id. */
  private readonly secrets = new Map<string, string>();

  constructor(settings: TokenSettings, principals: readonly Principal[], clock: Clock) {
    this.settings = settings;
    this.principals = principals;
    this.clock = clock;
  }

  /** A token without OAuth, for clients that read one from a file. */
  issue(principal: Principal, seconds: number = this.settings.tokenSeconds): string {
    const oldest = this.tokens.keys().next();
    if (this.tokens.size >= tokensMax && oldest.done !== true) {
      this.tokens.delete(oldest.value);
    }
    const text = randomBytes(32).toString("base64url");
    this.tokens.set(text, { principal, expires: this.clock.now() + seconds * 1000 });
    return text;
  }

  /** Whose token an `Authorization` header carries; undefined if it is none of ours or has expired. */
  principalOf(authorization: string | undefined): Principal | undefined {
    const [, text = ""] = /^Bearer (\S+)$/i.exec(authorization ?? "") ?? [];
    const token = this.tokens.get(text);
    return token === undefined || token.expires <= this.clock.now() ? undefined : token.principal;
  }

  /** Whose token the header carries, if it is one of ours whose life is over: its client could have known. */
  expiredPrincipalOf(authorization: string | undefined): Principal | undefined {
    const [, text = ""] = /^Bearer (\S+)$/i.exec(authorization ?? "") ?? [];
    const token = this.tokens.get(text);
    return token !== undefined && token.expires <= this.clock.now() ? token.principal : undefined;
  }

  /** The old secret is refused from now on; tokens that were given for it live on. */
  changeSecret({ clientId }: Principal, secret: string): void {
    this.secrets.set(clientId, secret);
  }

  revokeAll(): void {
    this.tokens.clear();
  }

  /** The answer of the identity provider, with another `life` than usual for a token in it; undefined if the request is not for it. */
  answer(request: WebRequest, life?: TokenLife): WebReply | undefined {
    const [path = ""] = pathOf(request.url).split("?");
    const [, tenant = "", rest] =
      /^\/([^/]+)\/(v2\.0\/\.well-known\/openid-configuration|oauth2\/v2\.0\/token)$/.exec(path) ?? [];
    if (rest === undefined) {
      return undefined;
    }
    try {
      if (tenant !== tenantId) {
        throw new EntraError(400, "invalid_request", 90002, `Tenant '${tenant}' not found.`);
      }
      return rest.startsWith("v2.0") ? this.discovery() : this.token(new URLSearchParams(bodyText(request)), life);
    } catch (error) {
      if (error instanceof EntraError) {
        return this.refuse(error);
      }
      throw error;
    }
  }

  /** 401 with the challenge from which clients learn the tenant. */
  challenge(): WebReply {
    const { url } = this.settings;
    return {
      status: 401,
      headers: {
        "www-authenticate": `Bearer authorization_uri=${url}/${tenantId}/oauth2/authorize, resource_id=${url}/`,
        "content-type": "text/html",
      },
      body: "HTTP Error 401 - Unauthorized: Access is denied",
    };
  }

  private discovery(): WebReply {
    const base = `${this.settings.url}/${tenantId}`;
    return jsonReply(200, {
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
      response_types_supported: ["code"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      tenant_region_scope: null,
    });
  }

  private token(form: URLSearchParams, life: TokenLife | undefined): WebReply {
    if (form.get("grant_type") !== "client_credentials") {
      throw new EntraError(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
    }
    const clientId = form.get("client_id") ?? "";
    const principal = this.principals.find((candidate) => candidate.clientId === clientId);
    if (principal === undefined) {
      throw new EntraError(
        400,
        "unauthorized_client",
        700016,
        `Application with identifier '${clientId}' was not found in the directory.`,
      );
    }
    const assertion = form.get("client_assertion");
    if (assertion === null) {
      this.checkSecret(principal, form.get("client_secret") ?? "");
    } else {
      this.checkAssertion(principal, assertion);
    }
    this.checkScope(form.get("scope") ?? "");
    const seconds = life?.seconds ?? this.settings.tokenSeconds;
    const claimed = life?.claimed ?? seconds;
    return jsonReply(
      200,
      {
        token_type: "Bearer",
        expires_in: claimed,
        ext_expires_in: claimed,
        access_token: this.issue(principal, seconds),
      },
      { "cache-control": "no-store, no-cache" },
    );
  }

  private checkSecret(principal: Principal, secret: string): void {
    const [given, wanted] = [
      Buffer.from(secret),
      Buffer.from(this.secrets.get(principal.clientId) ?? principal.clientSecret),
    ];
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      throw new EntraError(
        401,
        "invalid_client",
        7000215,
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${principal.clientId}'.`,
      );
    }
  }

  private checkAssertion(principal: Principal, assertion: string): void {
    const endpoint = `${this.settings.url}/${tenantId}/oauth2/v2.0/token`;
    const fault = faultOf(assertion, principal, { now: this.clock.now(), endpoint });
    if (fault !== undefined) {
      throw new EntraError(401, "invalid_client", fault, assertionFaults[fault] ?? "");
    }
  }

  private checkScope(scope: string): void {
    const resource = scope
      .split(" ")
      .find((item) => item.endsWith("/.default"))
      ?.replace(/\/+\.default$/, "");
    if (resource?.toLowerCase() !== this.settings.url.toLowerCase()) {
      throw new EntraError(
        400,
        "invalid_resource",
        500011,
        `The resource principal named ${scope} was not found in the tenant. Expected ${this.settings.url}/.default.`,
      );
    }
  }

  private refuse(error: EntraError): WebReply {
    const timestamp = new Date(this.clock.now())
      .toISOString()
      .replace(/\.\d+Z$/, "Z")
      .replace("T", " ");
    return jsonReply(error.status, {
      error: error.error,
      error_description: `${error.message} Timestamp: ${timestamp}`,
      error_codes: [error.number],
      timestamp,
      trace_id: "00000000-0000-0000-0000-000000000000",
      correlation_id: "00000000-0000-0000-0000-000000000000",
      error_uri: `${this.settings.url}/error?code=${error.number}`,
    });
  }
}
