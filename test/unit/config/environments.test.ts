import { describe, expect, it } from "vitest";
import { configOf, faultsOf, settingsOf } from "./samples.ts";

describe("an environment of a config", () => {
  it.each([
    [{}, "auto"],
    [{ affinity: "off" }, "off"],
  ])("takes %j for affinity %s", (environment, affinity) => {
    expect(settingsOf(configOf({ environment })).environments[0]?.affinity).toBe(affinity);
  });

  it("refuses an application user that is there twice: its limits would be counted twice", () => {
    const environment = { principals: [{ access_token_file: "token" }, { access_token_file: "token" }] };
    expect(faultsOf(configOf({ environment })).join()).toMatch(/principals: token file is there twice/);
  });

  it.each<[string, string, RegExp]>([
    ["no environment", "environments: {}", /^environments: Give at least one/],
    ["an unknown key deep inside", configOf({ environment: { tenant: "x" } }), /^environments\.demo: Unknown: tenant/],
    [
      "http to the token endpoint",
      configOf({ environment: { authority: "http://localhost:1" } }),
      /authority: Must be https/,
    ],
    ["no principal", configOf({ environment: { principals: [] } }), /principals: Give at least one application user/],
    ["no tenant", configOf({ environment: { tenant_id: undefined } }), /^environments\.demo\.tenant_id: Needed/],
    [
      "a mode that is none",
      configOf({ environment: { modes_allowed: ["drop"] } }),
      /modes_allowed\.0: Must be one of insert, /,
    ],
    ["no address", configOf({ environment: { url: undefined } }), /^environments\.demo\.url: Missing: give it a text/],
    ["a blank in a name", JSON.stringify({ environments: { "my crm": {} } }), /my crm: Give it 1-64 letters/],
    [
      "roots that are none",
      configOf({ environment: { ca_file: "secrets/a" } }),
      /^environments\.demo\.ca_file: \/etc\/dvf\/secrets\/a holds no readable certificate\. It must hold/,
    ],
  ])("refuses %s and says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });
});
