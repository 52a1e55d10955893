import { describe, expect, it } from "vitest";
import { codeOf } from "../support.ts";
import { accountsWhere, ann, company, north, read, south } from "./company.ts";

describe("$filter", () => {
  it.each<[string, readonly string[]]>([
    [`_primarycontactid_value eq ${ann}`, ["North"]],
    // Microsoft's own SDK writes them in quotes.
    [`_primarycontactid_value eq '${ann}'`, ["North"]],
    ["_primarycontactid_value eq null", ["South 100%", "West"]],
    ["_primarycontactid_value ne null", ["North"]],
    ["primarycontactid/fullname eq 'Ann Ash'", ["North"]],
    ["primarycontactid/fullname eq null", ["South 100%", "West"]],
    ["parentaccountid/name eq 'south 100%'", ["North"]],
    ["contact_customer_accounts/any(c:c/firstname eq 'Cy')", ["South 100%"]],
    ["contact_customer_accounts/any(c: startswith(c/firstname,'B') or c/lastname eq 'Cedar')", ["North", "South 100%"]],
    ["contact_customer_accounts/any()", ["North", "South 100%"]],
    ["contact_customer_accounts/all(c:c/firstname eq 'Cy')", ["South 100%", "West"]],
    ["not contact_customer_accounts/any(c:c/firstname eq 'Cy')", ["North", "West"]],
    ["statecode eq 0 and numberofemployees gt 100", ["North"]],
    ["1000 lt numberofemployees", ["North"]],
    ["createdon eq modifiedon", ["North", "South 100%", "West"]],
    ["name ne accountnumber", ["North", "South 100%", "West"]],
    ["contains(name,'0[%]')", ["South 100%"]],
    ["contains(name,'o_th')", ["North", "South 100%"]],
    ["startswith(name,'%t')", ["North", "South 100%", "West"]],
    ["contains(name,'[a-m]')", ["North", "South 100%", "West"]],
    ["endswith(name,'T')", ["West"]],
    ["contains(name,'th') eq false", ["West"]],
    ["revenue eq 1234.5", ["South 100%"]],
    ["donotemail eq true", ["West"]],
    ["lastonholdtime ge 2024-01-01", ["West"]],
    ["lastonholdtime lt 2024-01-01T16:04:05+02:00", []],
  ])("%s", async (filter, names) => {
    expect(await accountsWhere(await company(), filter)).toEqual(names);
  });

  it.each<[string, readonly string[]]>([
    [`In(PropertyName='numberofemployees',PropertyValues=["20","7"])`, ["South 100%"]],
    [`In(PropertyName='name',PropertyValues=['north','West'])`, ["North", "West"]],
    [`NotIn(PropertyName='name',PropertyValues=["North"])`, ["South 100%", "West"]],
    [`Between(PropertyName='numberofemployees',PropertyValues=["20","1200"])`, ["North", "South 100%"]],
    [`NotBetween(PropertyName='numberofemployees',PropertyValues=["20","30"])`, ["North", "West"]],
    [`On(PropertyName='lastonholdtime',PropertyValue='2024-01-01')`, ["West"]],
    [`OnOrAfter(PropertyName='lastonholdtime',PropertyValue='2024-01-02')`, []],
    [`OnOrBefore(PropertyName='lastonholdtime',PropertyValue='2024-01-02')`, ["West"]],
    ["Today(PropertyName='createdon')", ["North", "South 100%", "West"]],
    ["Yesterday(PropertyName='createdon')", []],
    ["LastXDays(PropertyName='createdon',PropertyValue=3)", ["North", "South 100%", "West"]],
    ["OlderThanXDays(PropertyName='createdon',PropertyValue=3)", []],
    ["Last7Days(PropertyName='createdon')", ["North", "South 100%", "West"]],
    ["ThisYear(PropertyName='createdon')", ["North", "South 100%", "West"]],
    ["EqualUserId(PropertyName='ownerid')", ["North", "South 100%", "West"]],
    ["NotEqualUserId(PropertyName='_ownerid_value')", []],
  ])("of the query function %s", async (call, names) => {
    const owner = call.replace("'ownerid'", "'_ownerid_value'");
    expect(await accountsWhere(await company(), `Microsoft.Dynamics.CRM.${owner}`)).toEqual(names);
  });

  it("takes a GUID in quotes, as Microsoft's Python SDK writes it", async () => {
    const emulator = await company();
    const [north] = emulator.rows("account").filter(({ name }) => name === "North");
    expect(await accountsWhere(emulator, `accountid eq '${String(north?.["accountid"])}'`)).toEqual(["North"]);
  });

  it("takes parameter aliases, for single values and for lists", async () => {
    const emulator = await company();
    expect(await accountsWhere(emulator, "name eq @m", "&@m='North'")).toEqual(["North"]);
    const call = "Microsoft.Dynamics.CRM.In(PropertyName=@p,PropertyValues=@v)";
    expect(await accountsWhere(emulator, call, `&@p='name'&@v=["West"]`)).toEqual(["West"]);
  });

  it.each([
    ["numberofemployees eq '20'", "'Edm.Int32' and 'Edm.String' for operator kind 'Equal'"],
    ["accountid eq 'x'", "'Edm.Guid' and 'Edm.String'"],
    ["createdon gt '2024-01-01'", "'Edm.DateTimeOffset' and 'Edm.String' for operator kind 'GreaterThan'"],
    ["donotemail eq 1", "'Edm.Boolean' and 'Edm.Int32'"],
    ["name eq 5", "'Edm.String' and 'Edm.Int32'"],
    ["name eq numberofemployees", "'Edm.String' and 'Edm.Int32'"],
    ["name eq North", "Could not find a property named 'North'"],
    ["Name eq 'x'", "Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'."],
    [
      "primarycontactid/nome eq 'x'",
      "Could not find a property named 'nome' on type 'Microsoft.Dynamics.CRM.contact'.",
    ],
    ["PrimaryContactId/fullname eq 'x'", "Could not find a property named 'PrimaryContactId'"],
    ["ownerid/fullname eq 'x'", "Could not find a property named 'ownerid'"],
    ["contains(numberofemployees,'1')", "No function signature for the function with name 'contains'"],
    ["tolower(name) eq 'x'", "An unknown function with name 'tolower' was found"],
    ["Microsoft.Dynamics.CRM.Sideways(PropertyName='name')", "An unknown function"],
    ["Microsoft.Dynamics.CRM.In(PropertyName='numberofemployees',PropertyValues=[\"x\"])", "is not valid"],
    ["Microsoft.Dynamics.CRM.Between(PropertyName='name',PropertyValues=[\"x\"])", "is not valid"],
    ["name eq 'x", "There is an unterminated string literal at position"],
    ["name eq eq 'x'", "Syntax error at position"],
    ["any(x:x/name eq 'y')", "An unknown function with name 'any'"],
    ["contact_customer_accounts/any(c:name eq 'y')", "Could not find a property named 'name'"],
    ["nothing/any(c:c/name eq 'y')", "Could not find a property named 'nothing'"],
    ["", "Syntax error at position 0"],
  ])("%s is refused", async (filter, text) => {
    const { reply } = await read(await company(), `accounts?$filter=${encodeURIComponent(filter)}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80060888"]);
    expect(reply.body.replaceAll('\\"', '"')).toContain(text);
  });

  it("finds by a lookup what a collection holds", async () => {
    const emulator = await company();
    const { list } = await read(emulator, `contacts?$select=fullname&$filter=_parentcustomerid_value eq ${north}`);
    expect(list.value.map((row) => row["fullname"])).toEqual(["Ann Ash", "Bob Birch"]);
  });
});

describe("$orderby", () => {
  it.each([
    ["numberofemployees desc", ["North", "South 100%", "West"]],
    ["_parentaccountid_value desc,name desc", ["North", "West", "South 100%"]],
    ["primarycontactid/fullname desc,name asc", ["North", "South 100%", "West"]],
  ])("%s", async (order, names) => {
    const { list } = await read(await company(), `accounts?$select=name&$orderby=${order}`);
    expect(list.value.map((row) => row["name"])).toEqual(names);
  });
});

describe("a list", () => {
  it.each([
    ["$skip=1", "Skip Clause is not supported in CRM"],
    ["$apply=aggregate($count as n)", "The query parameter $apply is not supported"],
    ["$search=x", "The query parameter $search is not supported"],
    ["$format=json", "The query parameter $format is not supported"],
    ["$top=-1", "Invalid value '-1' for $top query option found."],
    ["$top=1.5", "Invalid value '1.5' for $top"],
    ["$count=yes", "Invalid value 'yes' for $count"],
    ["$select=Name", "Could not find a property named 'Name'"],
    ["$orderby=name sideways", "Syntax error at position"],
  ])("refuses %s", async (option, text) => {
    const { reply } = await read(await company(), `accounts?${encodeURI(option)}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80060888"]);
    expect(reply.body).toContain(text);
  });

  it("tells what was selected in its context, without the key that comes along", async () => {
    const { json, list } = await read(await company(), "accounts?$select=name&$top=1");
    expect(json["@odata.context"]).toBe("https://localhost/api/data/v9.2/$metadata#accounts(name)");
    expect(Object.keys(list.value[0] ?? {})).toEqual(["@odata.etag", "name", "accountid"]);
  });

  it("of one row takes no options of a list", async () => {
    const { reply } = await read(await company(), `accounts(${south})?$filter=name eq 'x'`);
    expect(reply.status).toBe(400);
    expect(reply.body).toContain("The requested resource is not a collection.");
  });
});
