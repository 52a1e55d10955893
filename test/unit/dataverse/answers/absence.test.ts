import { describe, expect, it } from "vitest";
import type { Absence } from "../../../../server/dataverse/answers/absence.ts";
import { absenceOf } from "../../../../server/dataverse/answers/absence.ts";
import type { Mapping } from "../../../../server/dataverse/mapping/mapping.ts";
import { attribute } from "../../../support/dataverse/tables.ts";
import { byContact, byParent, byRegion, mappingFor, operation, otherId, rowId } from "../wire-mapping.ts";

const missing = (table: string, id = rowId): string => `${table} With Id = ${id} Does Not Exist`;
const keyMissing = (table: string): string =>
  `A record with the specified key values does not exist in ${table} entity`;

const absence = (message: string, ...of: [mapping: Mapping, sent?: Uint8Array]): Absence =>
  absenceOf({ code: "0x80040217", message }, ...of);

describe("whose absence a text tells", () => {
  it.each(["UPDATE", "DELETE"] as const)("%s by id: the row's, when its table and id are named", (mode) => {
    const sent = operation(mode === "UPDATE" ? "PATCH" : "DELETE", `accounts(${rowId})`);
    expect(absence(missing("account"), mappingFor(mode), sent)).toEqual({ of: "row" });
  });

  it("UPDATE by key: the row's, when its table is named", () => {
    const mapping = mappingFor("UPDATE", { match: "alternate" });
    expect(absence(keyMissing("account"), mapping)).toEqual({ of: "row" });
  });

  it("a text of ids does not speak of a row that is addressed by key", () => {
    const mapping = mappingFor("DELETE", { match: "alternate" });
    expect(absence(missing("account"), mapping)).toEqual({ of: "other" });
  });

  it("speaks of a row whose key no URL could name, and which was addressed by its id", () => {
    const mapping = mappingFor("DELETE", { match: "alternate" });
    const sent = operation("DELETE", `accounts(${rowId})`);
    expect(absence(missing("account"), mapping, sent)).toEqual({ of: "row" });
    expect(absence(keyMissing("account"), mapping, sent)).toEqual({ of: "other" });
  });

  it("is not the row's when another row of its table is named", () => {
    const sent = operation("DELETE", `accounts(${rowId})`);
    expect(absence(missing("account", otherId), mappingFor("DELETE"), sent)).toEqual({ of: "other" });
  });

  it.each(["INSERT", "UPSERT"] as const)("%s cannot miss its own row: it is a lookup to the same table", (mode) => {
    const mapping = mappingFor(mode, { lookups: [byParent] });
    expect(absence(missing("account", otherId), mapping)).toEqual({ of: "lookup", column: "parentaccountid" });
  });

  it("UPDATE with a lookup to its own table: either, until the operation tells which", () => {
    const mapping = mappingFor("UPDATE", { lookups: [byParent] });
    const body = `{"parentaccountid@odata.bind":"/accounts(${otherId})"}`;
    const sent = operation("PATCH", `accounts(${rowId})`, body);
    expect(absence(missing("account", rowId), mapping)).toEqual({ of: "either" });
    expect(absence(missing("account", rowId), mapping, sent)).toEqual({ of: "row" });
    expect(absence(missing("account", otherId), mapping, sent)).toEqual({ of: "lookup", column: "parentaccountid" });
  });

  it("a lookup bound by key is told by a text of keys", () => {
    const mapping = mappingFor("INSERT", { lookups: [byContact, byRegion] });
    const sent = operation("POST", "accounts", `{"new_Region@odata.bind":"/new_regions(new_code='EU')"}`);
    expect(absence(keyMissing("new_region"), mapping, sent)).toEqual({ of: "lookup", column: "new_region" });
  });

  it("a party of an activity is told by its id among those that were sent", () => {
    const to = { attribute: attribute("to", "partylist"), property: "account_activity_parties" };
    const mapping = { ...mappingFor("INSERT"), targets: [to] };
    const parties = `[{"addressused":"x"},{"partyid_contact@odata.bind":"/contacts(${otherId})"}]`;
    const sent = operation("POST", "accounts", `{"account_activity_parties":${parties}}`);
    expect(absence(missing("contact", otherId), mapping, sent)).toEqual({ of: "lookup", column: "to" });
    expect(absence(missing("contact", rowId), mapping, sent)).toEqual({ of: "other" });
  });

  it("names no column when two lookups point to the table", () => {
    const twin = { ...byContact, property: "other@odata.bind" };
    const mapping = mappingFor("INSERT", { lookups: [byContact, twin] });
    expect(absence(missing("contact"), mapping)).toEqual({ of: "lookup", column: undefined });
  });

  it("a lookup that the row left out is not at fault", () => {
    const mapping = mappingFor("INSERT", { lookups: [byContact] });
    const sent = operation("POST", "accounts", '{"name":"x"}');
    expect(absence(missing("contact"), mapping, sent)).toEqual({ of: "other" });
  });

  it.each(["", "Resource not found for the segment 'accounts'.", "Not Found"])("is nobody's in %j", (text) => {
    expect(absence(text, mappingFor("DELETE"))).toEqual({ of: "other" });
  });

  it.each([`accounts(accountid=${rowId},partitionid='p')`, ""])("the elastic row's, by its id within %j", (url) => {
    const plain = mappingFor("DELETE", { match: "alternate" });
    const mapping = {
      ...plain,
      request: { ...plain.request, matchOn: ["accountid", "partitionid"] },
      table: { ...plain.table, tableType: "Elastic" },
    };
    const sent = url === "" ? Buffer.from(`,{"accountid":"${rowId}"}`) : operation("DELETE", url);
    expect(absence(missing("account"), mapping, sent)).toEqual({ of: "row" });
    expect(absence(keyMissing("account"), mapping, sent)).toEqual({ of: "row" });
    expect(absence(missing("account", otherId), mapping, sent)).toEqual({ of: "other" });
  });
});

describe("whose absence a text tells of a link", () => {
  const side = (table: string) => ({ table, attribute: `${table}id`, navigation: `${table}s_association` });
  const linkOf = (mode: "INSERT" | "DELETE", second: string): Mapping => {
    const plain = mappingFor(mode);
    const intersect = {
      root: "https://contoso.crm.dynamics.com/api/data/v9.2",
      first: side("account"),
      second: side(second),
    };
    return { ...plain, table: { ...plain.table, intersect } };
  };

  it.each([
    ["DELETE", "contact", "account", { of: "row" }],
    ["INSERT", "contact", "account", { of: "lookup", column: "accountid" }],
    ["INSERT", "account", "account", { of: "lookup", column: undefined }],
    ["DELETE", "contact", "lead", { of: "other" }],
  ] as const)("%s between account and %s, of a missing %s: %j", (mode, second, table, expected) => {
    expect(absence(missing(table), linkOf(mode, second))).toEqual(expected);
  });
});

describe("a text in another language", () => {
  const german = (table: string, id = rowId): string =>
    `${table} mit der ID „${id.toUpperCase()}“ ist nicht vorhanden.`;
  const sent = operation("DELETE", `accounts(${rowId})`);
  const keyed = (code: string): Absence => {
    const message = "In der Entität account gibt es keinen Datensatz mit diesen Schlüsselwerten.";
    return absenceOf({ code, message }, mappingFor("DELETE", { match: "alternate" }));
  };

  it("speaks of the row whose table and id it names", () => {
    expect(absence(german("account"), mappingFor("DELETE"), sent)).toEqual({ of: "row" });
  });

  it.each([
    ["another row", german("account", otherId)],
    ["another table", german("contact")],
    ["two rows", german("account") + german("account", otherId)],
    ["too much", german("account") + " ".repeat(2_048)],
    ["no id", "account ist nicht vorhanden."],
  ])("does not speak of the row when it names %s", (_what, text) => {
    expect(absence(text, mappingFor("DELETE"), sent)).toEqual({ of: "other" });
  });

  it("speaks of a lookup's row by its id", () => {
    const mapping = mappingFor("INSERT", { lookups: [byContact] });
    expect(absence(german("contact", otherId), mapping)).toEqual({ of: "lookup", column: "primarycontactid" });
  });

  it("speaks of a key by its code alone", () => {
    expect([keyed("0x80060891"), keyed("0x80040217")]).toEqual([{ of: "row" }, { of: "other" }]);
  });
});
