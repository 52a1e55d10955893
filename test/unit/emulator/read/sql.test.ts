import { describe, expect, it } from "vitest";
import { ask, guid } from "../support.ts";
import { company, north, read } from "./company.ts";

async function rows(sql: string, set = "accounts"): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { reply, list } = await read(await company(), `${set}?sql=${encodeURIComponent(sql)}`);
  if (reply.status !== 200) {
    throw new Error(reply.body);
  }
  return list.value;
}

const names = async (sql: string): Promise<readonly unknown[]> => (await rows(sql)).map((row) => row["name"]);

describe("?sql=", () => {
  it.each<[string, readonly string[]]>([
    ["SELECT name FROM account", ["North", "South 100%", "West"]],
    ["select Name from Account where NumberOfEmployees > 100", ["North"]],
    ["SELECT a.name FROM account AS a WHERE a.donotemail = 1", ["West"]],
    ["SELECT name FROM account WHERE name IN ('North', 'West') ORDER BY name DESC", ["West", "North"]],
    ["SELECT name FROM account WHERE name NOT IN ('North', 'West')", ["South 100%"]],
    ["SELECT name FROM account WHERE name LIKE '%th%' AND (numberofemployees < 100 OR name = 'x')", ["South 100%"]],
    ["SELECT name FROM account WHERE numberofemployees IS NULL", ["West"]],
    ["SELECT name FROM account WHERE numberofemployees IS NOT NULL", ["North", "South 100%"]],
    ["SELECT name FROM account WHERE numberofemployees BETWEEN 10 AND 30", ["South 100%"]],
    ["SELECT TOP 1 name FROM account ORDER BY numberofemployees DESC", ["North"]],
    ["SELECT name FROM account ORDER BY name OFFSET 1 ROWS", ["South 100%", "West"]],
    ["SELECT name FROM account ORDER BY name OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY", ["South 100%"]],
    ["SELECT name FROM account GROUP BY name ORDER BY name OFFSET 2 ROWS FETCH FIRST 5 ROWS ONLY", ["West"]],
  ])("%s", async (sql, expected) => {
    expect(await names(sql)).toEqual(expected);
  });

  it("joins tables inside and out", async () => {
    const inner = await rows(
      "SELECT a.name, c.fullname FROM account a INNER JOIN contact c ON a.accountid = c.parentcustomerid",
    );
    expect(inner.map((row) => [row["name"], row["fullname"]])).toEqual([
      ["North", "Ann Ash"],
      ["North", "Bob Birch"],
      ["South 100%", "Cy Cedar"],
    ]);
    const outer = "SELECT a.name, c.fullname FROM account a LEFT JOIN contact c ON a.primarycontactid = c.contactid";
    expect((await rows(outer)).map((row) => row["fullname"])).toEqual(["Ann Ash", undefined, undefined]);
    expect(await rows(`${outer} WHERE c.firstname = 'Ann'`)).toMatchObject([{ name: "North" }]);
  });

  it("counts and adds up, in groups and without", async () => {
    expect(await rows("SELECT COUNT(*) AS n, SUM(numberofemployees) total, MAX(revenue) AS most FROM account")).toEqual(
      [{ n: 3, total: 1220, most: 1234.5 }],
    );
    const sql =
      "SELECT a.name, COUNT(c.contactid) AS n FROM account a JOIN contact c ON c.parentcustomerid = a.accountid GROUP BY a.name ORDER BY n";
    expect(await rows(sql)).toEqual([
      { name: "South 100%", n: 1 },
      { name: "North", n: 2 },
    ]);
  });

  it("shows each result once, and stops at TOP", async () => {
    expect(await rows("SELECT DISTINCT TOP 1 parentcustomerid FROM contact", "contacts")).toEqual([
      { _parentcustomerid_value: north },
    ]);
  });

  it("comes in pages with links", async () => {
    const emulator = await company();
    const type = "Microsoft.Dynamics.CRM.account";
    const targets = Array.from({ length: 4999 }, (_, index) => ({ "@odata.type": type, name: `n${index}` }));
    await ask(emulator, "POST accounts/Microsoft.Dynamics.CRM.CreateMultiple", { Targets: targets });
    const { list } = await read(emulator, "accounts?sql=SELECT name FROM account");
    expect(list.value).toHaveLength(5000);
    const { list: last } = await read(emulator, String(list["@odata.nextLink"]));
    expect([last.value.length, last["@odata.nextLink"]]).toEqual([2, undefined]);
    expect(new Set([...list.value, ...last.value].map((row) => row["accountid"])).size).toBe(5002);
    expect(list.value[0]?.["accountid"]).toBe(guid(1));
  });

  it.each([
    "",
    "DELETE FROM account",
    "SELECT name FROM account OFFSET 1 ROWS",
    "SELECT TOP 1 name FROM account ORDER BY name OFFSET 1 ROWS",
    "SELECT name FROM account ORDER BY name OFFSET 1 ROWS FETCH NEXT 1 ROWS",
    "SELECT * FROM account",
    "SELECT name",
    "SELECT name FROM nothing",
    "SELECT nome FROM account",
    "SELECT x.name FROM account a",
    "SELECT fullname FROM contact",
    "SELECT name FROM account WHERE",
    "SELECT name FROM account WHERE name = North",
    "SELECT name FROM account WHERE numberofemployees = 'x'",
    "SELECT name FROM account RIGHT JOIN contact c ON c.contactid = account.primarycontactid",
    "SELECT name FROM account a JOIN contact a ON a.contactid = a.primarycontactid",
    "SELECT name FROM account; DROP TABLE account",
    "SELECT name, COUNT(*) AS n FROM account GROUP BY name ORDER BY revenue",
    "SELECT name FROM account WHERE name = 'x",
  ])("%s is refused", async (sql) => {
    expect((await read(await company(), `accounts?sql=${encodeURIComponent(sql)}`)).reply.status).toBe(400);
  });
});
