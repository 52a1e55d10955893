import { describe, expect, it } from "vitest";
import { configOf, faultsOf, other, settingsOf } from "./samples.ts";

describe("where a config listens", () => {
  it("takes two tokens of a caller", () => {
    const listen = { callers: [{ name: "spark", token_file: "callers" }] };
    expect(settingsOf(configOf({ top: { listen } })).listen.callers[0]?.tokens).toHaveLength(2);
  });

  it("listens beyond loopback with TLS and callers", () => {
    const tls = { certificate_file: "cert.pem", key_file: "key.pem", client_ca_file: "ca.pem" };
    const listen = { host: "0.0.0.0", tls, callers: [{ name: "spark", token_file: "callers" }] };
    expect(settingsOf(configOf({ top: { listen } })).listen.tls).toMatchObject({ clientCaPem: other.cert });
  });

  it.each<[string, string, RegExp]>([
    [
      "another address without TLS",
      configOf({ top: { listen: { host: "0.0.0.0" } } }),
      /^listen: 0\.0\.0\.0 can be reached/,
    ],
    [
      "another address without callers",
      configOf({ top: { listen: { host: "::", tls: { certificate_file: "cert.pem", key_file: "key.pem" } } } }),
      /^listen: :: can be reached/,
    ],
    [
      "a certificate of the server that is none",
      configOf({ top: { listen: { tls: { certificate_file: "weak", key_file: "key.pem" } } } }),
      /^listen\.tls\.certificate_file: .*holds no readable certificate/,
    ],
    [
      "a root of callers that is none",
      configOf({
        top: { listen: { tls: { certificate_file: "cert.pem", key_file: "key.pem", client_ca_file: "weak" } } },
      }),
      /^listen\.tls\.client_ca_file: .*holds no readable certificate/,
    ],
    [
      "the key of another certificate",
      configOf({ top: { listen: { tls: { certificate_file: "cert.pem", key_file: "key-of-another.pem" } } } }),
      /^listen\.tls\.key_file: `key_file` is the key of another certificate\. Name the key/,
    ],
    [
      "a key that is none",
      configOf({ top: { listen: { tls: { certificate_file: "cert.pem", key_file: "weak" } } } }),
      /^listen\.tls\.key_file: `key_file` holds no readable key\. It must hold/,
    ],
    ["a weak token", configOf({ top: { listen: { callers: [{ name: "a", token_file: "weak" }] } } }), /openssl rand/],
  ])("refuses %s and says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });
});
