import { describe, expect, it } from "vitest";
import { assertLogicalName, assertRunId, Faults } from "../../../server/flight/command-faults.ts";

describe("Faults", () => {
  it("is silent when there is none", () => {
    const faults = new Faults("publish.");
    faults.logicalNames(["accountnumber"], "matchOn", 1);
    expect(() => faults.assertNone()).not.toThrow();
  });

  it("refuses more names than are allowed", () => {
    const faults = new Faults("publish.");
    faults.columnNames(["a", "b"], "ignore", 1);
    const message = "publish.ignore has 2 names; 1 are allowed.";
    expect(() => faults.assertNone()).toThrow(expect.objectContaining({ code: "invalid_command", message }));
  });

  it("stops at 20 sentences, however many faults there are", () => {
    const faults = new Faults("");
    for (let i = 0; i < 1000; i++) faults.expect(false, "x", "is wrong.");
    expect(() => faults.assertNone()).toThrow(expect.objectContaining({ message: "x is wrong. ".repeat(20).trim() }));
  });

  it("shows no more than the start of a long name", () => {
    const faults = new Faults("");
    faults.logicalName("!".repeat(10_000), "table");
    expect(() => faults.assertNone()).toThrow(/^table is "!{100}…"/);
  });
});

describe("a name by itself", () => {
  it("passes or is refused", () => {
    expect(() => assertLogicalName("account", "table")).not.toThrow();
    expect(() => assertLogicalName("a-b", "table")).toThrow(/table is "a-b"/);
    expect(assertRunId("run 1")).toBe("run 1");
    expect(() => assertRunId("\ud800")).toThrow(/runId/);
  });
});
