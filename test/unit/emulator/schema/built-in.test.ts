import { describe, expect, it } from "vitest";
import { builtInSchema } from "../../../emulator/schema/load.ts";
import type { Table } from "../../../emulator/schema/types.ts";
import { ask, emulatorWith } from "../support.ts";

function table(name: string): Table {
  const found = builtInSchema().tables.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`There is no table ${name}.`);
  }
  return found;
}

describe("built-in tables", () => {
  it.each([
    ["account", "primarycontactid", "contact", "account_primary_contact"],
    ["account", "parentaccountid", "account", "account_parent_account"],
    ["account", "createdby", "systemuser", "lk_accountbase_createdby"],
    ["account", "owninguser", "systemuser", "user_accounts"],
    ["contact", "parentcustomerid_account", "account", "contact_customer_accounts"],
    ["salesorder", "customerid_contact", "contact", "order_customer_contacts"],
    ["salesorderdetail", "salesorderid", "salesorder", "order_details"],
    ["task", "regardingobjectid_account_task", "account", "Account_Tasks"],
    ["email", "regardingobjectid_salesorder_email", "salesorder", "SalesOrder_Emails"],
    ["activityparty", "activityid_email", "email", "email_activity_parties"],
    ["activityparty", "partyid_systemuser", "systemuser", "system_user_activity_parties"],
    ["annotation", "objectid_account", "account", "Account_Annotation"],
    ["sdkmessagefilter", "sdkmessageid", "sdkmessage", "sdkmessageid_sdkmessagefilter"],
  ])("%s leads by %s to %s, which leads back by %s", (name, navigation, target, collection) => {
    expect(table(name).navigations.get(navigation)?.targets).toEqual([target]);
    expect(table(target).collections.get(collection)).toMatchObject({ kind: "oneToMany", table: name });
  });

  it("have the casing of the service in their schema names", () => {
    const names = table("account").columns.map(({ schemaName }) => schemaName);
    expect(names).toEqual(
      expect.arrayContaining(["AccountNumber", "EMailAddress1", "WebSiteURL", "Address1_StateOrProvince", "OwnerId"]),
    );
  });

  it.each([
    ["activityparties"],
    ["annotations"],
    ["asyncoperations"],
    ["businessunits"],
    ["emails"],
    ["new_readings"],
    ["organizations"],
    ["products"],
    ["publishers"],
    ["salesorderdetails"],
    ["salesorders"],
    ["sdkmessagefilters"],
    ["sdkmessages"],
    ["solutions"],
    ["systemusers"],
    ["tasks"],
    ["teams"],
    ["transactioncurrencies"],
  ])("can be read: %s", async (setName) => {
    expect((await ask(emulatorWith(), `GET ${setName}`)).status).toBe(200);
  });

  it("join users and teams", () => {
    expect(table("systemuser").collections.get("teammembership_association")).toMatchObject({
      kind: "manyToMany",
      table: "team",
      intersect: "teammembership",
    });
  });

  it("name the organization, whose currency is the base", () => {
    const [organization] = emulatorWith().rows("organization");
    expect(organization).toMatchObject({ languagecode: 1033, pricingdecimalprecision: 2 });
    expect(emulatorWith().rows("transactioncurrency")).toMatchObject([
      { isocurrencycode: "USD", currencyprecision: 2, exchangerate: "1" },
    ]);
  });

  it.each([
    ["account", "CreateMultiple", 1],
    ["account", "UpsertMultiple", 0],
    ["team", "CreateMultiple", 0],
    ["new_reading", "UpsertMultiple", 1],
    ["new_reading", "DeleteMultiple", 1],
    ["new_thing", "UpdateMultiple", 1],
  ])("tell the probe whether %s takes %s", async (name, message, count) => {
    const filter = "sdkmessageid/name%20eq%20@m%20and%20primaryobjecttypecode%20eq%20@t";
    const path = `sdkmessagefilters?$select=sdkmessagefilterid&$filter=${filter}&@m='${message}'&@t='${name}'`;
    const { value } = JSON.parse((await ask(emulatorWith(), `GET ${path}`)).body);
    expect(value).toHaveLength(count);
  });
});
