import { describe, expect, it } from "vitest";
import { ask, codeOf, emulatorWith, guid } from "./support.ts";

describe("an address by alternate key", () => {
  it.each([..."/<>*%&:\\?+#"])("with %s in its value is refused, encoded or not", async (character) => {
    const value = encodeURIComponent(`a${character}b`);
    const reply = await ask(emulatorWith(), `PATCH accounts(accountnumber='${value}')`, { name: "x" });
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x8006088a"]);
    expect(reply.body).toContain("Bad Request - Error in query syntax.");
  });

  it.each([
    "accounts(accountnumber='a+b')",
    "accounts(accountnumber='a/b')",
    "accounts(accountnumber='%zz')",
    "accounts(accountnumber='é')",
    "accounts(accountnumber=)",
    "accounts()",
    "accounts(accountnumber=A)",
    "accounts(accountnumber='a'b')",
  ] as const)("that cannot be read is refused: %s", async (path) => {
    expect((await ask(emulatorWith(), `GET ${path}`)).status).toBe(400);
  });

  it("finds a compound key in any order of its columns", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST contacts", { contactid: guid(1), firstname: "Ann", lastname: "Lee" });
    const reply = await ask(emulator, "GET contacts(lastname='lee',firstname='ann')?$select=contactid");
    expect(reply.body).toContain(guid(1));
  });

  it("finds a number without quotes and refuses one with them", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "PATCH new_things(new_number=7)", { new_name: "x" });
    expect((await ask(emulator, "GET new_things(new_number=7)")).body).toContain('"new_name":"x"');
    expect((await ask(emulator, "GET new_things(new_number='7')")).status).toBe(400);
  });

  it("needs exactly the columns of one key", async () => {
    const reply = await ask(emulatorWith(), "GET contacts(firstname='Ann')");
    expect(reply.status).toBe(400);
    expect(reply.body).toContain(
      "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.contact'",
    );
  });

  it("needs a key that is active", async () => {
    expect((await ask(emulatorWith(), "GET new_things(new_big=1)")).status).toBe(400);
  });
});

describe("an address", () => {
  it("may name the primary key", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: guid(1) });
    expect((await ask(emulator, `GET accounts(accountid=${guid(1)})`)).status).toBe(200);
  });

  it("knows the case of an entity set", async () => {
    const reply = await ask(emulatorWith(), "GET Accounts");
    expect([reply.status, codeOf(reply)]).toEqual([404, "0x8006088a"]);
    expect(reply.body).toContain("Resource not found for the segment 'Accounts'.");
  });
});
