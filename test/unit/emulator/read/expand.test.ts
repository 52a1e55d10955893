import { describe, expect, it } from "vitest";
import { ask, codeOf, guid } from "../support.ts";
import { ann, bob, company, cy, north, read, south, west } from "./company.ts";

describe("$expand", () => {
  it("shows a row that a lookup leads to, or null", async () => {
    const { json, list } = await read(
      await company(),
      "accounts?$select=name&$expand=primarycontactid($select=fullname)",
    );
    expect(json["@odata.context"]).toContain("#accounts(name,primarycontactid(fullname))");
    expect(list.value.map((row) => row["primarycontactid"])).toEqual([
      { "@odata.etag": expect.stringMatching(/^W\//), fullname: "Ann Ash", contactid: ann },
      null,
      null,
    ]);
  });

  it("shows a collection with options of its own", async () => {
    const options =
      "$select=firstname;$filter=contains(lastname,'i') or lastname eq 'Ash';$orderby=firstname desc;$top=1";
    const { json } = await read(await company(), `accounts(${north})?$expand=contact_customer_accounts(${options})`);
    expect(json["contact_customer_accounts"]).toEqual([
      { "@odata.etag": expect.anything(), firstname: "Bob", contactid: bob },
    ]);
  });

  it("shows several at once, also within each other", async () => {
    const inner = "parentcustomerid_account($select=name)";
    const { json } = await read(
      await company(),
      `accounts(${north})?$select=name&$expand=parentaccountid($select=name;$expand=contact_customer_accounts($select=fullname;$expand=${inner})),primarycontactid($select=fullname)`,
    );
    expect(json).toMatchObject({
      name: "North",
      primarycontactid: { fullname: "Ann Ash" },
      parentaccountid: {
        name: "South 100%",
        contact_customer_accounts: [{ contactid: cy, parentcustomerid_account: { name: "South 100%" } }],
      },
    });
  });

  it("of a polymorphic lookup shows only the target that it names", async () => {
    const expand = "$expand=parentcustomerid_account($select=name),parentcustomerid_contact($select=fullname)";
    const { json } = await read(await company(), `contacts(${cy})?$select=fullname&${expand}`);
    expect(json).toMatchObject({ parentcustomerid_account: { name: "South 100%" }, parentcustomerid_contact: null });
  });

  it("of an owner shows what owners have in common", async () => {
    const { json } = await read(await company(), `accounts(${west})?$select=name&$expand=ownerid($select=ownerid)`);
    expect(json["ownerid"]).toMatchObject({
      "@odata.type": "#Microsoft.Dynamics.CRM.systemuser",
      ownerid: expect.any(String),
    });
    const { reply } = await read(await company(), `accounts(${west})?$expand=ownerid($select=fullname)`);
    expect(reply.body).toContain(
      "Could not find a property named 'fullname' on type 'Microsoft.Dynamics.CRM.principal'.",
    );
  });

  it("of references shows where the rows are", async () => {
    const { json } = await read(
      await company(),
      `accounts(${north})?$select=name&$expand=contact_customer_accounts/$ref`,
    );
    expect(json["contact_customer_accounts"]).toMatchObject([
      { "@odata.id": `https://localhost/api/data/v9.2/contacts(${ann})` },
      { "@odata.id": `https://localhost/api/data/v9.2/contacts(${bob})` },
    ]);
  });

  it("pages a collection and leads on from there", async () => {
    const emulator = await company();
    const line = `accounts(${north})?$select=name&$expand=contact_customer_accounts($select=fullname)`;
    const { json } = await read(emulator, line, "odata.maxpagesize=1");
    expect(json["contact_customer_accounts"]).toMatchObject([{ fullname: "Ann Ash" }]);
    const next = String(json["contact_customer_accounts@odata.nextLink"]);
    expect(next).toContain(`accounts(${north})/contact_customer_accounts?$select=fullname&$skiptoken=`);
    const { list } = await read(emulator, next, "odata.maxpagesize=1");
    expect(list.value).toMatchObject([{ fullname: "Bob Birch" }]);
    expect(list["@odata.nextLink"]).toBeUndefined();
  });

  it("goes through many-to-many relationships, but not inside another", async () => {
    const emulator = await company();
    const { list: users } = await read(emulator, "systemusers?$select=systemuserid");
    const user = String(users.value[0]?.["systemuserid"]);
    await ask(emulator, "POST teams", { teamid: guid(21), name: "Crew" });
    const link = { "@odata.id": `https://localhost/api/data/v9.2/systemusers(${user})` };
    expect((await ask(emulator, `POST teams(${guid(21)})/teammembership_association/$ref`, link)).status).toBe(204);
    const { json } = await read(
      emulator,
      `teams(${guid(21)})?$select=name&$expand=teammembership_association($select=fullname)`,
    );
    expect(json["teammembership_association"]).toMatchObject([{ systemuserid: user }]);
    const { reply } = await read(emulator, "accounts?$expand=owningteam($expand=teammembership_association)");
    expect(reply.status).toBe(400);
  });

  it("comes along with the representation of a create", async () => {
    const reply = await ask(
      await company(),
      "POST accounts?$select=name&$expand=primarycontactid($select=fullname)",
      { name: "East", "primarycontactid@odata.bind": `/contacts(${cy})` },
      { prefer: "return=representation" },
    );
    expect(reply.status).toBe(201);
    expect(JSON.parse(reply.body)).toMatchObject({ name: "East", primarycontactid: { fullname: "Cy Cedar" } });
  });

  it("is taken fifteen times and not more", async () => {
    const emulator = await company();
    const line = (times: number): string => `accounts?$expand=${Array(times).fill("primarycontactid").join(",")}`;
    expect((await read(emulator, line(15))).reply.status).toBe(200);
    expect((await read(emulator, line(16))).reply.status).toBe(400);
  });

  it.each([
    "nothing",
    "PrimaryContactId",
    "name",
    "primarycontactid($select=nome)",
    "primarycontactid($filter=fullname eq 'x')",
    "contact_customer_accounts($skip=1)",
    "contact_customer_accounts($top=x)",
    "contact_customer_accounts($filter=nome eq 1)",
    "contact_customer_accounts(",
    "a b",
  ])("of %s is refused", async (text) => {
    const { reply } = await read(await company(), `accounts?$expand=${encodeURIComponent(text)}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80060888"]);
  });
});

describe("below a row", () => {
  const set = "https://localhost/api/data/v9.2/";

  it("a property is its value, with text and null of their own", async () => {
    const emulator = await company();
    const { json } = await read(emulator, `accounts(${north})/name`);
    expect(json).toEqual({ "@odata.context": `${set}$metadata#accounts(${north})/name`, value: "North" });
    const { reply } = await read(emulator, `accounts(${south})/numberofemployees/$value`);
    expect([reply.headers["content-type"], reply.body]).toEqual(["text/plain", "20"]);
    expect((await read(emulator, `accounts(${south})/accountnumber`)).reply.status).toBe(204);
    expect((await read(emulator, `accounts(${south})/accountnumber/$value`)).reply.status).toBe(204);
    expect((await read(emulator, `accounts(${north})/_primarycontactid_value`)).json["value"]).toBe(ann);
  });

  it("a lookup is the row that it leads to", async () => {
    const emulator = await company();
    const { json } = await read(emulator, `accounts(${north})/primarycontactid?$select=fullname`);
    expect(json).toMatchObject({ "@odata.context": `${set}$metadata#contacts(fullname)/$entity`, fullname: "Ann Ash" });
    const { json: reference } = await read(emulator, `accounts(${north})/primarycontactid/$ref`);
    expect(reference).toEqual({ "@odata.context": `${set}$metadata#$ref`, "@odata.id": `${set}contacts(${ann})` });
    expect((await read(emulator, `accounts(${south})/primarycontactid`)).reply.status).toBe(204);
    expect((await read(emulator, `accounts(${south})/primarycontactid/$ref`)).reply.status).toBe(204);
  });

  it("a collection is a list with all its options", async () => {
    const emulator = await company();
    const line = `accounts(${north})/contact_customer_accounts`;
    const { json, list } = await read(emulator, `${line}?$select=fullname&$orderby=fullname desc&$top=1&$count=true`);
    expect(json["@odata.context"]).toBe(`${set}$metadata#contacts(fullname)`);
    expect([list.value.length, list.value[0]?.["fullname"], json["@odata.count"]]).toEqual([1, "Bob Birch", 2]);
    const { json: references } = await read(emulator, `${line}/$ref`);
    expect(references).toEqual({
      "@odata.context": `${set}$metadata#Collection($ref)`,
      value: [{ "@odata.id": `${set}contacts(${ann})` }, { "@odata.id": `${set}contacts(${bob})` }],
    });
    expect((await read(emulator, `${line}/$count?$filter=firstname eq 'Ann'`)).reply.body).toBe("1");
    expect((await read(emulator, `${line}(${bob})?$select=fullname`)).json["fullname"]).toBe("Bob Birch");
    expect((await read(emulator, `${line}(${cy})`)).reply.status).toBe(404);
  });

  it.each(["nothing", "name/x", "name/$value/x", "primarycontactid/x", "contact_customer_accounts(x)", "name(1)"])(
    "%s is nothing",
    async (path) => {
      const { reply } = await read(await company(), `accounts(${north})/${path}`);
      expect([reply.status, codeOf(reply)]).toEqual([404, "0x8006088a"]);
    },
  );

  it("of a missing row there is nothing", async () => {
    const { reply } = await read(await company(), `accounts(${guid(99)})/name`);
    expect([reply.status, codeOf(reply)]).toEqual([404, "0x80040217"]);
  });
});

describe("the service document", () => {
  it("names the entity sets", async () => {
    const { json } = await read(await company(), "");
    expect(json["@odata.context"]).toBe("https://localhost/api/data/v9.2/$metadata");
    expect(json["value"]).toContainEqual({ name: "accounts", kind: "EntitySet", url: "accounts" });
  });
});
