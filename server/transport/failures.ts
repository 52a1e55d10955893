/**
 * What a connection's error means for the request. The caller knows whether bytes may have left; the error's code only
 * chooses the words. Messages name the condition and never quote headers or bodies.
 */
import { SidecarError } from "../core/errors.ts";

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_UNTRUSTED",
  // By the root that had this name before.
  "CERT_SIGNATURE_FAILURE",
]);

const absent = new Map([
  ["ECONNREFUSED", "Nothing listens there."],
  ["ENOTFOUND", "Its host name is not known to DNS."],
  ["EAI_AGAIN", "DNS did not answer."],
  ["UND_ERR_CONNECT_TIMEOUT", "It did not accept a connection in time."],
  ["ENETUNREACH", "The network does not reach it."],
  ["EHOSTUNREACH", "The network does not reach it."],
]);

/** Whom a request is for. */
export interface Peer {
  /** With its port. */
  readonly host: string;
  /** The key of the config that names it. */
  readonly setting: "url" | "authority" | "managed_identity";
}

/** The request surely never left. @returns SidecarError `unavailable`, or the error itself if it is ours already. */
export function failureBeforeSending(error: Error, { host, setting }: Peer): SidecarError {
  if (error instanceof SidecarError && error.code !== "outcome_unknown") return error;
  const code = codeOf(error);
  if (untrusted.has(code)) {
    return new SidecarError("unavailable", `The certificate of ${host} is not trusted (${code}).`, {
      remedy: "If it is signed by a root of your own, name that root's file in `ca_file`, which is read at the start.",
      cause: error,
    });
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return new SidecarError("unavailable", `The certificate of ${host} is for another host name.`, {
      remedy: `Check \`${setting}\`; if the certificate is right for another name, use that name there.`,
      cause: error,
    });
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return new SidecarError("unavailable", `The certificate of ${host} is not valid now (${code}).`, {
      remedy: "Renew it, or set this machine's clock; a root of your own is named in `ca_file`.",
      cause: error,
    });
  }
  const why = absent.get(code) ?? `The connection could not be made (${code}).`;
  return new SidecarError("unavailable", `${host} cannot be reached. ${why}`, {
    remedy: `Check \`${setting}\` and the network.`,
    cause: error,
  });
}

/** Bytes may have left: a reset, a time-out, an unreadable or oversized reply. @returns SidecarError `outcome_unknown`. */
export function failureOnTheWire(error: Error): SidecarError {
  if (error instanceof SidecarError && error.code === "outcome_unknown") return error;
  return new SidecarError(
    "outcome_unknown",
    `The request was sent but its reply could not be read (${codeOf(error)}).`,
    {
      cause: error,
    },
  );
}

/** A stable name: an aggregate of several addresses tried is named after its first error. */
function codeOf(error: Error): string {
  if (error instanceof AggregateError && !hasCode(error)) {
    const first: unknown = error.errors[0];
    if (first instanceof Error) return codeOf(first);
  }
  return hasCode(error) ? error.code : error.name;
}

function hasCode(error: Error): error is Error & { code: string } {
  return "code" in error && typeof error.code === "string";
}
