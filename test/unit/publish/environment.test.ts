import { describe, expect, it } from "vitest";
import { Environment, findEnvironment } from "../../../server/publish/environment.ts";
import { schedulerOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const scheduler = schedulerOf(new VirtualClock(), []);

function environment(tablesAllowed: readonly string[]): Environment {
  return new Environment({ name: "demo", scheduler, tablesAllowed, modesAllowed: ["insert", "upsert"] });
}

describe("Environment", () => {
  it("allows the tables that its config names, by pattern too", () => {
    const some = environment(["account", "new_*"]);
    expect(["account", "contact", "new_region", "accounts"].map((table) => some.allows(table))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(environment(["*"]).allows("anything")).toBe(true);
    expect(environment([]).allows("account")).toBe(false);
  });

  it("refuses a table that is not named, saying which, and how to allow it", () => {
    expect(() => environment(["account"]).allow("contact", "INSERT")).toThrow("the table 'contact'");
    expect(() => environment(["account"]).allowTable("contact")).toThrow(
      expect.objectContaining({ code: "caller_not_allowed", remedy: "Add it to tables_allowed." }),
    );
    expect(() => environment(["account"]).allow("account", "INSERT")).not.toThrow();
  });

  it("refuses a mode that is not named, saying how to allow it", () => {
    expect(() => environment(["*"]).allow("account", "UPSERT")).not.toThrow();
    expect(() => environment(["*"]).allow("account", "DELETE")).toThrow(
      expect.objectContaining({ code: "caller_not_allowed", remedy: "Add delete to modes_allowed." }),
    );
  });
});

describe("findEnvironment", () => {
  const options = { scheduler, tablesAllowed: [], modesAllowed: [] };
  const [demo, prod] = ["demo", "prod"].map((name) => new Environment({ ...options, name }));
  if (demo === undefined || prod === undefined) throw new Error("There are two environments.");
  const both = new Map([
    ["demo", demo],
    ["prod", prod],
  ]);

  it("takes the only one where none is named", () => {
    expect(findEnvironment(new Map([["demo", demo]]), "")).toBe(demo);
    expect(findEnvironment(both, "prod")).toBe(prod);
  });

  it.each(["", "test"])("names those it knows when %j is none of them", (name) => {
    expect(() => findEnvironment(both, name)).toThrow(
      expect.objectContaining({ code: "unknown_environment", remedy: "Name one of: demo, prod." }),
    );
  });
});
