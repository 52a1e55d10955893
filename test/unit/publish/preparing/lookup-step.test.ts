import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { FindBy } from "../../../../server/dataverse/finding/find.ts";
import type { KeyTexts } from "../../../../server/dataverse/keys/find-key.ts";
import type { FoundId } from "../../../../server/dataverse/keys/found.ts";
import type { JsonObject } from "../../../../server/dataverse/wire/operation.ts";
import { LookupStep } from "../../../../server/publish/preparing/lookup-step.ts";
import { noTime } from "../../../../server/publish/rows/settlement.ts";
import { recordBatch, text } from "../../../support/columns.ts";
import { attribute, ID, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";
import { slabOf } from "../../../support/publish/scenes.ts";
import { ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const account = tableOf([attribute("name", "text"), attribute("city", "text")]);
const order = tableOf(
  [attribute("buyer", "lookup", { targets: ["account"] }), attribute("seller", "lookup", { targets: ["account"] })],
  {
    logicalName: "tpch_order",
    primaryId: "tpch_orderid",
    navigation: new Map([
      ["buyer", new Map([["account", "Buyer"]])],
      ["seller", new Map([["account", "Seller"]])],
    ]),
  },
);
const lane = new ScriptedLane(new VirtualClock(), () => new Error("asked"));

const rows: Readonly<Record<string, readonly JsonObject[]>> = {
  one: [{ accountid: ID }],
  two: [{ accountid: ID }, { accountid: ID }],
  strange: [{ accountid: "?" }],
};

function find(_by: FindBy, keys: readonly KeyTexts[]): Promise<readonly (readonly JsonObject[])[]> {
  return Promise.resolve(keys.map(([key = ""]) => rows[key] ?? []));
}

async function prepared(
  by: readonly string[],
  ...columns: readonly Column[]
): Promise<ReadonlyMap<string, readonly (FoundId | undefined)[]>> {
  const requests = columns.map(({ field }) => ({
    sources: by.map(() => field.name),
    target: field.name,
    lookup: { by },
  }));
  const { references } = mappingOf({ columns, table: order, request: { columns: requests }, related: [account] });
  const slab = slabOf(recordBatch(...columns));
  const step = new LookupStep(references, { find });
  expect(step.needs(slab)).toBe(!by.includes("accountid"));
  await step.prepare(slab, lane);
  return slab.found.references;
}

describe("the lookups of a record batch", () => {
  it("lead to their rows, each attribute by its own values", async () => {
    const found = await prepared(["name"], text("buyer", ["one", null]), text("seller", [null, "one"]));
    expect(Object.fromEntries(found)).toEqual({ buyer: [ID, undefined], seller: [undefined, ID] });
  });

  it("fail where no row has the value, or several have, or an answer cannot be read", async () => {
    const found = await prepared(["name"], text("buyer", ["none", "two", "strange"]));
    expect(found.get("buyer")).toEqual([
      {
        code: "lookup_missing",
        column: "buyer",
        message:
          "No row of account has the name that buyer names. Publish the rows that it points to first, then replay it.",
        retryable: true,
      },
      {
        code: "key_ambiguous",
        column: "buyer",
        message:
          "Several rows of account have the name that buyer names. Remove the others, or name the row by a key that is unique.",
        retryable: false,
      },
      noTime,
    ]);
  });

  it("tell all attributes of a key that no row has", async () => {
    const found = await prepared(["name", "city"], text("buyer", ["none"]));
    const [failure] = found.get("buyer") ?? [];
    expect(typeof failure === "object" ? failure.message : failure).toContain("has the name and city that buyer names");
  });

  it("by GUID need nothing", async () => {
    expect((await prepared(["accountid"], text("buyer", [ID]))).size).toBe(0);
  });
});
