/** Assertions by which an application signs in without a secret: signed by its own certificate, or by an issuer that it trusts. */
import { constants, createPublicKey, verify } from "node:crypto";
import type { Principal } from "./principals.ts";

/** What the tokens of another issuer must be for. [learn.microsoft.com: entra/workload-id/workload-identity-federation-create-trust] */
const exchangeAudience = "api://AzureADTokenExchange";
/** Of the federated credential that each principal with an issuer has. */
export const federation = { issuer: "https://issuer.test", subject: "system:serviceaccount:load:sidecar" };

/** Now, and the address of the token endpoint. */
export interface Asked {
  readonly now: number;
  readonly endpoint: string;
}

/** @returns why a JWT is refused, by the number of its error; undefined if it is as good as a secret. */
export function faultOf(assertion: string, principal: Principal, { now, endpoint }: Asked): number | undefined {
  const claims = claimsOf(assertion.split(".")[1] ?? "");
  const current = typeof claims["exp"] === "number" && claims["exp"] * 1000 > now;
  if (claims["aud"] !== exchangeAudience) {
    const own = claims["iss"] === principal.clientId && claims["sub"] === principal.clientId;
    const good = own && current && claims["aud"] === endpoint && isSigned(assertion, principal.certificate);
    return good ? undefined : 700_027;
  }
  if (claims["iss"] !== federation.issuer) {
    return 700_211;
  }
  if (claims["sub"] !== federation.subject) {
    return 700_213;
  }
  if (!current) {
    return 700_024;
  }
  return isSigned(assertion, principal.issuer) ? undefined : 700_027;
}

/** By RS256 or PS256. */
function isSigned(assertion: string, certificate: string | undefined): boolean {
  const [header = "", payload = "", signature = ""] = assertion.split(".");
  const padding = claimsOf(header)["alg"] === "PS256" ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return (
    certificate !== undefined &&
    verify(
      "sha256",
      Buffer.from(`${header}.${payload}`),
      { key: createPublicKey(certificate), padding },
      Buffer.from(signature, "base64url"),
    )
  );
}

/** A part of a JWT; empty if it cannot be read, so that every claim in it is missing. */
function claimsOf(part: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? (claims as Readonly<Record<string, unknown>>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) {
      return {};
    }
    throw error;
  }
}
