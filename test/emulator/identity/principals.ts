/** The application users of the environment, the same for the same seed. */
import { seededChance } from "../core/chance.ts";

export interface Principal {
  readonly clientId: string;
  readonly clientSecret: string;
  /** `systemuserid` of the application user. */
  readonly userId: string;
  /** PEM of the certificate that signs its assertions. */
  readonly certificate: string | undefined;
  /** PEM of the certificate of an issuer outside the tenant, whose tokens are as good as its own assertions. */
  readonly issuer: string | undefined;
}

export const tenantId = "00000000-0000-4000-8000-00000000d365";

/** PEM certificates, in the order of the principals. */
export interface SigningCertificates {
  readonly certificates?: readonly string[];
  readonly issuers?: readonly string[];
}

export function makePrincipals(
  count: number,
  seed: number,
  { certificates = [], issuers = [] }: SigningCertificates = {},
): readonly Principal[] {
  const chance = seededChance(seed ^ 0x5eed);
  return Array.from({ length: count }, (_unused, index) => {
    const number = (index + 1).toString(16).padStart(12, "0");
    return {
      clientId: `00000000-0000-4000-8000-${number}`,
      clientSecret: `emulator~${chance.guid().replaceAll("-", "")}`,
      userId: `0b000000-0000-4000-8000-${number}`,
      certificate: certificates[index],
      issuer: issuers[index],
    };
  });
}
