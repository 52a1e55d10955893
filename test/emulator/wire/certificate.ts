/** A certificate authority of its own for every start, and the server certificates it signs. Only the authority's certificate leaves the process. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { generate } from "selfsigned";
import type { CertificateKind } from "../faults/script.ts";

export interface KeyPair {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
}

export interface Certificate extends KeyPair {
  readonly authority: string;
  /** What a fault shows in its place. */
  readonly bad: Readonly<Record<Exclude<CertificateKind, "good">, KeyPair>>;
}

type Extensions = NonNullable<Parameters<typeof generate>[1]>["extensions"];
type Authority = Awaited<ReturnType<typeof generate>>;

const common = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;
const own = [
  { type: 2, value: "localhost" },
  { type: 7, ip: "127.0.0.1" },
] as const;
const foreign = [{ type: 2, value: "elsewhere.invalid" }] as const;
const dayMs = 86_400_000;

/** For `localhost` and `127.0.0.1`. */
export async function makeCertificate(): Promise<Certificate> {
  const authority = await generate([{ name: "commonName", value: "Dataverse emulator authority" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const now = Date.now();
  const [good, expired, wrongName, selfSigned] = await Promise.all([
    keyPair({ authority, names: own }),
    keyPair({ authority, names: own, from: now - 2 * dayMs, until: now - dayMs }),
    keyPair({ authority, names: foreign }),
    keyPair({ names: own }),
  ]);
  return {
    ...good,
    authority: authority.cert,
    bad: { expired, wrong_name: wrongName, self_signed: selfSigned },
  };
}

interface Wish {
  /** Absent: it signs itself. */
  readonly authority?: Authority;
  readonly names: typeof own | typeof foreign;
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly until?: number;
}

async function keyPair({ authority, names, from, until }: Wish): Promise<KeyPair> {
  const extensions: Extensions = [
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: [...names] },
  ];
  const made = await generate([{ name: "commonName", value: names[0].value }], {
    ...common,
    ...(authority === undefined ? {} : { ca: { key: authority.private, cert: authority.cert } }),
    ...(from === undefined ? {} : { notBeforeDate: new Date(from) }),
    ...(until === undefined ? {} : { notAfterDate: new Date(until) }),
    extensions,
  });
  return { key: made.private, certificate: made.cert };
}

/** Writes the authority's certificate where clients are told to find it. */
export function writeAuthority(file: string, certificate: Certificate): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, certificate.authority);
}
