import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { relatedTables } from "../../../../server/dataverse/mapping/mapping.ts";
import { partyCollection } from "../../../../server/dataverse/mapping/party-list.ts";
import type { ColumnRequest, PublishRequest } from "../../../../server/dataverse/request.ts";
import { column, int32, list, text } from "../../../support/columns.ts";
import { email, partyColumn, partyRelated } from "../../../support/dataverse/activities.ts";
import { mappingOf, requestOf, tableOf } from "../../../support/dataverse/tables.ts";

function refusal(
  given: Column,
  lookup?: ColumnRequest["lookup"],
  request: Partial<PublishRequest> = {},
  related = partyRelated,
): string {
  const target = given.field.name;
  const columns = [{ sources: [target], target, ...(lookup === undefined ? {} : { lookup }) }];
  try {
    mappingOf({ columns: [given], table: email, request: { columns, ...request }, related });
    return "accepted";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("a column of parties", () => {
  it("goes to a party list, or to the collection of all", () => {
    expect(refusal(partyColumn("to", []))).toBe("accepted");
    expect(refusal(partyColumn("to", [], ["addressused"]))).toBe("accepted");
    expect(refusal(partyColumn("to", [], ["partyid"]), { table: "contact", by: [] })).toBe("accepted");
    expect(refusal(partyColumn("email_activity_parties", [], ["addressused", "participationtypemask"]))).toBe(
      "accepted",
    );
  });

  it("is sent in parts of a batch only", () => {
    const mapping = mappingOf({
      columns: [partyColumn("to", [])],
      table: email,
      request: { strategy: "AUTO" },
      related: partyRelated,
    });
    expect(mapping.strategy).toBe("BATCH");
    expect(mapping.targets).toMatchObject([{ property: "email_activity_parties" }]);
  });

  it.each([
    ["UPSERT", undefined, 'say "onlyOn": "CREATE"'],
    ["UPSERT", "UPDATE", 'say "onlyOn": "CREATE"'],
    ["UPDATE", undefined, "leave the column out, or delete the activity and INSERT it anew"],
  ] as const)("is refused where the activity may exist, with what to do: %s %s", (mode, onlyOn, remedy) => {
    const columns = [{ sources: ["to"], target: "to", ...(onlyOn === undefined ? {} : { onlyOn }) }];
    const said = refusal(partyColumn("to", []), undefined, { mode, matchOn: ["activityid"], columns });
    expect(said).toContain("to: no request is documented that changes the parties of an activity that exists");
    expect(said).toContain(remedy);
  });

  it.each([
    [
      text("to", []),
      undefined,
      'to (utf8) cannot be sent to to (PartyListType): expected a list of structs with "partyid"',
    ],
    [list("to", [], () => text("item", [])), undefined, "expected a list of structs"],
    [partyColumn("to", []), { by: ["name"] }, 'only "table" may be in "lookup"'],
    [partyColumn("to", []), { by: [], tableFrom: "x" }, 'only "table" may be in "lookup"'],
    [partyColumn("to", [], ["table"]), undefined, "the structs in to name no party"],
    [partyColumn("to", [], ["partyid"]), undefined, "parties of to: partyid is given several tables: name one"],
    [partyColumn("to", []), { table: "lead", by: [] }, "parties of to: partyid cannot point to lead, only to account"],
    [partyColumn("to", [], ["addressused", "participationtypemask"]), undefined, "to tells the role of its parties"],
    [partyColumn("partners", []), undefined, "partners does not tell the role of its parties"],
  ] as const)("is refused where it cannot serve (%#)", (given, lookup, sentence) => {
    expect(refusal(given, lookup)).toContain(sentence);
  });

  it("is refused for a field that no party takes, or of another type", () => {
    const struct = (...children: readonly Column[]): Column =>
      list("to", [], () => column("item", { kind: "struct" }, [], { children }));
    expect(refusal(struct(text("adressused", [])))).toContain(
      "the structs for to have adressused, which no party takes",
    );
    expect(refusal(struct(text("partyidname", [])))).toContain("have partyidname, which no party takes");
    expect(refusal(struct(int32("addressused", [])))).toContain(
      "addressused (int32) of the structs for to cannot be sent",
    );
  });

  it("needs the metadata of parties", () => {
    expect(refusal(partyColumn("to", []), undefined, {}, [])).toContain("the table activityparty of to is not known");
  });
});

describe("the tables of parties", () => {
  it("are the usual ones that the list can hold, or those that are named", () => {
    const schema = { fields: [partyColumn("to", []).field] };
    expect(relatedTables(requestOf({}), email, schema)).toEqual(["activityparty", "account", "contact", "systemuser"]);
    const columns = [{ sources: ["to"], target: "to", lookup: { table: "contact, new_site", by: [] } }];
    expect(relatedTables(requestOf({ columns }), email)).toEqual(["activityparty", "contact", "new_site"]);
  });
});

describe("the collection of parties", () => {
  it("is known by its name where rows have parties", () => {
    expect(partyCollection("email_activity_parties", email)).toMatchObject({ kind: "partylist" });
    expect(partyCollection("task_activity_parties", email)).toBeUndefined();
    expect(partyCollection("account_activity_parties", tableOf([]))).toBeUndefined();
  });
});
