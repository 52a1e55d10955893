import { describe, expect, it } from "vitest";
import { inflightBytesFor, isLoopback, isTableAllowed } from "../../../server/core/settings.ts";

describe("isTableAllowed", () => {
  it.each([
    [["*"], "account", true],
    [["account"], "account", true],
    [["account"], "accounts", false],
    [["tpch_*"], "tpch_order", true],
    [["tpch_*"], "order_tpch_", false],
    [["*_log"], "new_log", true],
    [[], "account", false],
  ])("%j lets %s through: %s", (patterns, table, expected) => {
    expect(isTableAllowed(patterns, table)).toBe(expected);
  });
});

describe("isLoopback", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.1.2.3", true],
    ["::1", true],
    ["localhost", true],
    ["0.0.0.0", false],
    ["::", false],
    ["127.0.0.1.example.com", false],
    ["localhost.example.com", false],
  ])("%s: %s", (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe("memory for rows", () => {
  it("grows with the principals, whose requests are on the wire side by side, up to a bound", () => {
    expect([0, 1, 2, 8, 100].map((principals) => inflightBytesFor(principals) >> 20)).toEqual([48, 48, 64, 160, 256]);
  });
});
