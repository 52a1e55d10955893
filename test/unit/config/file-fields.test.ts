import { describe, expect, it } from "vitest";
import { readConfig } from "../../../server/config/config.ts";
import { configOf, faultsOf, id, settingsOf, sources } from "./samples.ts";

describe("a file that a config names", () => {
  it("reads a secret's file again for whoever asks, and warns of it once", () => {
    const text = configOf({ principal: { client_id: id, client_secret_file: "secrets/a" } });
    const [principal] = settingsOf(text).environments[0]?.principals ?? [];
    const { credential } = principal ?? {};
    if (credential?.kind !== "client_secret") return expect.unreachable();
    expect(credential.secret().reveal()).toBe("canary-secret");
    expect(credential.secret()).not.toBe(credential.secret());
  });

  it("warns of a secret that others may read, and goes on", () => {
    const exposed = { ...sources.files, isExposed: () => true };
    const result = readConfig(configOf(), { ...sources, files: exposed });
    expect(result).toMatchObject({ ok: true, warnings: [expect.stringContaining("chmod 600 /etc/dvf/secrets/a")] });
  });

  it.each<[string, string, RegExp]>([
    [
      "a missing secret file",
      configOf({ principal: { client_id: id, client_secret_file: "no" } }),
      /\/etc\/dvf\/no cannot be read/,
    ],
    [
      "a secret in a file's config",
      configOf({ principal: { client_id: id, client_secret: "canary" } }),
      /name a file instead/,
    ],
  ])("refuses %s and says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });
});
