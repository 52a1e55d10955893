import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, codeOf, emulatorWith, guid } from "../support.ts";
import { attribute, manyToMany, oneToMany } from "./bodies.ts";

async function values(emulator: Emulator, path: string): Promise<readonly Record<string, unknown>[]> {
  const reply = await ask(emulator, `GET ${path.replaceAll(" ", "%20")}`);
  expect(reply.status).toBe(200);
  return JSON.parse(reply.body).value as readonly Record<string, unknown>[];
}

const lookup = oneToMany("new_contact_thing", "new_thing", "contact");

describe("a one-to-many relationship made through the API", () => {
  it("is a lookup that rows can be bound to, and a collection on the other side", async () => {
    const emulator = emulatorWith();
    const made = await ask(emulator, "POST RelationshipDefinitions", lookup);
    expect(made.headers["odata-entityid"]).toMatch(/RelationshipDefinitions\([0-9a-f-]{36}\)$/);
    await ask(emulator, "POST contacts", { contactid: guid(1), lastname: "x" });
    const bound = { new_name: "t", "new_Target@odata.bind": `/contacts(${guid(1)})` };
    expect((await ask(emulator, "POST new_things", bound)).status).toBe(204);
    const path = `contacts(${guid(1)})?$select=lastname&$expand=new_contact_thing($select=new_name)`;
    expect(JSON.parse((await ask(emulator, `GET ${path}`)).body)).toMatchObject({
      new_contact_thing: [{ new_name: "t" }],
    });
  });

  it("is found by name and listed on both tables", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST RelationshipDefinitions", lookup);
    const expected = expect.objectContaining({ SchemaName: "new_contact_thing", ReferencingAttribute: "new_target" });
    const named = "$filter=SchemaName eq 'new_contact_thing'";
    expect(await values(emulator, `RelationshipDefinitions?${named}`)).toEqual([expected]);
    const ways = [
      "EntityDefinitions(LogicalName='new_thing')/ManyToOneRelationships",
      "EntityDefinitions(LogicalName='contact')/OneToManyRelationships",
    ];
    for (const way of ways) {
      expect(await values(emulator, `${way}?${named}`)).toEqual([expected]);
    }
  });

  it("takes its column and its collection along when it is deleted", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST RelationshipDefinitions", lookup);
    expect((await ask(emulator, "DELETE RelationshipDefinitions(SchemaName='new_contact_thing')")).status).toBe(204);
    expect((await ask(emulator, "GET new_things?$select=_new_target_value")).status).toBe(400);
    expect((await ask(emulator, "GET contacts?$expand=new_contact_thing")).status).toBe(400);
  });

  it("can lead to several tables", async () => {
    const emulator = emulatorWith();
    const { Lookup, ...account } = oneToMany("new_account_any", "new_thing", "account");
    const { Lookup: _same, ...contact } = oneToMany("new_contact_any", "new_thing", "contact");
    const reply = await ask(emulator, "POST CreatePolymorphicLookupAttribute", {
      OneToManyRelationships: [account, contact],
      Lookup,
    });
    expect(JSON.parse(reply.body)).toMatchObject({
      AttributeId: expect.any(String),
      RelationshipIds: [expect.any(String), expect.any(String)],
    });
    const path =
      "EntityDefinitions(LogicalName='new_thing')/Attributes(LogicalName='new_target')/Microsoft.Dynamics.CRM.LookupAttributeMetadata";
    expect(JSON.parse((await ask(emulator, `GET ${path}`)).body)).toMatchObject({ Targets: ["account", "contact"] });
    await ask(emulator, "POST contacts", { contactid: guid(1), lastname: "x" });
    const bound = { "new_Target_contact@odata.bind": `/contacts(${guid(1)})` };
    expect((await ask(emulator, "POST new_things", bound)).status).toBe(204);
  });

  it.each([
    ["a name that is taken", { ...lookup, SchemaName: "account_primary_contact" }, "0x80044363"],
    ["an unknown table", oneToMany("new_no_thing", "new_thing", "nothing"), "0x80040217"],
    ["no lookup", { ...lookup, Lookup: null }, "0x80040203"],
    ["a column that is there", { ...lookup, Lookup: attribute("Lookup", "new_Account") }, "0x80047013"],
    ["a rule that is none", { ...lookup, CascadeConfiguration: { Delete: "Perhaps" } }, "0x80040203"],
    [
      "a collection that is there",
      { ...lookup, ReferencedEntityNavigationPropertyName: "Contact_Tasks" },
      "0x80072551",
    ],
    ["no type", { ...lookup, "@odata.type": undefined }, "0x80040203"],
  ])("is refused for %s", async (_what, body, code) => {
    const reply = await ask(emulatorWith(), "POST RelationshipDefinitions", body);
    expect([reply.status, codeOf(reply)]).toEqual([400, code]);
  });
});

describe("a many-to-many relationship made through the API", () => {
  it("is a table of links and a collection on both sides", async () => {
    const emulator = emulatorWith();
    const reply = await ask(
      emulator,
      "POST RelationshipDefinitions",
      manyToMany("new_thing_contact", "new_thing", "contact"),
    );
    expect(reply.status).toBe(204);
    expect(await values(emulator, "EntityDefinitions(LogicalName='contact')/ManyToManyRelationships")).toEqual([
      expect.objectContaining({
        SchemaName: "new_thing_contact",
        IntersectEntityName: "new_thing_contact",
        Entity1LogicalName: "new_thing",
        Entity2LogicalName: "contact",
        Entity2IntersectAttribute: "contactid",
      }),
    ]);
    expect((await ask(emulator, "GET contacts?$select=lastname&$expand=new_thing_contact")).status).toBe(200);
    expect((await ask(emulator, "GET new_things?$select=new_name&$expand=new_thing_contact")).status).toBe(200);
  });

  it("is gone with its links when it is deleted", async () => {
    const emulator = emulatorWith();
    const made = await ask(
      emulator,
      "POST RelationshipDefinitions",
      manyToMany("new_thing_contact", "new_thing", "contact"),
    );
    const path = made.headers["odata-entityid"]?.split("/v9.2/")[1];
    expect((await ask(emulator, `DELETE ${path}`)).status).toBe(204);
    expect((await ask(emulator, "GET contacts?$expand=new_thing_contact")).status).toBe(400);
    expect((await ask(emulator, "GET EntityDefinitions(LogicalName='new_thing_contact')")).status).toBe(404);
  });

  it("of the platform stays", async () => {
    const path = "RelationshipDefinitions(SchemaName='teammembership_association')";
    expect((await ask(emulatorWith(), `DELETE ${path}`)).status).toBe(400);
  });
});
