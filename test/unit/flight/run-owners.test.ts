import { describe, expect, it } from "vitest";
import type { Caller } from "../../../server/flight/auth.ts";
import { RunOwners } from "../../../server/flight/run-owners.ts";

const caller = (name: string): Caller => ({ name, mayUse: () => true, mayPublish: () => true });
const refusal = expect.objectContaining({ code: "caller_not_allowed" });

describe("RunOwners", () => {
  it("lets the streams of one caller share a run", () => {
    const owners = new RunOwners();
    owners.join("run", caller("a"));
    expect(() => owners.join("run", caller("a"))).not.toThrow();
  });

  it("keeps others out of a live run", () => {
    const owners = new RunOwners();
    owners.join("run", caller("a"));
    expect(() => owners.join("run", caller("b"))).toThrow(refusal);
    expect(() => owners.assertOwn("run", caller("b"))).toThrow(refusal);
  });

  it("forgets a run with its last stream", () => {
    const owners = new RunOwners();
    const leaves = [owners.join("run", caller("a")), owners.join("run", caller("a"))];
    leaves[0]?.();
    expect(() => owners.join("run", caller("b"))).toThrow(refusal);
    leaves[1]?.();
    expect(() => owners.join("run", caller("b"))).not.toThrow();
  });
});
