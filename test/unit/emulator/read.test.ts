import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import { ask, codeOf, emulatorWith, guid } from "./support.ts";

interface Page {
  readonly value: readonly Readonly<Record<string, unknown>>[];
  readonly "@odata.nextLink"?: string;
  readonly "@odata.count"?: number;
}

async function five(): Promise<Emulator> {
  const emulator = emulatorWith();
  for (const [index, name] of ["Ann", "bob", "Cy", "O'B", null].entries()) {
    const body = { new_thingid: guid(index + 1), new_name: name, new_whole: index * 10, new_flag: index % 2 === 0 };
    await ask(emulator, "POST new_things", { ...body, new_at: `2024-01-0${index + 1}T00:00:00Z`, new_number: index });
  }
  await ask(emulator, `PATCH new_things(${guid(1)})`, '{"new_big":9007199254740993,"new_exact":0.1}');
  return emulator;
}

async function found(filter: string, emulator?: Emulator): Promise<readonly unknown[]> {
  const reply = await ask(
    emulator ?? (await five()),
    `GET new_things?$select=new_whole&$filter=${encodeURIComponent(filter)}`,
  );
  expect(reply.status).toBe(200);
  return (JSON.parse(reply.body) as Page).value.map((row) => Number(row["new_whole"]) / 10 + 1);
}

describe("$filter", () => {
  it.each<[string, readonly number[]]>([
    ["new_name eq 'ANN '", [1]],
    ["new_name eq 'O''B'", [4]],
    ["new_name eq null", [5]],
    ["new_name ne 'ann'", [2, 3, 4, 5]],
    ["new_whole gt 10 and new_whole le 30", [3, 4]],
    ["new_whole eq 0 or (new_whole ge 30 and new_flag eq true)", [1, 5]],
    ["not (new_whole lt 30)", [4, 5]],
    ["contains(new_name,'B')", [2, 4]],
    ["startswith(new_name,'c')", [3]],
    ["endswith(new_name,'n')", [1]],
    ["new_big eq 9007199254740993", [1]],
    ["new_big eq 9007199254740992", []],
    ["new_exact eq 0.10", [1]],
    ["new_exact lt 1000000", [1]],
    ["new_at ge 2024-01-04T00:00:00Z", [4, 5]],
    [`new_thingid eq ${guid(2)}`, [2]],
    [`Microsoft.Dynamics.CRM.In(PropertyName='new_name',PropertyValues=["ann","O'B","nobody"])`, [1, 4]],
    [`Microsoft.Dynamics.CRM.In(PropertyName='new_thingid',PropertyValues=["${guid(3)}","${guid(1)}"])`, [1, 3]],
    [`Microsoft.Dynamics.CRM.In(PropertyName='new_number',PropertyValues=["1","4"])`, [2, 5]],
    [`new_thingid eq ${guid(2)} or new_thingid eq ${guid(4)} or new_thingid eq ${guid(9)}`, [2, 4]],
    [`new_thingid eq ${guid(2)} and new_flag eq true`, []],
  ])("%s", async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it.each([
    "new_name",
    "new_name eq",
    "new_nome eq 'x'",
    "new_name like 'x'",
    "(new_name eq 'x'",
    "new_whole eq 'abc'",
    "new_name eq 'x' new_whole eq 1",
    `${"(".repeat(5000)}new_whole eq 1`,
  ])("that cannot be read is refused", async (filter) => {
    const reply = await ask(emulatorWith(), `GET new_things?$filter=${encodeURIComponent(filter)}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80060888"]);
  });

  it("takes a plus for a blank", async () => {
    const reply = await ask(await five(), "GET new_things?%24filter=new_name+eq+'bob'&%24select=new_name");
    expect((JSON.parse(reply.body) as Page).value).toHaveLength(1);
  });
});

describe("a table", () => {
  it("is shown in the order of the primary key", async () => {
    const emulator = emulatorWith();
    for (const number of [3, 1, 2]) {
      await ask(emulator, "POST accounts", { accountid: guid(number) });
    }
    const { value } = JSON.parse((await ask(emulator, "GET accounts?$select=accountid")).body) as Page;
    expect(value.map((row) => row["accountid"])).toEqual([guid(1), guid(2), guid(3)]);
  });

  it("is ordered by $orderby, nulls first", async () => {
    const reply = await ask(await five(), "GET new_things?$select=new_name&$orderby=new_flag%20desc,new_name");
    const { value } = JSON.parse(reply.body) as Page;
    expect(value.map((row) => row["new_name"])).toEqual([null, "Ann", "Cy", "bob", "O'B"]);
  });

  it("is cut by $top and counted by $count", async () => {
    const reply = await ask(await five(), "GET new_things?$select=new_name&$top=2&$count=true");
    const page = JSON.parse(reply.body) as Page;
    expect([page.value.length, page["@odata.count"]]).toEqual([2, 5]);
  });

  it("comes in pages whose links lead to every row once", async () => {
    const emulator = await five();
    const names: unknown[] = [];
    let next: string | undefined = "new_things?$select=new_whole&$filter=new_whole%20ge%200";
    let pages = 0;
    while (next !== undefined) {
      const reply = await ask(emulator, `GET ${next.replace("https://localhost", "")}`, "", {
        prefer: "odata.maxpagesize=2",
      });
      expect(reply.headers["preference-applied"]).toBe("odata.maxpagesize=2");
      const page = JSON.parse(reply.body) as Page;
      names.push(...page.value.map((row) => row["new_whole"]));
      next = page["@odata.nextLink"];
      pages += 1;
    }
    expect([pages, names]).toEqual([3, [0, 10, 20, 30, 40]]);
  });

  it.each([
    "$expand=owner",
    "$skip=1",
    "$apply=x",
    "fetchXml=<fetch/>",
    "$top=x",
    "$select=nome",
    "$orderby=new_name up",
    "$skiptoken=2",
  ])("refuses %s", async (option) => {
    expect((await ask(emulatorWith(), `GET new_things?${encodeURI(option)}`)).status).toBe(400);
  });
});

describe("a row", () => {
  it("has an ETag that changes with it", async () => {
    const emulator = await five();
    const path = `accounts(${guid(1)})` as const;
    await ask(emulator, `PATCH ${path}`, { name: "a" });
    const before = (await ask(emulator, `GET ${path}`)).headers["etag"];
    await ask(emulator, `PATCH ${path}`, { name: "a" });
    expect((await ask(emulator, `GET ${path}`)).headers["etag"]).not.toBe(before);
  });

  it("shows lookups as ids, and their tables where that is asked for", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST contacts", { contactid: guid(1) });
    await ask(emulator, "POST contacts", {
      contactid: guid(2),
      "parentcustomerid_contact@odata.bind": `contacts(${guid(1)})`,
    });
    const line = `GET contacts(${guid(2)})?$select=_parentcustomerid_value` as const;
    expect((await ask(emulator, line)).body).toContain(`"_parentcustomerid_value":"${guid(1)}"`);
    expect((await ask(emulator, line)).body).not.toContain("lookuplogicalname");
    const { body } = await ask(emulator, line, "", { prefer: 'odata.include-annotations="*"' });
    expect(body).toContain('"_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"contact"');
  });

  it("that is missing is 404", async () => {
    const emulator = emulatorWith();
    expect(codeOf(await ask(emulator, `GET accounts(${guid(1)})`))).toBe("0x80040217");
    expect(codeOf(await ask(emulator, "GET accounts(accountnumber='x')"))).toBe("0x80060891");
  });
});
