import { describe, expect, it } from "vitest";
import { refusalOf } from "../../../server/identity/entra-error.ts";

describe("refusalOf", () => {
  it.each([
    ["7000215", "secret's value"],
    ["7000222", "new secret"],
    ["700016", "client_id"],
    ["90002", "tenant_id"],
    ["500011", "url"],
    ["700027", "key_file"],
    ["700024", "clocks"],
    ["700211", "`iss`"],
    ["700213", "`sub`"],
    ["123456", "sign-in log"],
  ])("names AADSTS%s and what to do", (code, remedy) => {
    const refusal = refusalOf(`AADSTS${code}: text with canary`, { clientId: "app-1" });
    expect(refusal).toMatchObject({ code: "credentials_rejected", remedy: expect.stringContaining(remedy) });
    expect(refusal.message).toContain(`AADSTS${code}`);
    expect(refusal.line).not.toContain("canary");
  });

  it("blames no certificate where there is none", () => {
    const { message, remedy } = refusalOf("AADSTS700027: x", { clientId: "app-1", isFederated: true });
    expect([message.includes("certificate"), remedy.includes("federated_token_file")]).toEqual([false, true]);
    expect(refusalOf("AADSTS90002: x", { clientId: "app-1", isFederated: true }).remedy).toContain("tenant_id");
  });

  it("has words for a refusal without a code", () => {
    expect(refusalOf("?", { clientId: "app-1" }).message).toBe(
      "The token endpoint refused the credentials. Application: app-1.",
    );
  });
});
