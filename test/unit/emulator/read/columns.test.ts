import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { parseTables } from "../../../emulator/schema/load.ts";
import { ask, emulatorWith, guid } from "../support.ts";
import type { List } from "./company.ts";
import { read } from "./company.ts";

const tables = parseTables(`
tables:
  new_shop:
    primary_name: new_name
    columns:
      new_name: {type: text}
      new_days: {type: multiselect, options: {1: Monday, 2: Tuesday, 14: Sunday}}
      new_photo: {type: image}
      new_plan: {type: file}
`);

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async function shop(): Promise<Emulator> {
  const emulator = emulatorWith({ tables });
  await ask(emulator, "POST new_shops", { new_shopid: guid(1), new_name: "a", new_days: "1,14" });
  await ask(emulator, "POST new_shops", { new_shopid: guid(2), new_name: "b", new_days: "2" });
  await ask(emulator, "POST new_shops", { new_shopid: guid(3), new_name: "c" });
  return emulator;
}

describe("several choices", () => {
  it.each([
    [`ContainValues(PropertyName='new_days',PropertyValues=["14"])`, ["a"]],
    [`ContainValues(PropertyName='new_days',PropertyValues=["4"])`, []],
    [`ContainValues(PropertyName='new_days',PropertyValues=["1","2"])`, ["a", "b"]],
    [`DoesNotContainValues(PropertyName='new_days',PropertyValues=["1"])`, ["b", "c"]],
  ])("are found by %s", async (call, names) => {
    const { list } = await read(await shop(), `new_shops?$select=new_name&$filter=Microsoft.Dynamics.CRM.${call}`);
    expect(list.value.map((row) => row["new_name"])).toEqual(names);
  });

  it("are shown with their labels", async () => {
    const { json } = await read(
      await shop(),
      `new_shops(${guid(1)})?$select=new_days`,
      'odata.include-annotations="*"',
    );
    expect(json).toMatchObject({
      new_days: "1,14",
      "new_days@OData.Community.Display.V1.FormattedValue": "Monday; Sunday",
    });
  });
});

describe("an image", () => {
  it("is read with where it is, when it changed and what it is called", async () => {
    const emulator = await shop();
    expect((await ask(emulator, `PATCH new_shops(${guid(1)})`, { new_photo: pixel })).status).toBe(204);
    const { json } = await read(emulator, `new_shops(${guid(1)})`);
    expect(json).toMatchObject({
      new_photo: pixel,
      new_photo_url: expect.stringContaining(`/Image/download.aspx?Entity=new_shop&Attribute=new_photo&Id=${guid(1)}`),
      new_photo_timestamp: expect.any(Number),
      new_photoid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const { json: chosen } = await read(emulator, `new_shops(${guid(2)})?$select=new_photo_url,new_photoid`);
    expect(chosen).toMatchObject({ new_photo_url: null, new_photoid: null });
  });
});

describe("a file", () => {
  const put = (emulator: Emulator): Promise<{ readonly status: number }> =>
    ask(emulator, `PATCH new_shops(${guid(1)})/new_plan`, "0123456789", {
      "content-type": "application/octet-stream",
      "x-ms-file-name": "plan.txt",
    });

  it("is read by its id and name", async () => {
    const emulator = await shop();
    expect((await put(emulator)).status).toBe(204);
    const { json } = await read(emulator, `new_shops(${guid(1)})?$select=new_plan,new_plan_name`);
    expect(json).toMatchObject({ new_plan: expect.stringMatching(/^[0-9a-f-]{36}$/), new_plan_name: "plan.txt" });
    expect((await read(emulator, `new_shops(${guid(2)})`)).json).toMatchObject({ new_plan: null, new_plan_name: null });
  });

  it("is downloaded as it is, as base64, or by ranges", async () => {
    const emulator = await shop();
    await put(emulator);
    const line = `GET new_shops(${guid(1)})/new_plan` as const;
    const raw = await ask(emulator, `${line}/$value`);
    expect([raw.status, Buffer.from(raw.bytes ?? []).toString()]).toEqual([200, "0123456789"]);
    expect(raw.headers).toMatchObject({ "x-ms-file-name": "plan.txt", "x-ms-file-size": "10" });
    const part = await ask(emulator, `${line}?size=full`, "", { range: "bytes=2-4" });
    expect([part.status, part.headers["content-range"]]).toEqual([206, "bytes 2-4/10"]);
    const { value } = JSON.parse(part.body) as { readonly value: string };
    expect(Buffer.from(value, "base64").toString()).toBe("234");
    expect((await ask(emulator, line, "", { range: "bytes=20-30" })).status).toBe(416);
    expect((await read(emulator, `new_shops(${guid(2)})/new_plan/$value`)).reply.status).toBe(204);
  });
});

describe("elastic rows", () => {
  it("of one partition are listed, and pages tell rows of one id apart", async () => {
    const emulator = emulatorWith({});
    for (const partition of ["x", "y", "z"]) {
      const body = { new_readingid: guid(1), partitionid: partition };
      expect((await ask(emulator, "POST new_readings", body)).status).toBe(204);
    }
    const { list } = await read(emulator, "new_readings?$select=partitionid&partitionId='y'");
    expect(list.value.map((row) => row["partitionid"])).toEqual(["y"]);
    const found: unknown[] = [];
    for (let next: string | undefined = "new_readings?$select=partitionid"; next !== undefined; ) {
      const page: { readonly list: List } = await read(emulator, next, "odata.maxpagesize=1");
      found.push(...page.list.value.map((row) => row["partitionid"]));
      next = page.list["@odata.nextLink"];
    }
    expect(found).toEqual(["x", "y", "z"]);
  });
});
