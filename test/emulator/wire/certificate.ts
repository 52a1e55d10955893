/** A certificate authority of its own for every start, and the server certificate it signs. Only the authority's certificate leaves the process. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { generate } from "selfsigned";

export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  readonly authority: string;
}

/** For `localhost` and `127.0.0.1`. */
export async function makeCertificate(): Promise<Certificate> {
  const common = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;
  const authority = await generate([{ name: "commonName", value: "Dataverse emulator authority" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { key: server.private, certificate: server.cert, authority: authority.cert };
}

/** Writes the authority's certificate where clients are told to find it. */
export function writeAuthority(file: string, certificate: Certificate): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, certificate.authority);
}
