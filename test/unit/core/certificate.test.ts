import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { assertPair, readCertificate } from "../../../server/core/certificate.ts";
import { Secret } from "../../../server/core/secret.ts";

const made = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec" });
const other = await generate([{ name: "commonName", value: "elsewhere" }], { keyType: "ec" });

describe("readCertificate", () => {
  it("reads one in PEM form", () => {
    expect(readCertificate("ca.pem", made.cert).subject).toBe("CN=localhost");
  });

  it.each(["", "not a certificate", made.private, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
    "names what holds none, and shows nothing of it: %#",
    (pem) => {
      expect(() => readCertificate("ca.pem", pem)).toThrow(
        expect.objectContaining({
          code: "credentials_rejected",
          message: "ca.pem holds no readable certificate.",
          remedy: expect.stringContaining("PEM form"),
        }),
      );
    },
  );
});

describe("assertPair", () => {
  it("takes a certificate and its key", () => {
    expect(() => assertPair(made.cert, new Secret(made.private))).not.toThrow();
  });

  it("refuses the key of another certificate", () => {
    expect(() => assertPair(made.cert, new Secret(other.private))).toThrow("`key_file` is the key of another");
  });

  it("refuses a key that cannot be read, and does not show it", () => {
    const refused = expect.objectContaining({ message: "`key_file` holds no readable key." });
    expect(() => assertPair(made.cert, new Secret("canary"))).toThrow(refused);
  });
});
