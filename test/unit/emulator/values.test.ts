import { describe, expect, it } from "vitest";
import { ask, codeOf, emulatorWith, guid } from "./support.ts";

const id = guid(1);

async function readBack(column: string, json: string): Promise<string> {
  const emulator = emulatorWith();
  const reply = await ask(emulator, "POST new_things", `{"new_thingid":"${id}","${column}":${json}}`);
  if (reply.status !== 204) {
    return `${reply.status} ${codeOf(reply)}`;
  }
  const { body } = await ask(emulator, `GET new_things(${id})?$select=${column}`);
  return body.slice(body.indexOf(`"${column}":`) + column.length + 3).replace(/,"new_thingid".*$|}$/, "");
}

describe("a value is kept exactly", () => {
  it.each([
    ["new_big", "9223372036854775807", "9223372036854775807"],
    ["new_big", "-9223372036854775808", "-9223372036854775808"],
    ["new_exact", "99999999999.1234", "99999999999.1234"],
    ["new_exact", "1.50e2", "150"],
    ["new_exact", "-0.0", "0"],
    ["new_price", "12.5", "12.5000"],
    ["new_rough", "0.1", "0.1"],
    ["new_whole", "100", "100"],
    ["new_flag", "false", "false"],
    ["new_color", "2", "2"],
    ["new_day", '"2024-02-29"', '"2024-02-29"'],
    ["new_day", '"1753-01-01"', '"1753-01-01"'],
    ["new_name", '"é🙂 "', '"é🙂 "'],
    ["new_at", '"2024-03-01T10:15:00.123456Z"', '"2024-03-01T10:15:00.123456Z"'],
    ["new_at", '"2024-03-01T01:15:00+02:00"', '"2024-02-29T23:15:00Z"'],
    ["new_at", '"2024-03-01T10:15:00"', '"2024-03-01T10:15:00Z"'],
    ["new_guid", '"6F1C5B1E-0000-4000-8000-000000000001"', '"6f1c5b1e-0000-4000-8000-000000000001"'],
    ["new_name", '"a\\u00e9\\ud83d\\ude00\\n"', '"aé😀\\n"'],
    ["new_name", '""', "null"],
    ["new_name", "null", "null"],
  ])("%s %s", async (column, json, shown) => {
    expect(await readBack(column, json)).toBe(shown);
  });

  it("without digits after the second where the setting drops them", async () => {
    const emulator = emulatorWith({ subseconds: "drop" });
    await ask(emulator, "POST new_things", { new_at: "2024-03-01T10:15:00.9Z" });
    expect(emulator.rows("new_thing")[0]?.["new_at"]).toBe("2024-03-01T10:15:00Z");
  });

  it("rounded half away from zero where the setting rounds", async () => {
    const emulator = emulatorWith({ excessDigits: "round" });
    await ask(emulator, "POST new_things", '{"new_exact":-1.00005,"new_price":1.005}');
    expect(emulator.rows("new_thing")[0]).toMatchObject({ new_exact: "-1.0001", new_price: "1.01" });
  });
});

describe("a value is refused", () => {
  it.each([
    ["text too long, in UTF-16 units", "new_name", '"😀😀😀😀😀x"', "400 0x80044331"],
    ["a character that XML forbids", "new_name", '"a\\u0008"', "400 0x80040278"],
    ["half a surrogate pair", "new_name", '"a\\ud83d"', "400 0x80040278"],
    ["a number for a text", "new_name", "1", "400 0x80048d19"],
    ["an integer above its column's range", "new_whole", "101", "400 0x8004432f"],
    ["an integer below it", "new_whole", "-1", "400 0x8004432f"],
    ["an integer of more than 32 bits", "new_number", "2147483648", "400 0x80048d19"],
    ["a fraction for an integer", "new_whole", "1.0", "400 0x80048d19"],
    ["a text for a number", "new_whole", '"1"', "400 0x80048d19"],
    ["an integer of more than 64 bits", "new_big", "9223372036854775808", "400 0x80048d19"],
    ["a decimal out of range", "new_exact", "-1000.0001", "400 0x80044330"],
    ["a decimal with too many digits", "new_exact", "1.00001", "400 0x80044330"],
    ["money with too many digits", "new_price", "1.001", "400 0x80044330"],
    ["negative money where the least is zero", "new_price", "-0.01", "400 0x80044330"],
    ["a text for a boolean", "new_flag", '"true"', "400 0x80048d19"],
    ["an unknown choice", "new_color", "3", "400 0x8004431a"],
    ["a day without digits", "new_day", '"2024-0x-01"', "400 0x80048d19"],
    ["a month that does not exist", "new_at", '"2024-13-01T00:00:00Z"', "400 0x80048d19"],
    ["an hour that does not exist", "new_at", '"2024-12-01T24:00:00Z"', "400 0x80048d19"],
    ["a GUID with a letter too high", "new_guid", '"6f1c5b1g-0000-4000-8000-000000000001"', "400 0x80048d19"],
    ["a day that does not exist", "new_day", '"2023-02-29"', "400 0x80048d19"],
    ["an instant for a day", "new_day", '"2024-02-29T00:00:00Z"', "400 0x80048d19"],
    ["a day for an instant", "new_at", '"2024-02-29"', "400 0x80048d19"],
    ["an instant before 1753", "new_at", '"1752-12-31T23:59:59Z"', "400 0x80040239"],
    ["an instant of the last day of 9999", "new_at", '"9999-12-31T00:00:00Z"', "400 0x80040239"],
    ["an offset and a Z together", "new_at", '"2024-02-29T00:00:00+01:00Z"', "400 0x80048d19"],
    ["a GUID in braces", "new_guid", '"{6f1c5b1e-0000-4000-8000-000000000001}"', "400 0x80048d19"],
  ])("%s", async (_what, column, json, refusal) => {
    expect(await readBack(column, json)).toBe(refusal);
  });

  it("with the accepted values of a choice in the text", async () => {
    const reply = await ask(emulatorWith(), "POST new_things", { new_color: 5 });
    expect(reply.body).toContain(
      "The value 5 of 'new_color' on record of type 'new_thing' is outside the valid range. Accepted Values: 1,2",
    );
  });
});
