import { describe, expect, it } from "vitest";
import { ask, emulatorWith } from "../support.ts";
import { attribute, entity } from "./bodies.ts";
import type { XmlElement } from "./xml-reader.ts";
import { children, readXml } from "./xml-reader.ts";

async function model(query = ""): Promise<XmlElement> {
  const reply = await ask(emulatorWith(), `GET $metadata${query}`);
  expect(reply.status).toBe(200);
  expect(reply.headers["content-type"]).toBe("application/xml");
  return readXml(reply.body);
}

function schemaOf(root: XmlElement): XmlElement {
  const [services] = children(root, "edmx:DataServices");
  const [schema] = services === undefined ? [] : children(services, "Schema");
  if (schema === undefined) {
    throw new Error("The model has no schema.");
  }
  return schema;
}

async function typeOf(name: string, query = ""): Promise<XmlElement> {
  const found = children(schemaOf(await model(query)), "EntityType").find((type) => type.attributes["Name"] === name);
  if (found === undefined) {
    throw new Error(`The model has no type ${name}.`);
  }
  return found;
}

function named(type: XmlElement, element: string, name: string): XmlElement | undefined {
  return children(type, element).find((child) => child.attributes["Name"] === name);
}

describe("the model", () => {
  it("declares the namespace and its alias", async () => {
    expect(schemaOf(await model()).attributes).toMatchObject({ Namespace: "Microsoft.Dynamics.CRM", Alias: "mscrm" });
  });

  it.each([
    ["name", { Type: "Edm.String", Unicode: "false" }],
    ["accountid", { Type: "Edm.Guid" }],
    ["numberofemployees", { Type: "Edm.Int32" }],
    ["revenue", { Type: "Edm.Decimal" }],
    ["address1_latitude", { Type: "Edm.Double" }],
    ["creditonhold", { Type: "Edm.Boolean" }],
    ["industrycode", { Type: "Edm.Int32" }],
    ["createdon", { Type: "Edm.DateTimeOffset" }],
    ["versionnumber", { Type: "Edm.Int64" }],
    ["_primarycontactid_value", { Type: "Edm.Guid" }],
    ["entityimage", { Type: "Edm.Binary" }],
    ["entityimage_url", { Type: "Edm.String" }],
  ])("gives account the property %s", async (name, expected) => {
    expect(named(await typeOf("account"), "Property", name)?.attributes).toMatchObject(expected);
  });

  it("gives dates without time their own type", async () => {
    expect(named(await typeOf("contact"), "Property", "birthdate")?.attributes["Type"]).toBe("Edm.Date");
  });

  it("has the base of all rows, and keys", async () => {
    const account = await typeOf("account");
    expect(account.attributes["BaseType"]).toBe("mscrm.crmbaseentity");
    const [key] = children(account, "Key");
    expect(key?.children.map((ref) => ref.attributes["Name"])).toEqual(["accountid"]);
  });

  it("lets users and teams inherit the key of principals", async () => {
    const user = await typeOf("systemuser");
    expect(user.attributes["BaseType"]).toBe("mscrm.principal");
    expect(children(user, "Key")).toEqual([]);
  });

  it("leads from lookups to tables and back", async () => {
    const navigation = named(await typeOf("account"), "NavigationProperty", "primarycontactid");
    expect(navigation?.attributes).toMatchObject({ Type: "mscrm.contact", Partner: "account_primary_contact" });
    expect(navigation?.children.map((child) => child.attributes)).toEqual([
      { Property: "_primarycontactid_value", ReferencedProperty: "contactid" },
    ]);
    const back = named(await typeOf("contact"), "NavigationProperty", "account_primary_contact");
    expect(back?.attributes).toMatchObject({ Type: "Collection(mscrm.account)", Partner: "primarycontactid" });
  });

  it("names only types, partners and sets that it has", async () => {
    const schema = schemaOf(await model());
    const types = new Map(children(schema, "EntityType").map((type) => [`mscrm.${type.attributes["Name"]}`, type]));
    for (const type of types.values()) {
      for (const { attributes } of children(type, "NavigationProperty")) {
        const target = types.get(attributes["Type"]?.replace(/^Collection\((.*)\)$/, "$1") ?? "");
        expect(target, attributes["Name"]).toBeDefined();
        const { Partner } = attributes;
        const partner =
          Partner === undefined || target === undefined ? target : named(target, "NavigationProperty", Partner);
        expect(partner, Partner).toBeDefined();
      }
    }
    const [container] = children(schema, "EntityContainer");
    const sets = container === undefined ? [] : children(container, "EntitySet");
    const names = new Set(sets.map(({ attributes }) => attributes["Name"]));
    const bindings = sets.flatMap((set) => children(set, "NavigationPropertyBinding"));
    expect(bindings.filter(({ attributes }) => !names.has(attributes["Target"]))).toEqual([]);
  });

  it("holds a table that was made a moment ago", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST EntityDefinitions", entity("new_Widget", [attribute("Integer", "new_Code")]));
    const { body } = await ask(emulator, "GET $metadata");
    expect(body).toContain('<EntitySet Name="new_widgets" EntityType="Microsoft.Dynamics.CRM.new_widget">');
    expect(body).toContain('<Property Name="new_code" Type="Edm.Int32"/>');
  });

  it("has them too where a client prefers annotations", async () => {
    const headers = { prefer: 'odata.include-annotations="*"' };
    const [preferred, asked] = await Promise.all([
      ask(emulatorWith(), "GET $metadata", "", headers),
      ask(emulatorWith(), "GET $metadata?annotations=true"),
    ]);
    expect(preferred.body).toBe(asked.body);
  });

  it("annotates keys, change tracking and read-only columns only where asked", async () => {
    const plain = await ask(emulatorWith(), "GET $metadata");
    expect(plain.body).not.toContain("<Annotation ");
    const account = await typeOf("account", "?annotations=true");
    const keys = children(account, "Annotation").find(
      ({ attributes }) => attributes["Term"] === "OData.Community.Keys.V1.AlternateKeys",
    );
    expect(JSON.stringify(keys)).toContain('"PropertyPath":"accountnumber"');
    const created = named(account, "Property", "createdon");
    expect(JSON.stringify(created)).toContain("Org.OData.Core.V1.Computed");
    const { body } = await ask(emulatorWith(), "GET $metadata?annotations=true");
    expect(body).toContain("Org.OData.Capabilities.V1.ChangeTracking");
  });
});
