import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, codeOf, emulatorWith, guid, VirtualClock } from "../support.ts";
import { label } from "./bodies.ts";

const keys = "EntityDefinitions(LogicalName='new_thing')/Keys";
const wholeKey = { SchemaName: "new_WholeKey", KeyAttributes: ["new_whole"], DisplayName: label("Whole") };

async function statusOf(emulator: Emulator): Promise<unknown> {
  const path = `${keys}?$select=EntityKeyIndexStatus&$filter=SchemaName%20eq%20'new_WholeKey'`;
  return JSON.parse((await ask(emulator, `GET ${path}`)).body).value[0]?.EntityKeyIndexStatus;
}

describe("an alternate key made through the API", () => {
  it("names rows at once, and says its own id in the answer", async () => {
    const emulator = emulatorWith();
    const made = await ask(emulator, `POST ${keys}`, wholeKey);
    expect(made.status).toBe(204);
    expect(made.headers["odata-entityid"]).toMatch(/Keys\([0-9a-f-]{36}\)$/);
    expect(await statusOf(emulator)).toBe("Active");
    expect((await ask(emulator, "PATCH new_things(new_whole=7)", { new_name: "a" })).status).toBe(204);
    expect((await ask(emulator, "PATCH new_things(new_whole=7)", { new_name: "b" })).status).toBe(204);
    expect(emulator.rowCount("new_thing")).toBe(1);
    expect(codeOf(await ask(emulator, "POST new_things", { new_whole: 7 }))).toBe("0x80060892");
  });

  it("is pending while its index is built, on the environment's clock", async () => {
    const clock = new VirtualClock();
    const emulator = emulatorWith({ clock, keyIndexMs: 5000 });
    await ask(emulator, `POST ${keys}`, wholeKey);
    expect(await statusOf(emulator)).toBe("Pending");
    expect((await ask(emulator, "GET new_things(new_whole=7)")).status).toBe(400);
    await clock.advance(5000);
    expect(await statusOf(emulator)).toBe("Active");
    expect((await ask(emulator, "GET new_things(new_whole=7)")).status).toBe(404);
  });

  it("fails where rows violate it, and refuses nothing", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST new_things", { new_whole: 7 });
    await ask(emulator, "POST new_things", { new_whole: 7 });
    expect((await ask(emulator, `POST ${keys}`, wholeKey)).status).toBe(204);
    expect(await statusOf(emulator)).toBe("Failed");
    expect((await ask(emulator, "POST new_things", { new_whole: 7 })).status).toBe(204);
  });

  it("is built again on request once the rows are put right, and only if it failed", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST new_things", { new_thingid: guid(1), new_whole: 7 });
    await ask(emulator, "POST new_things", { new_whole: 7 });
    await ask(emulator, `POST ${keys}`, wholeKey);
    await ask(emulator, `DELETE new_things(${guid(1)})`);
    const again = { EntityLogicalName: "new_thing", EntityKeyLogicalName: "new_wholekey" };
    expect((await ask(emulator, "POST ReactivateEntityKey", again)).status).toBe(204);
    expect(await statusOf(emulator)).toBe("Active");
    expect(codeOf(await ask(emulator, "POST ReactivateEntityKey", again))).toBe("0x80060897");
  });

  it("is deleted by the id that its creation answered", async () => {
    const emulator = emulatorWith();
    const made = await ask(emulator, `POST ${keys}`, wholeKey);
    const [, id] = /Keys\((.+)\)$/.exec(made.headers["odata-entityid"] ?? "") ?? [];
    expect((await ask(emulator, `DELETE ${keys}(${id})`)).status).toBe(204);
    expect(await statusOf(emulator)).toBeUndefined();
    expect((await ask(emulator, "GET new_things(new_whole=7)")).status).toBe(400);
  });

  it.each([
    [
      "a name that is taken",
      { ...wholeKey, SchemaName: "new_Taken" },
      { ...wholeKey, SchemaName: "new_taken", KeyAttributes: ["new_big"] },
      "0x80060893",
    ],
    ["the columns of another", wholeKey, { ...wholeKey, SchemaName: "new_Other" }, "0x80060894"],
  ])("is refused for %s", async (_what, first, second, code) => {
    const emulator = emulatorWith();
    await ask(emulator, `POST ${keys}`, first);
    expect(codeOf(await ask(emulator, `POST ${keys}`, second))).toBe(code);
  });

  it.each([
    ["a column that is not there", ["nothing"], "0x8006088f"],
    ["a column whose type no key has", ["new_flag"], "0x8006088f"],
    ["a column twice", ["new_whole", "new_whole"], "0x8006088f"],
    ["no column", [], "0x8006088f"],
  ])("is refused for %s", async (_what, columns, code) => {
    const reply = await ask(emulatorWith(), `POST ${keys}`, { ...wholeKey, KeyAttributes: columns });
    expect([reply.status, codeOf(reply)]).toEqual([400, code]);
  });

  it("is refused beyond 900 bytes", async () => {
    const path = "EntityDefinitions(LogicalName='salesorder')/Keys";
    const body = { SchemaName: "new_Long", KeyAttributes: ["name", "shipto_line1"] };
    expect(codeOf(await ask(emulatorWith(), `POST ${path}`, body))).toBe("0x80060895");
  });

  it("is refused on elastic tables", async () => {
    const path = "EntityDefinitions(LogicalName='new_reading')/Keys";
    const body = { SchemaName: "new_Count", KeyAttributes: ["new_count"] };
    expect(codeOf(await ask(emulatorWith(), `POST ${path}`, body))).toBe("0x8006088f");
  });
});
