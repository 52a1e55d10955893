import { describe, expect, it } from "vitest";
import { ask, batch, batchType, changeSet, guid, part } from "../support.ts";
import { environment, outcome, rowOf } from "./tables.ts";

const [id, other, object] = [guid(1), guid(2), guid(3)];
const me = "0b000000-0000-4000-8000-000000000001";

async function withUser(more: object = {}) {
  const emulator = environment();
  await ask(emulator, "POST systemusers", { systemuserid: other, azureactivedirectoryobjectid: object, ...more });
  return emulator;
}

describe("impersonation", () => {
  it.each([
    { mscrmcallerid: other },
    { mscrmcallerid: `{${other}}` },
    { callerobjectid: object },
    { callerobjectid: object, mscrmcallerid: guid(9) },
  ])("writes in the other's name: %j", async (headers) => {
    const emulator = await withUser();
    await ask(emulator, "POST accounts", { accountid: id }, headers);
    expect(rowOf(emulator, "account", id)).toMatchObject({
      createdby: { id: other },
      modifiedby: { id: other },
      ownerid: { id: other },
      createdonbehalfby: { id: me },
      modifiedonbehalfby: { id: me },
    });
    await ask(emulator, `PATCH accounts(${id})`, { name: "x" });
    expect(rowOf(emulator, "account", id)).toMatchObject({
      createdby: { id: other },
      modifiedby: { id: me },
      createdonbehalfby: { id: me },
      modifiedonbehalfby: null,
    });
  });

  it("is of a part of a batch", async () => {
    const emulator = await withUser();
    await batch(emulator, [
      part("POST accounts", { accountid: id }, [`MSCRMCallerID: ${other}`]),
      part("POST accounts", {}),
    ]);
    expect(emulator.rows("account").map((row) => row["createdby"])).toMatchObject([{ id: other }, { id: me }]);
  });

  it.each([
    ["part", [me, me]],
    ["inherit", [other, other]],
  ] as const)("of a whole batch holds for its parts where the setting is %s", async (batchHeaders, expected) => {
    const emulator = environment({ batchHeaders });
    await ask(emulator, "POST systemusers", { systemuserid: other });
    const headers = { ...batchType, mscrmcallerid: other };
    await batch(
      emulator,
      [part("POST accounts", {}), part("POST accounts", {}, [`CallerObjectId: ${guid(9)}`])],
      headers,
    );
    await batch(emulator, [changeSet([part("POST accounts", {})])], headers);
    expect(emulator.rows("account").map((row) => row["createdby"])).toMatchObject(expected.map((id) => ({ id })));
  });

  it("of a whole batch by nobody refuses the batch", async () => {
    const emulator = environment({ batchHeaders: "inherit" });
    const reply = await batch(emulator, [part("POST accounts", {})], { ...batchType, mscrmcallerid: guid(9) });
    expect(outcome(reply)).toBe("403 0x80072560");
  });

  it.each([
    [{ mscrmcallerid: guid(9) }, {}, "403 0x80072560"],
    [{ callerobjectid: other }, {}, "403 0x80072560"],
    [{ mscrmcallerid: "x" }, {}, "400 0x80040203"],
    [{ mscrmcallerid: other }, { isdisabled: true }, "403 0x80040225"],
  ])("of nobody is refused: %j", async (headers, more, expected) => {
    const emulator = await withUser(more);
    expect(outcome(await ask(emulator, "POST accounts", {}, headers))).toBe(expected);
    expect(emulator.rows("account")).toEqual([]);
  });
});

describe("duplicate detection", () => {
  const detect = { "mscrm.suppressduplicatedetection": "false" };
  const body = { name: "Same", address1_city: "Rome" };

  it("works where it is asked for only", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { ...body, accountid: id });
    expect(outcome(await ask(emulator, "POST accounts", body))).toBe("204");
    expect(outcome(await ask(emulator, "POST accounts", body, { "mscrm.suppressduplicatedetection": "true" }))).toBe(
      "204",
    );
    const reply = await ask(emulator, "POST accounts", { name: "SAME ", address1_city: "rome" }, detect);
    expect(outcome(reply)).toBe("412 0x80040333");
    expect(reply.body).toContain("a duplicate of the current record already exists");
    expect(outcome(await ask(emulator, "POST accounts", { name: "Same", address1_city: "Oslo" }, detect))).toBe("204");
    expect(outcome(await ask(emulator, "POST accounts", { name: "Same" }, detect))).toBe("204");
    expect(outcome(await ask(emulator, "POST accounts", { name: "Same" }, detect))).toBe("204");
  });

  it("works on updates, but not against the row itself", async () => {
    const emulator = environment();
    await ask(emulator, "POST accounts", { ...body, accountid: id });
    await ask(emulator, "POST accounts", { name: "Same", accountid: other });
    const patch = async (row: string, values: object): Promise<string> =>
      outcome(await ask(emulator, `PATCH accounts(${row})`, values, detect));
    expect(await patch(id, { name: "Same" })).toBe("204");
    expect(await patch(other, { address1_city: "Rome" })).toBe("412 0x80040333");
    expect(await patch(other, { fax: "1" })).toBe("204");
  });

  it("has the older status where the setting says so", async () => {
    const emulator = environment({ duplicateRuleStatus: 500 });
    await ask(emulator, "POST accounts", body);
    expect(outcome(await ask(emulator, "POST accounts", body, detect))).toBe("500 0x80040333");
  });
});

describe("what an error carries", () => {
  const wish = (patterns: string) => ({ prefer: `odata.include-annotations="${patterns}"` });
  const errorOf = (text: string): Record<string, string> => JSON.parse(text).error;

  async function duplicate(prefer: Record<string, string>): Promise<Record<string, string>> {
    const emulator = environment();
    await ask(emulator, "POST accounts", { accountnumber: "A<1" });
    const reply = await ask(emulator, "POST accounts", { accountnumber: "A<1", name: "n" }, prefer);
    expect(outcome(reply)).toBe("412 0x80060892");
    return errorOf(reply.body);
  }

  it("is code and message without a wish", async () => {
    expect(Object.keys(await duplicate({}))).toEqual(["code", "message"]);
    expect(Object.keys(await duplicate({ prefer: "return=representation" }))).toEqual(["code", "message"]);
  });

  it("names the duplicate columns and the row, but not the one that is there", async () => {
    const error = await duplicate(wish("*"));
    const details = "@Microsoft.PowerApps.CDS.ErrorDetails";
    expect(error[`${details}.DuplicateAttributes`]).toBe(
      "<DuplicateAttributes><accountnumber>A&lt;1</accountnumber></DuplicateAttributes>",
    );
    expect(error[`${details}.DuplicateEntity`]).toContain("n");
    expect(error).toMatchObject({
      [`${details}.0`]: "Account Number",
      [`${details}.1`]: "Account Number",
      [`${details}.OperationStatus`]: "0",
      [`${details}.SubErrorCode`]: "0",
      "@Microsoft.PowerApps.CDS.TraceText": "",
      "@Microsoft.PowerApps.CDS.InnerError.Message": error["message"],
    });
    expect(error["@Microsoft.PowerApps.CDS.HelpLink"]).toContain("80060892");
  });

  it("is what was asked for", async () => {
    expect(Object.keys(await duplicate(wish("Microsoft.PowerApps.CDS.HelpLink")))).toEqual([
      "code",
      "message",
      "@Microsoft.PowerApps.CDS.HelpLink",
    ]);
    expect(Object.keys(await duplicate(wish("OData.Community.*")))).toEqual(["code", "message"]);
    const all = await duplicate(wish("Microsoft.PowerApps.CDS.ErrorDetails.*"));
    expect(Object.keys(all)).toContain("@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus");
    expect(Object.keys(all)).not.toContain("@Microsoft.PowerApps.CDS.HelpLink");
  });
});
