import { describe, expect, it } from "vitest";
import { assertMayPublish, assertMayUse, Callers } from "../../../server/flight/auth.ts";

const callers = new Callers([
  { name: "spark", tokens: "old-token\nnew-token\n", environments: ["demo"], modes: ["insert", "update"] },
  { name: "admin", tokens: "admin-token" },
]);

describe("identify", () => {
  it.each(["old-token", "new-token"])("takes both tokens while they are rotated (%s)", (token) => {
    expect(callers.identify([`Bearer ${token}`]).name).toBe("spark");
  });

  it.each([
    ["no header", []],
    ["an unknown token", ["Bearer other"]],
    ["an empty token", ["Bearer "]],
    ["another scheme", ["Basic old-token"]],
    ["a token with more behind it", ["Bearer old-token x"]],
    ["two headers", ["Bearer old-token", "Bearer old-token"]],
    ["the start of a token", ["Bearer old-toke"]],
  ])("refuses %s", (_, header) => {
    const remedy = expect.stringContaining("authorization: Bearer <token>");
    expect(() => callers.identify(header)).toThrow(expect.objectContaining({ code: "unauthenticated_caller", remedy }));
  });

  it("never repeats the token that was sent", () => {
    expect(() => callers.identify(["Bearer canary"])).toThrow(/^The bearer token is not one that this server knows\.$/);
  });

  it("lets everyone in where no callers are configured", () => {
    const anyone = new Callers([]).identify([]);
    expect(anyone.mayUse("any") && anyone.mayPublish("DELETE")).toBe(true);
  });
});

describe("the rights of a caller", () => {
  const spark = callers.identify(["Bearer old-token"]);
  const refusal = expect.objectContaining({ code: "caller_not_allowed" });

  it("end at its environments", () => {
    expect(() => assertMayUse(spark, "demo")).not.toThrow();
    expect(() => assertMayUse(spark, "prod")).toThrow(refusal);
    expect(() => assertMayPublish(spark, "prod", "INSERT")).toThrow(refusal);
  });

  it("end at its modes", () => {
    expect(() => assertMayPublish(spark, "demo", "INSERT")).not.toThrow();
    expect(() => assertMayPublish(spark, "demo", "DELETE")).toThrow(refusal);
  });

  it("are all there are when none are named", () => {
    expect(() => assertMayPublish(callers.identify(["Bearer admin-token"]), "prod", "DELETE")).not.toThrow();
  });
});
