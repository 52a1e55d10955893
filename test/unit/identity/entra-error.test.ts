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
    const refusal = refusalOf(`AADSTS${code}: text with canary`, "app-1");
    expect(refusal).toMatchObject({ code: "credentials_rejected", remedy: expect.stringContaining(remedy) });
    expect(refusal.message).toContain(`AADSTS${code}`);
    expect(refusal.line).not.toContain("canary");
  });

  it("has words for a refusal without a code", () => {
    expect(refusalOf("?", "app-1").message).toBe("The token endpoint refused the credentials. Application: app-1.");
  });
});
