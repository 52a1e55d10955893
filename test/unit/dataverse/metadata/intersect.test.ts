import { describe, expect, it } from "vitest";
import { intersectPath, readIntersect } from "../../../../server/dataverse/metadata/intersect.ts";

const root = "https://contoso.crm.dynamics.com/api/data/v9.2";
const relationship = {
  Entity1LogicalName: "account",
  Entity1IntersectAttribute: "accountid",
  Entity1NavigationPropertyName: "accountleads_association",
  Entity2LogicalName: "lead",
  Entity2IntersectAttribute: "leadid",
  Entity2NavigationPropertyName: "accountleads_association",
};

function answer(
  change: Readonly<Record<string, unknown>> = {},
  context = `${root}/$metadata#RelationshipDefinitions`,
): unknown {
  return { "@odata.context": context, value: [{ ...relationship, ...change }] };
}

describe("readIntersect", () => {
  it("reads both sides, and how the service calls itself", () => {
    expect(readIntersect(answer())).toEqual({
      root,
      first: { table: "account", attribute: "accountid", navigation: "accountleads_association" },
      second: { table: "lead", attribute: "leadid", navigation: "accountleads_association" },
    });
  });

  it.each([
    [undefined],
    [{ value: [] }],
    [answer({ Entity2IntersectAttribute: undefined })],
    [answer({ Entity1LogicalName: 7 })],
    [answer({ Entity1NavigationPropertyName: undefined })],
    [answer({ Entity1NavigationPropertyName: "a(b)" })],
    [answer({}, "https://contoso.example/other/$metadata")],
    [answer({}, `${root.replace("contoso", 'con"toso')}/$metadata`)],
  ])("is undefined where the answer does not tell all of it, or something else: %j", (read) => {
    expect(readIntersect(read)).toBeUndefined();
  });
});

describe("intersectPath", () => {
  it("asks by the name of the table in between", () => {
    expect(intersectPath("accountleads")).toContain("$filter=IntersectEntityName%20eq%20'accountleads'");
  });
});
