/** Which certificate authorities are trusted: the system's, and at most one file of the operator's on top. Nothing turns checks off. */
import type { SecureContext } from "node:tls";
import { createSecureContext, getCACertificates } from "node:tls";
import { readCertificate } from "./certificate.ts";

export type TrustedRoots = SecureContext;

/**
 * Built once per environment, because parsing all roots for each connection is dear.
 * @param extraPem one or more certificates.
 * @throws SidecarError `credentials_rejected` when it holds no certificate.
 */
export function trustedRoots(extraPem: string): TrustedRoots {
  // The context would leave out what it cannot read, and every connection would fail with no reason given.
  readCertificate("`ca_file`", extraPem);
  return createSecureContext({ ca: [...getCACertificates("default"), extraPem], minVersion: "TLSv1.2" });
}
