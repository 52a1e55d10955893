import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { codeOf } from "../support.ts";
import type { List } from "./company.ts";
import { ann, company, north, read, south } from "./company.ts";

const prefer =
  'odata.include-annotations="Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords"';

async function fetched(emulator: Emulator, xml: string, set = "accounts", wishes?: string): Promise<List> {
  const { reply, list } = await read(emulator, `${set}?fetchXml=${encodeURIComponent(xml)}`, wishes);
  if (reply.status !== 200) {
    throw new Error(reply.body);
  }
  return list;
}

const accounts = (inner: string, options = ""): string =>
  `<fetch ${options}><entity name="account"><attribute name="name"/>${inner}</entity></fetch>`;
const where = (condition: string): string => accounts(`<filter><condition ${condition}</filter>`);
const names = ({ value }: List): readonly unknown[] => value.map((row) => row["name"]);

describe("FetchXML", () => {
  it.each<[string, readonly string[]]>([
    ['attribute="name" operator="eq" value="north"/>', ["North"]],
    ['attribute="name" operator="ne" value="north"/>', ["South 100%", "West"]],
    ['attribute="numberofemployees" operator="gt" value="20"/>', ["North"]],
    ['attribute="numberofemployees" operator="le" value="20"/>', ["South 100%"]],
    ['attribute="numberofemployees" operator="null"/>', ["West"]],
    ['attribute="numberofemployees" operator="not-null"/>', ["North", "South 100%"]],
    ['attribute="name" operator="like" value="%o_th%"/>', ["North", "South 100%"]],
    ['attribute="name" operator="not-like" value="%o_th%"/>', ["West"]],
    ['attribute="name" operator="begins-with" value="W"/>', ["West"]],
    ['attribute="name" operator="ends-with" value="h"/>', ["North"]],
    ['attribute="name" operator="in"><value>North</value><value>West</value></condition>', ["North", "West"]],
    ['attribute="name" operator="not-in"><value>North</value><value>West</value></condition>', ["South 100%"]],
    ['attribute="numberofemployees" operator="between"><value>10</value><value>30</value></condition>', ["South 100%"]],
    ['attribute="lastonholdtime" operator="on" value="2024-01-01"/>', ["West"]],
    ['attribute="lastonholdtime" operator="on-or-after" value="2024-01-02"/>', []],
    ['attribute="createdon" operator="today"/>', ["North", "South 100%", "West"]],
    ['attribute="createdon" operator="last-x-days" value="2"/>', ["North", "South 100%", "West"]],
    ['attribute="ownerid" operator="eq-userid"/>', ["North", "South 100%", "West"]],
    [`attribute="primarycontactid" operator="eq" value="{${ann.toUpperCase()}}"/>`, ["North"]],
    ['attribute="statecode" operator="eq" value="0"/>', ["North", "South 100%", "West"]],
    ['attribute="donotemail" operator="eq" value="1"/>', ["West"]],
    ['attribute="createdon" operator="eq" valueof="modifiedon"/>', ["North", "South 100%", "West"]],
  ])("condition %s", async (condition, expected) => {
    expect(names(await fetched(await company(), where(condition)))).toEqual(expected);
  });

  it("joins filters by and and or, also within each other", async () => {
    const filter = `<filter type="or"><condition attribute="name" operator="eq" value="West"/>
      <filter><condition attribute="name" operator="like" value="%th%"/><!-- and -->
      <condition attribute="numberofemployees" operator="lt" value="100"/></filter></filter>`;
    expect(names(await fetched(await company(), accounts(filter)))).toEqual(["South 100%", "West"]);
  });

  it("orders, and stops at top", async () => {
    const order = '<order attribute="numberofemployees" descending="true"/><order attribute="name"/>';
    expect(names(await fetched(await company(), accounts(order, 'top="2"')))).toEqual(["North", "South 100%"]);
  });

  it("shows the columns it names, all of them, or those under an alias", async () => {
    const emulator = await company();
    const one = await fetched(emulator, accounts('<attribute name="primarycontactid"/>', 'top="1"'));
    expect(Object.keys(one.value[0] ?? {})).toEqual(["@odata.etag", "name", "_primarycontactid_value", "accountid"]);
    const all = await fetched(emulator, '<fetch top="1"><entity name="account"><all-attributes/></entity></fetch>');
    expect(all.value[0]).toMatchObject({ name: "North", statecode: 0, _primarycontactid_value: ann });
    const alias = '<fetch top="1"><entity name="account"><attribute name="name" alias="called"/></entity></fetch>';
    expect((await fetched(emulator, alias)).value[0]).toMatchObject({ called: "North" });
  });

  it("links rows inside and out", async () => {
    const emulator = await company();
    const link = (type: string): string =>
      accounts(`<link-entity name="contact" from="contactid" to="primarycontactid" link-type="${type}" alias="person">
        <attribute name="fullname"/><attribute name="parentcustomerid"/></link-entity>`);
    const inner = await fetched(emulator, link("inner"));
    expect(inner.value).toMatchObject([
      { name: "North", "person.fullname": "Ann Ash", "person.parentcustomerid": north },
    ]);
    const outer = await fetched(emulator, link("outer"));
    expect(outer.value.map((row) => row["person.fullname"])).toEqual(["Ann Ash", undefined, undefined]);
  });

  it("links many rows to one, and filters by both", async () => {
    const emulator = await company();
    const link = '<link-entity name="contact" from="parentcustomerid" to="accountid"><attribute name="firstname"/>';
    const all = await fetched(emulator, accounts(`${link}</link-entity>`));
    expect(all.value.map((row) => [row["name"], row["contact1.firstname"]])).toEqual([
      ["North", "Ann"],
      ["North", "Bob"],
      ["South 100%", "Cy"],
    ]);
    const filtered = `${link}<filter><condition attribute="firstname" operator="ne" value="Ann"/></filter></link-entity>`;
    expect((await fetched(emulator, accounts(filtered))).value).toHaveLength(2);
    const outside = `<filter><condition entityname="contact1" attribute="firstname" operator="null"/></filter>`;
    const outer = link.replace("<link-entity", '<link-entity link-type="outer"');
    expect(names(await fetched(emulator, accounts(`${outer}</link-entity>${outside}`)))).toEqual(["West"]);
  });

  it("pages by a cookie that is encoded twice", async () => {
    const emulator = await company();
    const first = await fetched(emulator, accounts("", 'count="2"'), "accounts", prefer);
    expect([names(first), first["@Microsoft.Dynamics.CRM.morerecords"]]).toEqual([["North", "South 100%"], true]);
    const annotation = String(first["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]);
    const [, number, encoded = ""] =
      /^<cookie pagenumber="(\d)" pagingcookie="([^"]*)" istracking="False" \/>$/.exec(annotation) ?? [];
    const cookie = decodeURIComponent(decodeURIComponent(encoded));
    expect([number, cookie.startsWith('<cookie page="1"><accountid last="{')]).toEqual(["2", true]);
    const escaped = cookie.replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
    const next = accounts("", `count="2" page="2" paging-cookie="${escaped}"`);
    const second = await fetched(emulator, next, "accounts", prefer);
    expect([names(second), second["@Microsoft.Dynamics.CRM.morerecords"]]).toEqual([["West"], false]);
    expect(second["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]).toBeUndefined();
    expect(names(await fetched(emulator, accounts("", 'count="2" page="2"')))).toEqual(["West"]);
  });

  it("pages ordered and linked rows by their place", async () => {
    const emulator = await company();
    const link =
      '<link-entity name="contact" from="parentcustomerid" to="accountid" alias="c"><attribute name="firstname"/><order attribute="firstname" descending="true"/></link-entity>';
    const page = async (number: number): Promise<readonly unknown[]> =>
      (await fetched(emulator, accounts(link, `count="2" page="${number}"`))).value.map((row) => row["c.firstname"]);
    expect([await page(1), await page(2)]).toEqual([["Cy", "Bob"], ["Ann"]]);
  });

  it("aggregates, in groups and without", async () => {
    const emulator = await company();
    const attribute = (name: string, alias: string, more: string): string =>
      `<attribute name="${name}" alias="${alias}" ${more}/>`;
    const total = `<fetch aggregate="true"><entity name="account">${attribute("accountid", "n", 'aggregate="count"')}${attribute("numberofemployees", "total", 'aggregate="sum"')}${attribute("numberofemployees", "mean", 'aggregate="avg"')}${attribute("revenue", "most", 'aggregate="max"')}</entity></fetch>`;
    expect((await fetched(emulator, total)).value).toEqual([{ n: 3, total: 1220, mean: 610, most: 1234.5 }]);
    const groups = `<fetch aggregate="true"><entity name="contact">${attribute("parentcustomerid", "company", 'groupby="true"')}${attribute("contactid", "n", 'aggregate="count"')}<order alias="n" descending="true"/></entity></fetch>`;
    expect((await fetched(emulator, groups, "contacts")).value).toEqual([
      { company: north, n: 2 },
      { company: south, n: 1 },
    ]);
  });

  it("shows each result once where that is asked for", async () => {
    const xml = '<fetch distinct="true"><entity name="contact"><attribute name="parentcustomerid"/></entity></fetch>';
    expect((await fetched(await company(), xml, "contacts")).value).toEqual([
      { _parentcustomerid_value: north },
      { _parentcustomerid_value: south },
    ]);
  });

  it("formats values like every other read", async () => {
    const list = await fetched(
      await company(),
      accounts('<attribute name="revenue"/>', 'top="2"'),
      "accounts",
      'odata.include-annotations="*"',
    );
    expect(list.value[1]).toMatchObject({ "revenue@OData.Community.Display.V1.FormattedValue": "$1,234.50" });
  });

  it.each<[string, string]>([
    ["<fetch", "0x80040201"],
    ["<fetch><entity name='account'></fetch>", "0x80040201"],
    ["<!DOCTYPE x [<!ENTITY a 'b'>]><fetch/>", "0x80040201"],
    ["<fetch/>", "0x80041123"],
    ["<fetch><entity/></fetch>", "0x80041123"],
    ["<fetch><entity name='nothing'/></fetch>", "0x80041102"],
    ["<fetch><entity name='contact'/></fetch>", "0x80041128"],
    ["<fetch><entity name='account'><attribute name='nome'/></entity></fetch>", "0x80041103"],
    ["<fetch><entity name='account'><wish/></entity></fetch>", "0x80040303"],
    ["<fetch page='x'><entity name='account'/></fetch>", "0x80040303"],
    ["<fetch top='1' page='2'><entity name='account'/></fetch>", "0x80040303"],
    ["<fetch page='11'><entity name='account'/></fetch>", "0x8004430a"],
    ["<fetch page='2' paging-cookie='x'><entity name='account'/></fetch>", "0x8004112a"],
    [where('attribute="nome" operator="null"/>'), "0x80041103"],
    [where('attribute="name" operator="sounds-like" value="x"/>'), "0x80041120"],
    [where('attribute="numberofemployees" operator="eq" value="x"/>'), "0x80041139"],
    [where('entityname="other" attribute="name" operator="null"/>'), "0x8004110b"],
    [accounts("<filter type='xor'/>"), "0x80041122"],
    [accounts("<link-entity name='contact' from='contactid' to='primarycontactid' link-type='cross'/>"), "0x80041121"],
    [accounts("<link-entity name='contact' from='nome' to='primarycontactid'/>"), "0x80041103"],
    [
      accounts("<link-entity name='contact' from='contactid' to='primarycontactid' alias='a'/>".repeat(2)),
      "0x80041130",
    ],
    [accounts("<link-entity name='contact' from='contactid' to='primarycontactid'/>".repeat(16)), "0x8004430d"],
  ])("%s is refused", async (xml, code) => {
    const { reply } = await read(await company(), `accounts?fetchXml=${encodeURIComponent(xml)}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, code]);
  });

  it("does not go together with options of OData", async () => {
    const { reply } = await read(await company(), "accounts?fetchXml=<fetch/>&$top=1");
    expect(reply.status).toBe(400);
  });
});
