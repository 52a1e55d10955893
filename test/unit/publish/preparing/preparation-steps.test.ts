import { describe, expect, it } from "vitest";
import type { Mapping } from "../../../../server/dataverse/mapping/mapping.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { Finder } from "../../../../server/publish/preparing/finder.ts";
import { KeyStep } from "../../../../server/publish/preparing/key-step.ts";
import { LookupStep } from "../../../../server/publish/preparing/lookup-step.ts";
import { foundBytesOf, preparationSteps } from "../../../../server/publish/preparing/preparation-steps.ts";
import { text } from "../../../support/columns.ts";
import { attribute, mappingOf } from "../../../support/dataverse/tables.ts";
import { accountMapping, accounts, byNumberRequest, insertRequest } from "../../../support/publish/scenes.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

function stepsOf(request: Partial<PublishRequest>): readonly unknown[] {
  return stepsFor(accountMapping(request));
}

function stepsFor(mapping: Mapping): readonly unknown[] {
  const finder = new Finder({
    clock: new VirtualClock(),
    signal: new AbortController().signal,
    patience: "patient",
    learn: () => undefined,
  });
  return preparationSteps(mapping, finder);
}

/** Of accounts whose lookup names its rows by one column. */
function lookupBy(by: string): Mapping {
  const parent = attribute("parentaccountid", "lookup", { targets: ["account"] });
  const table = {
    ...accounts,
    attributes: new Map([...accounts.attributes, ["parentaccountid", parent]]),
    navigation: new Map([["parentaccountid", new Map([["account", "parentaccountid"]])]]),
  };
  const columns = [{ sources: ["k"], target: "parentaccountid", lookup: { by: [by] } }];
  return mappingOf({ columns: [text("k", [])], table, request: { columns } });
}

describe("the steps of a mapping", () => {
  it("are none where nothing has to be read", () => {
    expect(stepsOf(insertRequest)).toEqual([]);
  });

  it("find rows by keys that no URL may be able to name", () => {
    expect(stepsOf(byNumberRequest)).toEqual([expect.any(KeyStep)]);
    expect(stepsOf({ mode: "UPSERT", matchOn: ["name"] })).toEqual([expect.any(KeyStep)]);
  });

  it.each([
    ["accountid", []],
    ["accountnumber", [expect.any(LookupStep)]],
    ["name", [expect.any(LookupStep)]],
  ])("find the rows that lookups name by %s", (by, steps) => {
    expect(stepsFor(lookupBy(by))).toEqual(steps);
  });
});

describe("what is read about rows", () => {
  it("weighs in only where it is read about every row", () => {
    const weigh = (request: Partial<PublishRequest>): number => foundBytesOf(accountMapping(request));
    expect([weigh(insertRequest), weigh(byNumberRequest)]).toEqual([0, 0]);
    expect(weigh({ mode: "UPSERT", matchOn: ["name"] })).toBeGreaterThan(36);
    expect(foundBytesOf(lookupBy("accountid"))).toBe(0);
    expect(foundBytesOf(lookupBy("name"))).toBeGreaterThan(36);
  });
});
