/** Certificates and keys of the operator are looked at when the config is read: TLS itself would leave out what it cannot read, in silence. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { SidecarError } from "./errors.ts";
import type { Secret } from "./secret.ts";

/** @throws SidecarError `credentials_rejected` when `pem`, of the file or key of the config that `where` names, holds none. */
export function readCertificate(where: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw refused(
      `${where} holds no readable certificate.`,
      "It must hold certificates in PEM form, each from BEGIN CERTIFICATE to END CERTIFICATE.",
      cause,
    );
  }
}

/** @throws SidecarError `credentials_rejected` when the key cannot be read, or is that of another certificate. */
export function assertPair(certificatePem: string, key: Secret): void {
  if (!readCertificate("`certificate_file`", certificatePem).checkPrivateKey(readKey(key))) {
    throw refused(
      "`key_file` is the key of another certificate.",
      "Name the key that `certificate_file` was made with.",
    );
  }
}

function readKey(key: Secret) {
  try {
    return createPrivateKey(key.reveal());
  } catch (cause) {
    throw refused(
      "`key_file` holds no readable key.",
      "It must hold the private key in PEM form, without a passphrase.",
      cause,
    );
  }
}

function refused(message: string, remedy: string, cause?: unknown): SidecarError {
  return new SidecarError("credentials_rejected", message, { remedy, cause });
}
