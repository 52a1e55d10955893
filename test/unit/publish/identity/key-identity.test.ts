import { describe, expect, it } from "vitest";
import { mintKeyId } from "../../../../server/publish/identity/key-identity.ts";

describe("the id of a row that its key creates", () => {
  it.each([
    ["account", ["telephone1"], ["+49 30 1"], "50b58927-af00-8cb8-8e20-8bb4d36ccef6"],
    ["account", ["name", "address1_city"], ["müller", "köln"], "6c2e6025-69c1-85a9-b700-6ca225430376"],
    ["contact", ["telephone1"], ["+49 30 1"], "3ae1f0d4-f4e2-88d1-84f4-cd148a660a22"],
  ])("is the same in every version: %s %j %j", (table, names, key, id) => {
    expect(mintKeyId(table, names, key)).toBe(id);
  });

  it("is a UUIDv8", () => {
    const ids = Array.from({ length: 100 }, (_, i) => mintKeyId("account", ["code"], [String(i)]));
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(100);
  });

  it("does not depend on the order in which the parts are named", () => {
    expect(mintKeyId("account", ["a", "b"], ["1", "2"])).toBe(mintKeyId("account", ["b", "a"], ["2", "1"]));
    expect(mintKeyId("account", ["a", "b"], ["1", "2"])).not.toBe(mintKeyId("account", ["a", "b"], ["2", "1"]));
  });

  it("keeps parts apart", () => {
    expect(mintKeyId("account", ["a", "b"], ["1", "23"])).not.toBe(mintKeyId("account", ["a", "b"], ["12", "3"]));
  });
});
