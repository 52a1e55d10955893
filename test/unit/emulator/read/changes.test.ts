import { describe, expect, it } from "vitest";
import { ask, codeOf, guid, VirtualClock } from "../support.ts";
import { company, north, read, south, west } from "./company.ts";

const track = "odata.track-changes";

describe("change tracking", () => {
  it("gives everything and a link, then what has changed since, deletions last", async () => {
    const emulator = await company({ clock: new VirtualClock() });
    const { list, reply } = await read(emulator, "accounts?$select=name", track);
    expect(list.value).toHaveLength(3);
    expect(reply.headers["preference-applied"]).toBe(track);
    const link = String(list["@odata.deltaLink"]);
    expect(link).toMatch(/accounts\?\$select=name&\$deltatoken=\d+%2101%2f01%2f2024%2000%3a00%3a00$/);

    await ask(emulator, `DELETE accounts(${west})`);
    await ask(emulator, `PATCH accounts(${south})`, { name: "Far South" });
    await ask(emulator, "POST accounts", { accountid: guid(4), name: "East" });
    const { list: delta } = await read(emulator, link);
    expect(delta["@odata.context"]).toBe("https://localhost/api/data/v9.2/$metadata#accounts(name)/$delta");
    expect(delta.value).toMatchObject([
      { accountid: south, name: "Far South" },
      { accountid: guid(4), name: "East" },
      {
        "@odata.context": "https://localhost/api/data/v9.2/$metadata#accounts/$deletedEntity",
        id: west,
        reason: "deleted",
      },
    ]);
    expect((await read(emulator, `accounts/$count?${new URL(link).search.slice(1)}`)).reply.body).toBe("3");
    const { list: nothing } = await read(emulator, String(delta["@odata.deltaLink"]));
    expect(nothing.value).toEqual([]);
  });

  it("links to the delta on the last page only, and loses nothing that happens meanwhile", async () => {
    const emulator = await company();
    const prefer = `${track},odata.maxpagesize=2`;
    const { list } = await read(emulator, "accounts?$select=name", prefer);
    expect(list["@odata.deltaLink"]).toBeUndefined();
    expect(String(list["@odata.nextLink"])).toContain("istracking=%22True%22");
    await ask(emulator, `PATCH accounts(${north})`, { name: "Far North" });
    const { list: last } = await read(emulator, String(list["@odata.nextLink"]), prefer);
    expect(last["@odata.nextLink"]).toBeUndefined();
    const { list: delta } = await read(emulator, String(last["@odata.deltaLink"]), prefer);
    expect(delta.value).toMatchObject([{ accountid: north, name: "Far North" }]);
  });

  it("gives changes in pages, each once", async () => {
    const emulator = await company();
    const { list } = await read(emulator, "accounts?$select=name", track);
    await ask(emulator, `PATCH accounts(${north})`, { name: "1" });
    await ask(emulator, `PATCH accounts(${south})`, { name: "2" });
    await ask(emulator, `DELETE accounts(${west})`);
    const found: unknown[] = [];
    let next: string | undefined = String(list["@odata.deltaLink"]);
    let delta = "";
    for (; next !== undefined; ) {
      const { list: page } = await read(emulator, next, "odata.maxpagesize=1");
      found.push(...page.value.map((row) => row["name"] ?? row["reason"]));
      delta = page["@odata.deltaLink"] ?? delta;
      next = page["@odata.nextLink"];
    }
    expect(found).toEqual(["1", "2", "deleted"]);
    expect((await read(emulator, delta)).list.value).toEqual([]);
  });

  it("does not report what a rollback undid", async () => {
    const emulator = await company();
    const { list } = await read(emulator, "accounts?$select=name", track);
    await ask(emulator, "POST accounts", { accountid: north, name: "again" });
    expect((await read(emulator, String(list["@odata.deltaLink"]))).list.value).toEqual([]);
  });

  it.each(["$filter=name eq 'x'", "$orderby=name", "$expand=primarycontactid", "$top=1"])(
    "refuses %s",
    async (option) => {
      const { reply } = await read(await company(), `accounts?${option}`, track);
      expect(reply.status).toBe(400);
      const name = option.split("=")[0];
      expect(reply.body.replaceAll('\\"', '"')).toContain(
        `The "${name}" query parameter isn't supported when Change Tracking is enabled.`,
      );
    },
  );

  it("refuses a table that is not tracked", async () => {
    const emulator = await company();
    const { reply } = await read(emulator, "asyncoperations", track);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80072491"]);
    expect(reply.body).toContain("isn't enabled for change tracking.");
  });

  it("forgets a token after seven days", async () => {
    const clock = new VirtualClock();
    const emulator = await company({ clock });
    const { list } = await read(emulator, "accounts?$select=name", track);
    await clock.advance(7 * 86_400_000);
    expect((await read(emulator, String(list["@odata.deltaLink"]))).reply.status).toBe(200);
    await clock.advance(1000);
    const { reply } = await read(emulator, String(list["@odata.deltaLink"]));
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80044352"]);
  });

  it.each(["x", "1", "1!99/99/2024 00:00:00"])("refuses the token %s", async (token) => {
    const { reply } = await read(await company(), `accounts?$deltatoken=${encodeURIComponent(token)}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80060888"]);
  });
});
