import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, emulatorWith, guid } from "../support.ts";
import type { List } from "./company.ts";
import { read } from "./company.ts";

async function things(count: number): Promise<Emulator> {
  const emulator = emulatorWith();
  for (let number = 1; number <= count; number += 1) {
    await ask(emulator, "POST new_things", { new_thingid: guid(number), new_number: number, new_whole: number % 3 });
  }
  return emulator;
}

async function pages(emulator: Emulator, first: string, prefer: string): Promise<readonly List[]> {
  const found: List[] = [];
  for (let next: string | undefined = first; next !== undefined; ) {
    const { list, reply } = await read(emulator, next, prefer);
    expect(reply.status).toBe(200);
    found.push(list);
    next = list["@odata.nextLink"];
  }
  return found;
}

const numbers = (lists: readonly List[]): readonly unknown[] =>
  lists.map(({ value }) => value.map((row) => row["new_number"]));

describe("pages", () => {
  it("follow each other by the primary key", async () => {
    const found = await pages(await things(5), "new_things?$select=new_number", "odata.maxpagesize=2");
    expect(numbers(found)).toEqual([[1, 2], [3, 4], [5]]);
  });

  it("follow each other in the order that was asked for", async () => {
    const line = "new_things?$select=new_number&$orderby=new_whole desc,new_number desc";
    expect(numbers(await pages(await things(5), line, "odata.maxpagesize=2"))).toEqual([[5, 2], [4, 1], [3]]);
  });

  it("go on behind the last row shown, whatever was deleted or added before it", async () => {
    const emulator = await things(5);
    const { list } = await read(emulator, "new_things?$select=new_number", "odata.maxpagesize=2");
    await ask(emulator, `DELETE new_things(${guid(1)})`);
    await ask(emulator, `DELETE new_things(${guid(2)})`);
    const rest = await pages(emulator, String(list["@odata.nextLink"]), "odata.maxpagesize=2");
    expect(numbers(rest)).toEqual([[3, 4], [5]]);
  });

  it("of an order go on after writes, too", async () => {
    const emulator = await things(5);
    const line = "new_things?$select=new_number&$orderby=new_number desc";
    const { list } = await read(emulator, line, "odata.maxpagesize=2");
    await ask(emulator, "POST new_things", { new_thingid: guid(9), new_number: 9 });
    const rest = await pages(emulator, String(list["@odata.nextLink"]), "odata.maxpagesize=2");
    expect(numbers(rest)).toEqual([[3, 2], [1]]);
  });

  it("carry a cookie that is encoded once more than its URL", async () => {
    const { list } = await read(
      await things(3),
      "new_things?$filter=new_whole ge 0&$select=new_number",
      "odata.maxpagesize=2",
    );
    expect(list["@odata.nextLink"]).toMatch(
      /^https:\/\/localhost\/api\/data\/v9\.2\/new_things\?\$filter=new_whole%20ge%200&\$select=new_number&\$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d%25221%2522%253e.*%22%20istracking=%22False%22%20\/%3E$/,
    );
  });

  it("of a size make $top mean nothing", async () => {
    const found = await pages(await things(5), "new_things?$select=new_number&$top=1", "odata.maxpagesize=3");
    expect(numbers(found)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it("have no more than 5,000 rows, and counts end there", async () => {
    const emulator = await things(0);
    const set = multiple(5003);
    expect((await ask(emulator, "POST new_things/Microsoft.Dynamics.CRM.CreateMultiple", set)).status).toBe(200);
    const all = 'odata.include-annotations="*"';
    const { list, json } = await read(emulator, "new_things?$select=new_number&$count=true", all);
    expect([list.value.length, json["@odata.count"]]).toEqual([5000, 5000]);
    expect(json["@Microsoft.Dynamics.CRM.totalrecordcount"]).toBe(5000);
    expect(json["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"]).toBe(true);
    expect((await read(emulator, String(list["@odata.nextLink"]))).list.value).toHaveLength(3);
    expect((await read(emulator, "new_things/$count")).reply.body).toBe("5000");
    const { list: top } = await read(emulator, "new_things?$select=new_number&$top=5001");
    expect(top.value).toHaveLength(5000);
    const { list: last } = await read(emulator, String(top["@odata.nextLink"]));
    expect([last.value.length, last["@odata.nextLink"]]).toEqual([1, undefined]);
    expect(
      (await read(emulator, "new_things?$select=new_number", "odata.maxpagesize=9000")).reply.headers[
        "preference-applied"
      ],
    ).toBe("odata.maxpagesize=5000");
  });

  it.each(["0", "-1", "x"])("of the size %s are refused", async (size) => {
    expect((await read(await things(0), "new_things", `odata.maxpagesize=${size}`)).reply.status).toBe(400);
  });

  it.each(["x", '<cookie pagenumber="2" pagingcookie="" istracking="False" />', "%25"])(
    "after the token %s are refused",
    async (token) => {
      const { reply } = await read(await things(0), `new_things?$skiptoken=${encodeURIComponent(token)}`);
      expect(reply.status).toBe(400);
      expect(reply.body).toContain("Malformed Paging Cookie.");
    },
  );
});

function multiple(count: number): unknown {
  const type = "Microsoft.Dynamics.CRM.new_thing";
  return { Targets: Array.from({ length: count }, (_, index) => ({ "@odata.type": type, new_number: index + 1 })) };
}
