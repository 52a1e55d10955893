import { describe, expect, it } from "vitest";
import { trustedRoots } from "../../../server/core/trust.ts";

describe("trustedRoots", () => {
  it.each(["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
    "refuses a file without a readable certificate: %j",
    (pem) => {
      expect(() => trustedRoots(pem)).toThrow(expect.objectContaining({ code: "credentials_rejected" }));
    },
  );
});
