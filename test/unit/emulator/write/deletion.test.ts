import { describe, expect, it } from "vitest";
import { ask, batch, changeSet, guid, part, partStatuses } from "../support.ts";
import { environment, outcome, rowOf } from "./tables.ts";

const [account, one, two] = [guid(1), guid(2), guid(3)];

async function pointing(property: string) {
  const emulator = environment();
  await ask(emulator, "POST accounts", { accountid: account });
  await ask(emulator, "POST new_things", { new_thingid: one, [`${property}@odata.bind`]: `/accounts(${account})` });
  return emulator;
}

describe("a row that others point to", () => {
  it("is not deleted where the relationship restricts it", async () => {
    const emulator = await pointing("new_strict");
    const reply = await ask(emulator, `DELETE accounts(${account})`);
    expect(outcome(reply)).toBe("405 0x80040227");
    expect(reply.body).toContain("associated with another object and cannot be deleted");
    expect(rowOf(emulator, "account", account)).toBeDefined();
    await ask(emulator, `DELETE new_things(${one})`);
    expect(outcome(await ask(emulator, `DELETE accounts(${account})`))).toBe("204");
  });

  it("clears the lookups to it, or leaves them", async () => {
    for (const [property, left] of [
      ["new_loose", null],
      ["new_dangling", { table: "account", id: account }],
    ] as const) {
      const emulator = await pointing(property);
      const before = rowOf(emulator, "new_thing", one)?.["modifiedon"];
      expect(outcome(await ask(emulator, `DELETE accounts(${account})`))).toBe("204");
      expect(rowOf(emulator, "new_thing", one)).toMatchObject({ [property]: left, modifiedon: before });
    }
  });

  it("takes along what cascades, at any depth", async () => {
    const emulator = environment();
    const nested = { new_thingid: one, new_children: [{ new_thingid: two, new_children: [{ new_name: "x" }] }] };
    await ask(emulator, "POST new_things", nested);
    expect(emulator.rows("new_thing")).toHaveLength(3);
    expect(outcome(await ask(emulator, `DELETE new_things(${one})`))).toBe("204");
    expect(emulator.rows("new_thing")).toEqual([]);
    expect(emulator.counts().tables["new_thing"]).toMatchObject({ deletes: 3 });
  });

  it("may be in a circle", async () => {
    const emulator = environment();
    await ask(emulator, "POST new_things", { new_thingid: one });
    await ask(emulator, "POST new_things", { new_thingid: two, "new_Parent@odata.bind": `/new_things(${one})` });
    await ask(emulator, `PATCH new_things(${one})`, { "new_Parent@odata.bind": `/new_things(${two})` });
    expect(outcome(await ask(emulator, `DELETE new_things(${one})`))).toBe("204");
    expect(emulator.rows("new_thing")).toEqual([]);
    await ask(emulator, "POST new_things", { new_thingid: one });
    await ask(emulator, `PATCH new_things(${one})`, { "new_Parent@odata.bind": `/new_things(${one})` });
    expect(outcome(await ask(emulator, `DELETE new_things(${one})`))).toBe("204");
  });

  it("takes along the files that it holds", async () => {
    const emulator = environment();
    await ask(emulator, "POST new_things", { new_thingid: one });
    const named = { "content-type": "text/plain", "x-ms-file-name": "a.txt" };
    await ask(emulator, `PATCH new_things(${one})/new_document`, "hello", named);
    const FileId = rowOf(emulator, "new_thing", one)?.["new_document"];
    expect(outcome(await ask(emulator, `DELETE new_things(${one})`))).toBe("204");
    expect(outcome(await ask(emulator, "POST DeleteFile", { FileId }))).toBe("404 0x80040217");
  });

  it("comes back with them if the change set fails", async () => {
    const emulator = await pointing("new_loose");
    const set = changeSet([part(`DELETE accounts(${account})`), part("POST accounts", { name: "Bad" })]);
    expect(partStatuses(await batch(emulator, [set]))).toEqual([400]);
    expect(rowOf(emulator, "account", account)).toBeDefined();
    expect(rowOf(emulator, "new_thing", one)).toMatchObject({ new_loose: { table: "account", id: account } });
  });
});
