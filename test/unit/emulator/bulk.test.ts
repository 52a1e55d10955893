import { describe, expect, it } from "vitest";
import type { Emulator } from "../../emulator/emulator.ts";
import type { Headers } from "./support.ts";
import { ask, batch, changeSet, codeOf, emulatorWith, guid, part, partStatuses } from "./support.ts";

type Fields = Readonly<Record<string, unknown>>;

function targets(rows: readonly Fields[], table = "account"): { readonly Targets: readonly Fields[] } {
  return { Targets: rows.map((row) => ({ "@odata.type": `Microsoft.Dynamics.CRM.${table}`, ...row })) };
}

function bulk(emulator: Emulator, message: string, rows: readonly Fields[], headers: Headers = {}) {
  return ask(emulator, `POST accounts/Microsoft.Dynamics.CRM.${message}`, targets(rows), headers);
}

function messageOf(reply: { readonly body: string }): string {
  return (JSON.parse(reply.body) as { error: { message: string } }).error.message;
}

function names(emulator: Emulator): readonly unknown[] {
  return emulator.rows("account").map((row) => row["name"]);
}

describe("CreateMultiple", () => {
  it("answers 200 with the ids in the order of the targets", async () => {
    const emulator = emulatorWith();
    const reply = await bulk(emulator, "CreateMultiple", [
      { name: "a", accountid: guid(3) },
      { name: "b", accountid: guid(1) },
      { name: "c", accountid: guid(2) },
    ]);
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.body)).toEqual({
      "@odata.context": "https://localhost/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse",
      Ids: [guid(3), guid(1), guid(2)],
    });
  });

  it("mints ids where none are given", async () => {
    const emulator = emulatorWith();
    const reply = await bulk(emulator, "CreateMultiple", [{ name: "a" }, { name: "b" }]);
    const { Ids } = JSON.parse(reply.body) as { Ids: string[] };
    expect(new Set(Ids)).toEqual(new Set(emulator.rows("account").map((row) => row["accountid"])));
    expect(Ids).toHaveLength(2);
  });

  it("binds lookups by alternate key", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: guid(1), accountnumber: "EU" });
    const reply = await bulk(emulator, "CreateMultiple", [
      { name: "child", "parentaccountid@odata.bind": "/accounts(accountnumber='EU')" },
    ]);
    expect(reply.status).toBe(200);
  });

  it("refuses a key that exists, in other words than a single create, and writes nothing", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST accounts", { accountid: guid(1), accountnumber: "A-1" });
    for (const taken of [{ accountid: guid(1) }, { accountnumber: "a-1" }]) {
      const reply = await bulk(emulator, "CreateMultiple", [{ name: "good" }, taken]);
      expect([reply.status, codeOf(reply), messageOf(reply)]).toEqual([
        412,
        "0x80040237",
        "Cannot insert duplicate key.",
      ]);
    }
    expect(emulator.rows("account")).toHaveLength(1);
  });

  it("refuses a key that two targets share", async () => {
    const emulator = emulatorWith();
    const reply = await bulk(emulator, "CreateMultiple", [{ accountnumber: "A" }, { accountnumber: "A" }]);
    expect(messageOf(reply)).toBe("Cannot insert duplicate key.");
    expect(emulator.rows("account")).toHaveLength(0);
    expect(emulator.ledger.effects).toHaveLength(0);
  });

  it("undoes everything for one bad row and does not say which", async () => {
    const emulator = emulatorWith();
    const reply = await bulk(emulator, "CreateMultiple", [
      { name: "good", accountid: guid(1) },
      { name: "x".repeat(161), accountid: guid(2) },
    ]);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80044331"]);
    expect(reply.body).not.toContain(guid(2));
    expect(emulator.rows("account")).toHaveLength(0);
    expect(emulator.ledger.effects).toHaveLength(0);
  });

  it("does not see rows of the same request", async () => {
    const emulator = emulatorWith();
    const reply = await bulk(emulator, "CreateMultiple", [
      { accountid: guid(1) },
      { "parentaccountid@odata.bind": `/accounts(${guid(1)})` },
    ]);
    expect(codeOf(reply)).toBe("0x80040217");
    expect(messageOf(reply)).toContain("Does Not Exist");
    expect(emulator.rows("account")).toHaveLength(0);
  });

  it("has no representation to give", async () => {
    const reply = await bulk(emulatorWith(), "CreateMultiple", [{ name: "a" }], { prefer: "return=representation" });
    expect([reply.status, reply.headers["preference-applied"]]).toEqual([200, undefined]);
    expect(Object.keys(JSON.parse(reply.body) as object)).toEqual(["@odata.context", "Ids"]);
  });

  it("takes the headers of single writes", async () => {
    const emulator = emulatorWith();
    await ask(emulator, "POST systemusers", { systemuserid: guid(7) });
    await bulk(emulator, "CreateMultiple", [{ accountid: guid(1) }, { accountid: guid(2) }], {
      mscrmcallerid: guid(7),
      "mscrm.suppressduplicatedetection": "true",
      "mscrm.bypassbusinesslogicexecution": "CustomSync,CustomAsync",
    });
    expect(emulator.rows("account").map((row) => row["createdby"])).toMatchObject([{ id: guid(7) }, { id: guid(7) }]);
  });

  it("takes a tag", async () => {
    const path = "POST accounts/Microsoft.Dynamics.CRM.CreateMultiple?tag=load-7";
    expect((await ask(emulatorWith(), path, targets([{ name: "a" }]))).status).toBe(200);
  });
});

describe("UpdateMultiple", () => {
  async function withTwo(): Promise<Emulator> {
    const emulator = emulatorWith();
    await bulk(emulator, "CreateMultiple", [
      { accountid: guid(1), name: "a", accountnumber: "A", fax: "1" },
      { accountid: guid(2), name: "b", accountnumber: "B" },
    ]);
    return emulator;
  }

  it("answers 204 without a body and leaves other columns as they are", async () => {
    const emulator = await withTwo();
    const reply = await bulk(emulator, "UpdateMultiple", [{ accountid: guid(1), name: "c" }]);
    expect([reply.status, reply.body]).toEqual([204, ""]);
    expect(emulator.rows("account")[0]).toMatchObject({ name: "c", fax: "1" });
  });

  it.each([
    "accounts(accountnumber='B')",
    "/accounts(accountnumber='B')",
    "/api/data/v9.2/accounts(accountnumber='B')",
    "https://localhost/api/data/v9.2/accounts(accountnumber='B')",
    `accounts(${guid(2)})`,
  ])("finds its row by %s", async (uri) => {
    const emulator = await withTwo();
    expect((await bulk(emulator, "UpdateMultiple", [{ "@odata.id": uri, name: "c" }])).status).toBe(204);
    expect(names(emulator)).toEqual(["a", "c"]);
  });

  it("applies the first of several targets for a row and passes over the rest in silence", async () => {
    const emulator = await withTwo();
    const reply = await bulk(emulator, "UpdateMultiple", [
      { accountid: guid(1), name: "first" },
      { accountid: guid(1).toUpperCase(), name: "second" },
      { "@odata.id": "accounts(accountnumber='a')", name: "third" },
    ]);
    expect(reply.status).toBe(204);
    expect(names(emulator)).toEqual(["first", "b"]);
    expect(emulator.counts().tables["account"]).toMatchObject({ updates: 1 });
  });

  it("names the rows that are missing and undoes the rest", async () => {
    const emulator = await withTwo();
    const reply = await bulk(emulator, "UpdateMultiple", [
      { accountid: guid(1), name: "c" },
      { accountid: guid(8), name: "d" },
    ]);
    expect([reply.status, codeOf(reply)]).toEqual([404, "0x80040217"]);
    expect(messageOf(reply)).toBe(`account With Ids = ${guid(8)} Do Not Exist`);
    expect(names(emulator)).toEqual(["a", "b"]);
  });

  it("says so where no row has the key", async () => {
    const emulator = await withTwo();
    const reply = await bulk(emulator, "UpdateMultiple", [{ "@odata.id": "accounts(accountnumber='Z')", name: "c" }]);
    expect([reply.status, codeOf(reply)]).toEqual([404, "0x80060891"]);
  });

  it("puts up with key columns in the body, and drops them", async () => {
    const emulator = await withTwo();
    const reply = await bulk(emulator, "UpdateMultiple", [
      { "@odata.id": "accounts(accountnumber='B')", accountnumber: "C", name: "c" },
    ]);
    expect(reply.status).toBe(204);
    expect(emulator.rows("account")[1]).toMatchObject({ accountnumber: "B", name: "c" });
  });

  it("refuses a primary key that is not the row's", async () => {
    const emulator = await withTwo();
    const reply = await bulk(emulator, "UpdateMultiple", [
      { "@odata.id": `accounts(${guid(1)})`, accountid: guid(2), name: "c" },
    ]);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80040203"]);
  });

  it("refuses a target that names no row", async () => {
    const reply = await bulk(await withTwo(), "UpdateMultiple", [{ name: "c" }]);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80040203"]);
  });
});

describe("UpsertMultiple", () => {
  it("creates and updates, and does not say which", async () => {
    const emulator = emulatorWith();
    await bulk(emulator, "CreateMultiple", [{ accountid: guid(1), name: "a", accountnumber: "A" }]);
    const reply = await bulk(emulator, "UpsertMultiple", [
      { "@odata.id": "accounts(accountnumber='A')", name: "a2" },
      { "@odata.id": "accounts(accountnumber='B')", name: "b" },
      { accountid: guid(5), name: "c" },
    ]);
    expect([reply.status, reply.body]).toEqual([204, ""]);
    expect(emulator.rows("account").map((row) => [row["name"], row["accountnumber"]])).toEqual(
      expect.arrayContaining([
        ["a2", "A"],
        ["b", "B"],
        ["c", null],
      ]),
    );
    expect(emulator.counts().tables["account"]).toMatchObject({ creates: 3, updates: 1 });
  });

  it("fails on the create path where the body repeats a key column of the @odata.id", async () => {
    const emulator = emulatorWith();
    const row = { "@odata.id": "accounts(accountnumber='A')", accountnumber: "A", name: "a" };
    const reply = await bulk(emulator, "UpsertMultiple", [row]);
    expect([reply.status, codeOf(reply), messageOf(reply)]).toEqual([
      400,
      "0x80040216",
      "An unexpected error occurred.",
    ]);
    await bulk(emulator, "CreateMultiple", [{ accountnumber: "A" }]);
    expect((await bulk(emulator, "UpsertMultiple", [row])).status).toBe(204);
    expect(names(emulator)).toEqual(["a"]);
  });

  it.each([
    [
      "ids",
      [
        { accountid: guid(1), name: "a" },
        { accountid: guid(1).toUpperCase(), name: "b" },
      ],
    ],
    [
      "keys that differ in case",
      [
        { "@odata.id": "accounts(accountnumber='A')", name: "a" },
        { "@odata.id": "accounts(accountnumber='a')", name: "b" },
      ],
    ],
  ])("refuses two targets with the same %s", async (_, rows) => {
    const emulator = emulatorWith();
    const reply = await bulk(emulator, "UpsertMultiple", rows);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80040203"]);
    expect(emulator.rows("account")).toHaveLength(0);
    const other = await bulk(emulatorWith({ duplicateUpsertStatus: 412 }), "UpsertMultiple", rows);
    expect([other.status, codeOf(other), messageOf(other)]).toEqual([
      412,
      "0x80040237",
      "Cannot insert duplicate key.",
    ]);
  });

  it("sees that an id and a key mean the same row", async () => {
    const emulator = emulatorWith();
    await bulk(emulator, "CreateMultiple", [{ accountid: guid(1), accountnumber: "A" }]);
    const reply = await bulk(emulator, "UpsertMultiple", [
      { accountid: guid(1), name: "a" },
      { "@odata.id": "accounts(accountnumber='A')", name: "b" },
    ]);
    expect(codeOf(reply)).toBe("0x80040203");
  });

  it("does not look for keys in the body unless it is told to", async () => {
    const row = { accountnumber: "A", name: "a" };
    expect(codeOf(await bulk(emulatorWith(), "UpsertMultiple", [row]))).toBe("0x80040203");
    const emulator = emulatorWith({ keyOnlyTargets: "accept" });
    await bulk(emulator, "UpsertMultiple", [row]);
    await bulk(emulator, "UpsertMultiple", [{ ...row, name: "b" }]);
    expect(emulator.rows("account")).toMatchObject([{ accountnumber: "A", name: "b" }]);
  });

  it("fails whole on a key text that URLs cannot carry", async () => {
    const emulator = emulatorWith();
    const reply = await bulk(emulator, "UpsertMultiple", [
      { "@odata.id": "accounts(accountnumber='A')" },
      { "@odata.id": "accounts(accountnumber='K/2')" },
    ]);
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x8006088a"]);
    expect(emulator.rows("account")).toHaveLength(0);
  });
});

describe("a bulk message", () => {
  const path = "POST accounts/Microsoft.Dynamics.CRM.CreateMultiple";

  it.each([
    ["no body", "", "0x80048d19"],
    ["a list", [], "0x80048d19"],
    ["no Targets", {}, "0x80048d19"],
    ["Targets that are no list", { Targets: {} }, "0x80048d19"],
    ["no target", { Targets: [] }, "0x80040203"],
    ["a target that is no object", { Targets: [1] }, "0x80048d19"],
    ["a target without its type", { Targets: [{ name: "a" }] }, "0x80048d19"],
    ["a type that is none", { Targets: [{ "@odata.type": "account" }] }, "0x80048d19"],
    ["a type of another table", targets([{}], "contact"), "0x80040203"],
    ["a parameter that it does not have", { ...targets([{}]), Rows: [] }, "0x80048d19"],
    ["an unknown column", targets([{ nonsense: 1 }]), "0x80048d19"],
  ])("refuses %s", async (_, body, code) => {
    const reply = await ask(emulatorWith(), path, body);
    expect([reply.status, codeOf(reply)]).toEqual([400, code]);
  });

  it("takes a type written as a URI fragment", async () => {
    const body = { Targets: [{ "@odata.type": "#Microsoft.Dynamics.CRM.account", name: "a" }] };
    expect((await ask(emulatorWith(), path, body)).status).toBe(200);
  });

  it.each(["GET", "PATCH", "DELETE"])("is not there for %s", async (method) => {
    const reply = await ask(emulatorWith(), `${method} accounts/Microsoft.Dynamics.CRM.CreateMultiple`);
    expect(reply.status).toBe(405);
  });

  it.each([
    "accounts/CreateMultiple",
    "accounts/Microsoft.Dynamics.CRM.MergeMultiple",
    `accounts(${guid(1)})/Microsoft.Dynamics.CRM.CreateMultiple`,
    "CreateMultiple",
  ])("is not found at %s", async (at) => {
    const reply = await ask(emulatorWith(), `POST ${at}`, targets([{}]));
    expect([reply.status, codeOf(reply)]).toEqual([404, "0x8006088a"]);
  });

  it("is refused by a table that does not have it", async () => {
    const reply = await ask(emulatorWith(), "POST teams/Microsoft.Dynamics.CRM.CreateMultiple", targets([{}], "team"));
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80040800"]);
    expect(messageOf(reply)).toContain("is not enabled on the entity team");
  });

  it("is refused by links, which are made by association", async () => {
    const path = "POST teammembershipset/Microsoft.Dynamics.CRM.CreateMultiple";
    const reply = await ask(emulatorWith(), path, targets([{}], "teammembership"));
    expect([reply.status, codeOf(reply)]).toEqual([400, "0x80040800"]);
    expect(messageOf(reply)).toContain("does not support entities of type 'teammembership'");
  });

  it("does not delete from standard tables", async () => {
    const reply = await bulk(emulatorWith(), "DeleteMultiple", [{ accountid: guid(1) }]);
    expect(reply.status).toBe(400);
    expect(messageOf(reply)).toBe("DeleteMultiple has not yet been implemented.");
  });

  it("runs inside a $batch", async () => {
    const emulator = emulatorWith();
    const reply = await batch(emulator, [
      part("POST accounts/Microsoft.Dynamics.CRM.CreateMultiple", targets([{ name: "a" }, { name: "b" }])),
      part("POST accounts/Microsoft.Dynamics.CRM.CreateMultiple", targets([{ name: "c" }, { nonsense: 1 }])),
      part("POST accounts/Microsoft.Dynamics.CRM.UpsertMultiple", targets([{ accountid: guid(4), name: "d" }])),
    ]);
    expect(partStatuses(reply)).toEqual([200, 400, 204]);
    expect(new Set(names(emulator))).toEqual(new Set(["a", "b", "d"]));
  });

  it("refers to rows of its change set, in lookups and as targets", async () => {
    const emulator = emulatorWith();
    const set = changeSet([
      part("POST accounts", { accountid: guid(1), name: "parent" }),
      part(
        "POST accounts/Microsoft.Dynamics.CRM.CreateMultiple",
        targets([{ name: "child", "parentaccountid@odata.bind": "$1" }]),
      ),
      part("POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple", targets([{ "@odata.id": "$1", name: "new" }])),
    ]);
    expect(partStatuses(await batch(emulator, [set]))).toEqual([204, 200, 204]);
    expect(new Set(names(emulator))).toEqual(new Set(["new", "child"]));
  });

  it("counts as one request, with its rows as operations", async () => {
    const emulator = emulatorWith();
    await bulk(emulator, "CreateMultiple", [{ name: "a" }, { name: "b" }, { name: "c" }]);
    expect(emulator.ledger.requests.map(({ operations }) => operations)).toEqual([3]);
  });
});
