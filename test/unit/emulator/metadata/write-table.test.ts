import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, codeOf, emulatorWith } from "../support.ts";
import { attribute, entity, oneToMany } from "./bodies.ts";

const widget = "EntityDefinitions(LogicalName='new_widget')";

async function withWidget(...attributes: Parameters<typeof entity>[1] & object): Promise<Emulator> {
  const emulator = emulatorWith();
  const reply = await ask(emulator, "POST EntityDefinitions", entity("new_Widget", attributes));
  expect(reply.status).toBe(204);
  return emulator;
}

async function json(emulator: Emulator, path: string): Promise<Record<string, unknown>> {
  const reply = await ask(emulator, `GET ${path.replaceAll(" ", "%20")}`);
  expect(reply.status).toBe(200);
  return JSON.parse(reply.body) as Record<string, unknown>;
}

describe("a table made through the API", () => {
  it("is answered with 204 and the address of its definition", async () => {
    const emulator = emulatorWith();
    const reply = await ask(emulator, "POST EntityDefinitions", entity("new_Widget"));
    const { MetadataId } = await json(emulator, `${widget}?$select=MetadataId`);
    expect(reply.status).toBe(204);
    expect(reply.headers["odata-entityid"]).toBe(
      `https://localhost/api/data/v9.2/EntityDefinitions(${String(MetadataId)})`,
    );
  });

  it("is described as its body said", async () => {
    const emulator = await withWidget();
    expect(await json(emulator, widget)).toMatchObject({
      LogicalName: "new_widget",
      SchemaName: "new_Widget",
      EntitySetName: "new_widgets",
      PrimaryIdAttribute: "new_widgetid",
      PrimaryNameAttribute: "new_name",
      OwnershipType: "UserOwned",
      IsCustomEntity: true,
      HasNotes: true,
      HasActivities: false,
      DisplayCollectionName: { UserLocalizedLabel: { Label: "Widgets" } },
    });
  });

  it("takes rows at once, singly and in bulk", async () => {
    const emulator = await withWidget(attribute("Integer", "new_Code"));
    expect((await ask(emulator, "POST new_widgets", { new_name: "a", new_code: 1 })).status).toBe(204);
    const targets = [{ "@odata.type": "Microsoft.Dynamics.CRM.new_widget", new_name: "b", new_code: 2 }];
    const bulk = await ask(emulator, "POST new_widgets/Microsoft.Dynamics.CRM.CreateMultiple", { Targets: targets });
    expect(bulk.status).toBe(200);
    expect(emulator.rowCount("new_widget")).toBe(2);
  });

  it("is probed like any other", async () => {
    const emulator = await withWidget();
    const { value } = await json(
      emulator,
      "sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name eq @m and primaryobjecttypecode eq @t&@m='CreateMultiple'&@t='new_widget'",
    );
    expect(value).toHaveLength(1);
  });

  it("may have notes about its rows", async () => {
    const emulator = await withWidget();
    const { value } = await json(emulator, "EntityDefinitions(LogicalName='annotation')/ManyToOneRelationships");
    expect(value).toContainEqual(
      expect.objectContaining({
        ReferencedEntity: "new_widget",
        ReferencingEntityNavigationPropertyName: "objectid_new_widget",
      }),
    );
  });

  it("is elastic when its body says so", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST EntityDefinitions", entity("new_Widget", [], { TableType: "Elastic" }));
    const shown = await json(emulator, `${widget}?$select=TableType&$expand=Keys($select=SchemaName,KeyAttributes)`);
    expect(shown).toMatchObject({
      TableType: "Elastic",
      Keys: [
        {
          SchemaName: "KeyForNoSqlEntityWithPKPartitionId",
          KeyAttributes: ["new_widgetid", "partitionid"],
        },
      ],
    });
  });

  it.each([
    ["new_City", "new_cities"],
    ["new_Box", "new_boxes"],
    ["new_Day", "new_days"],
  ])("names the set of %s in the plural", async (schemaName, setName) => {
    const emulator = emulatorWith();
    await ask(emulator, "POST EntityDefinitions", entity(schemaName));
    const name = schemaName.toLowerCase();
    expect(await json(emulator, `EntityDefinitions(LogicalName='${name}')`)).toMatchObject({ EntitySetName: setName });
  });

  it("goes with its rows when it is deleted, and its name is free again", async () => {
    const emulator = await withWidget();
    await ask(emulator, "POST new_widgets", { new_name: "a" });
    expect((await ask(emulator, `DELETE ${widget}`)).status).toBe(204);
    expect((await ask(emulator, "GET new_widgets")).status).toBe(404);
    expect((await ask(emulator, "POST annotations", { subject: "still there" })).status).toBe(204);
    expect((await ask(emulator, "POST EntityDefinitions", entity("new_Widget"))).status).toBe(204);
    expect((await json(emulator, "new_widgets"))["value"]).toEqual([]);
  });

  it("cannot be deleted while another table points to it", async () => {
    const emulator = await withWidget();
    await ask(emulator, "POST EntityDefinitions", entity("new_Part"));
    await ask(emulator, "POST RelationshipDefinitions", oneToMany("new_widget_part", "new_part", "new_widget"));
    const reply = await ask(emulator, `DELETE ${widget}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x8004f01f"]);
    await ask(emulator, "DELETE RelationshipDefinitions(SchemaName='new_widget_part')");
    expect((await ask(emulator, `DELETE ${widget}`)).status).toBe(204);
  });

  it("is gone after a reset", async () => {
    const emulator = await withWidget();
    emulator.reset();
    expect((await ask(emulator, `GET ${widget}`)).status).toBe(404);
  });

  it("changes its labels and switches by PUT", async () => {
    const emulator = await withWidget();
    const body = entity("new_Widget", [], { ChangeTrackingEnabled: false });
    expect((await ask(emulator, `PUT ${widget}`, body)).status).toBe(204);
    expect(await json(emulator, widget)).toMatchObject({ ChangeTrackingEnabled: false });
  });

  it.each([
    ["a name without prefix", entity("Widget"), "0x80044366"],
    ["a name that is taken", entity("new_Thing"), "0x80044363"],
    ["no primary name", entity("new_Widget", [], { Attributes: [] }), "0x80044355"],
    ["a column without prefix", entity("new_Widget", [attribute("String", "Code")]), "0x80044366"],
    ["a column named like its primary key", entity("new_Widget", [attribute("String", "new_WidgetId")]), "0x80047013"],
    ["an unknown property", entity("new_Widget", [], { DisplayNme: "x" }), "0x80048d19"],
    ["a property of the wrong type", entity("new_Widget", [], { HasNotes: "yes" }), "0x80048d19"],
    ["an ownership that tables cannot have", entity("new_Widget", [], { OwnershipType: "TeamOwned" }), "0x80040203"],
    [
      "a money column on an elastic table",
      entity("new_Widget", [attribute("Money", "new_Price")], { TableType: "Elastic" }),
      "0x80040203",
    ],
    ["a body that is no object", "[1]", "0x80048d19"],
    ["a body that is no JSON", "{", "0x80048d19"],
  ])("is refused for %s", async (_what, body, code) => {
    const reply = await ask(emulatorWith(), "POST EntityDefinitions", body);
    expect([reply.status, codeOf(reply)]).toEqual([400, code]);
  });

  it("of the platform cannot be deleted", async () => {
    expect((await ask(emulatorWith(), "DELETE EntityDefinitions(LogicalName='account')")).status).toBe(400);
  });
});

describe("tables made by CreateEntities", () => {
  const complex = (body: ReturnType<typeof entity>): unknown =>
    JSON.parse(JSON.stringify(body).replace(/(CRM\.)((?:\w+)?(?:Attribute|Entity)Metadata)/g, "$1Complex$2"));

  it("have columns of complex types", async () => {
    const emulator = emulatorWith();
    const body = complex(entity("new_Widget", [attribute("Integer", "new_Code")]));
    expect((await ask(emulator, "POST CreateEntities", { Entities: [body] })).status).toBe(204);
    expect((await ask(emulator, "POST new_widgets", { new_name: "a", new_code: 1 })).status).toBe(204);
  });

  it("are all made or none", async () => {
    const emulator = emulatorWith();
    const bodies = [complex(entity("new_Widget")), complex(entity("new_Widget"))];
    expect((await ask(emulator, "POST CreateEntities", { Entities: bodies })).status).toBe(400);
    expect((await ask(emulator, `GET ${widget}`)).status).toBe(404);
  });

  it("must be named", async () => {
    expect((await ask(emulatorWith(), "POST CreateEntities", {})).status).toBe(400);
  });
});
