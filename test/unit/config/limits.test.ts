import { describe, expect, it } from "vitest";
import { configOf, faultsOf, id, settingsOf, tenant } from "./samples.ts";

describe("the limits of a config", () => {
  it("gives rows more memory for each principal of each environment, where it is not told how much", () => {
    const principals = ["2", "3"].map((last) => ({
      client_id: `${id.slice(0, -1)}${last}`,
      client_secret_file: "secrets/a",
    }));
    const environmentOf = (host: string) => ({
      url: `https://${host}.crm.dynamics.com`,
      tenant_id: tenant,
      principals,
    });
    const environments = { demo: environmentOf("contoso"), prod: environmentOf("fabrikam") };
    const bytesOf = (top: object) => settingsOf(configOf({ top: { environments, ...top } })).limits.inflightBytesMax;
    expect(bytesOf({})).toBe((48 + 3 * 16) << 20);
    expect(bytesOf({ limits: { inflight_bytes_max: 32 << 20 } })).toBe(32 << 20);
  });

  it.each<[string, string, RegExp]>([
    [
      "too little memory",
      configOf({ top: { limits: { inflight_bytes_max: 1 } } }),
      /^limits\.inflight_bytes_max: .*33554432/,
    ],
  ])("refuses %s and says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });
});
