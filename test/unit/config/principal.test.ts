import { describe, expect, it } from "vitest";
import { readConfig } from "../../../server/config/config.ts";
import { configOf, faultsOf, id, settingsOf, sources } from "./samples.ts";

describe("an application user of a config", () => {
  it.each([
    ["client_secret_file", { client_id: id, client_secret_file: "secrets/a" }, "client_secret"],
    ["client_secret_env", { client_id: id, client_secret_env: "DVF_SECRET" }, "client_secret"],
    ["certificate_file", { client_id: id, certificate_file: "cert.pem", key_file: "key.pem" }, "certificate"],
    ["access_token_file", { access_token_file: "token" }, "access_token_file"],
    ["federated_token_file", { client_id: id, federated_token_file: "exposed-token" }, "federated_token"],
    ["managed_identity", { managed_identity: {} }, "managed_identity"],
  ])("takes %s", (_name, principal, kind) => {
    expect(settingsOf(configOf({ principal })).environments[0]?.principals[0]?.credential.kind).toBe(kind);
  });

  it("takes a secret from the config when it comes from stdin", () => {
    const text = configOf({ principal: { client_id: id, client_secret: "canary" } });
    const [principal] = settingsOf(text, { inlineSecrets: true }).environments[0]?.principals ?? [];
    expect(principal?.credential).toMatchObject({ kind: "client_secret" });
  });

  it.each<[string, string, RegExp]>([
    ["no credential", configOf({ principal: { client_id: id } }), /principals\.0: Give one credential/],
    [
      "two credentials",
      configOf({ principal: { client_id: id, client_secret_file: "secrets/a", access_token_file: "token" } }),
      /principals\.0: Give one credential/,
    ],
    [
      "a certificate without its key",
      configOf({ principal: { client_id: id, certificate_file: "cert.pem" } }),
      /with key_file/,
    ],
    ["no client id", configOf({ principal: { client_secret_file: "secrets/a" } }), /principals\.0\.client_id: Needed/],
    [
      "a client id that is none",
      configOf({ principal: { client_id: "x", client_secret_file: "secrets/a" } }),
      /a GUID/,
    ],
    [
      "an unset variable",
      configOf({ principal: { client_id: id, client_secret_env: "NO" } }),
      /variable NO is not set/,
    ],
    [
      "an id of a managed identity that is none",
      configOf({ principal: { managed_identity: { client_id: "me" } } }),
      /managed_identity\.client_id: Must be the application's id/,
    ],
    [
      "a federated token that is not there",
      configOf({ principal: { client_id: id, federated_token_file: "x" } }),
      /federated_token_file: \/etc\/dvf\/x cannot be read/,
    ],
    [
      "a federated token without an application",
      configOf({ principal: { federated_token_file: "token" } }),
      /principals\.0\.client_id: Needed/,
    ],
    [
      "the key of another certificate of an application",
      configOf({ principal: { client_id: id, certificate_file: "cert.pem", key_file: "key-of-another.pem" } }),
      /^environments\.demo\.principals\.0\.key_file: `key_file` is the key of another certificate/,
    ],
  ])("refuses %s and says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });

  it("names an application user without an id of its own by how it signs in", () => {
    const environment = { principals: [{ access_token_file: "token" }, { managed_identity: { client_id: id } }] };
    const [settings] = settingsOf(configOf({ environment: { ...environment, tenant_id: undefined } })).environments;
    expect(settings?.principals.map(({ clientId }) => clientId)).toEqual(["token file", id]);
    const own = settingsOf(configOf({ principal: { managed_identity: {} } })).environments[0]?.principals[0];
    expect(own?.clientId).toBe("managed identity");
  });

  it("reads a federated token anew each time, and minds nobody who may read it", () => {
    const principal = { client_id: id, federated_token_file: "exposed-token" };
    const result = readConfig(configOf({ principal }), sources);
    if (!result.ok) return expect.unreachable();
    const credential = result.settings.environments[0]?.principals[0]?.credential;
    if (credential?.kind !== "federated_token") return expect.unreachable();
    expect([credential.assertion().reveal(), result.warnings]).toEqual(["canary-assertion\n", []]);
  });
});
