import { describe, expect, it } from "vitest";
import { configOf, faultsOf, settingsOf } from "./samples.ts";

describe("the whole of a config", () => {
  it("finds callers beside listen", () => {
    const callers = [{ name: "spark", token_file: "callers" }];
    expect(settingsOf(configOf({ top: { callers } })).listen.callers).toHaveLength(1);
  });

  it("fills in the defaults", () => {
    expect(settingsOf(configOf())).toMatchObject({
      listen: { host: "127.0.0.1", port: 8815, callers: [] },
      environments: [
        {
          name: "demo",
          origin: "https://contoso.crm.dynamics.com",
          authorityOrigin: "https://login.microsoftonline.com",
          tablesAllowed: ["*"],
          modesAllowed: ["insert", "update", "upsert"],
        },
      ],
      limits: {
        inflightBytesMax: 50_331_648,
        clientStallTimeoutMs: 120_000,
        progressTimeoutMs: 900_000,
        retryAfterMaxMs: 900_000,
      },
    });
  });

  it.each<[string, string, RegExp]>([
    ["an unknown key", configOf({ top: { listne: {} } }), /^: Unknown: listne\. Known here: listen, environments/],
  ])("refuses %s and says why", (_name, text, expected) => {
    expect(faultsOf(text).some((fault) => expected.test(fault))).toBe(true);
  });
});
