import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../server/core/secret.ts";

describe("Secret", () => {
  const secret = new Secret("canary");

  it.each([
    ["printed", `${secret}`],
    ["joined", ["a", secret].join()],
    ["inspected", inspect({ deep: { secret } }, { showHidden: true, depth: 9 })],
    ["serialised", JSON.stringify({ secret })],
    ["spread", JSON.stringify({ ...secret })],
  ])("is not seen when it is %s", (_how, seen) => {
    expect(seen).not.toContain("canary");
  });

  it("is revealed on request", () => {
    expect(secret.reveal()).toBe("canary");
  });
});
