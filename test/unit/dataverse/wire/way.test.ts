import { describe, expect, it } from "vitest";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, encodeRow, ID, tableOf } from "../../../support/dataverse/tables.ts";

const table = tableOf([attribute("code", "text", { maxLength: 10 }), attribute("size", "integer")], {
  keys: [{ logicalName: "by_code", attributes: ["code"], active: true, indexStatus: "Active" }],
});

function target(request: Partial<PublishRequest>): unknown {
  const key =
    request.matchOn?.[0] === "accountid" ? columnOf("accountid", utf8, [ID]) : columnOf("code", utf8, ["A'1"]);
  const text = encodeRow({ columns: [key, columnOf("size", int(32), [7n])], table, request }, 0, ID, "bulk");
  if (typeof text !== "string") throw new Error(text.message);
  expect(text[0]).toBe(",");
  return JSON.parse(text.slice(1));
}

const type = { "@odata.type": "Microsoft.Dynamics.CRM.account" };

describe("a target of a bulk message", () => {
  it("of an INSERT holds the minted id", () => {
    expect(target({ mode: "INSERT" })).toEqual({ ...type, accountid: ID, code: "A'1", size: 7 });
  });

  it("named by its primary key holds it as a property", () => {
    const named = { ...type, accountid: ID, size: 7 };
    expect(target({ mode: "UPDATE", matchOn: ["accountid"] })).toEqual(named);
    expect(target({ mode: "UPSERT", matchOn: ["accountid"] })).toEqual(named);
  });

  it("named by an alternate key leaves its columns out of the body, where a create would fail on them", () => {
    expect(target({ mode: "UPSERT", matchOn: ["code"] })).toEqual({
      ...type,
      "@odata.id": "accounts(code='A''1')",
      size: 7,
    });
  });
});
