import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { lookupTargets, namedTables } from "../../../../server/dataverse/lookups/lookups.ts";
import { relatedTables } from "../../../../server/dataverse/mapping/mapping.ts";
import type { ColumnRequest } from "../../../../server/dataverse/request.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, encodeRow, ID, mappingOf, requestOf, tableOf } from "../../../support/dataverse/tables.ts";

const account = tableOf([attribute("accountnumber", "text"), attribute("line", "integer")], {
  keys: [
    { logicalName: "by_number", attributes: ["accountnumber"], active: true, indexStatus: "Active" },
    { logicalName: "by_both", attributes: ["accountnumber", "line"], active: true, indexStatus: "Active" },
  ],
});
const users = tableOf([], { logicalName: "systemuser", entitySetName: "systemusers", primaryId: "systemuserid" });
const order = tableOf(
  [
    attribute("tpch_account", "lookup", { targets: ["account"] }),
    attribute("customerid", "customer", { targets: ["account", "contact"] }),
    attribute("ownerid", "owner", { targets: ["systemuser", "team"] }),
    attribute("parentid", "lookup", { targets: ["tpch_order"] }),
    attribute("name", "text"),
  ],
  {
    logicalName: "tpch_order",
    entitySetName: "tpch_orders",
    primaryId: "tpch_orderid",
    navigation: new Map([
      ["tpch_account", new Map([["account", "tpch_Account"]])],
      [
        "customerid",
        new Map([
          ["account", "customerid_account"],
          ["contact", "customerid_contact"],
        ]),
      ],
      ["ownerid", new Map([["owner", "ownerid"]])],
      ["parentid", new Map([["tpch_order", "tpch_Parent"]])],
    ]),
  },
);

function scene(columns: readonly Column[], ...requests: readonly ColumnRequest[]): Scene {
  return { columns, table: order, request: { columns: requests }, related: [account, users] };
}

function body(columns: readonly Column[], request: ColumnRequest): unknown {
  const encoded = encodeRow(scene(columns, request));
  if (typeof encoded !== "string") return encoded.message;
  const { tpch_orderid: _minted, ...rest } = JSON.parse(encoded.slice(encoded.indexOf("\r\n{")));
  return rest;
}

const key: Column = columnOf("k", utf8, ["A 'é"]);
const guid: Column = columnOf("k", utf8, [ID.toUpperCase()]);

describe("a lookup", () => {
  it("goes by the target's primary key where nothing else is said", () => {
    expect(body([guid], { sources: ["k"], target: "tpch_account" })).toEqual({
      "tpch_Account@odata.bind": `/accounts(${ID})`,
    });
  });

  it("goes by an alternate key, encoded for a URL", () => {
    const request = { sources: ["k"], target: "tpch_account", lookup: { table: "account", by: ["accountnumber"] } };
    expect(body([key], request)).toEqual({ "tpch_Account@odata.bind": "/accounts(accountnumber='A%20''%C3%A9')" });
  });

  it("goes by several sources of a composite key", () => {
    const lookup = { by: ["line", "accountnumber"] };
    const columns = [key, columnOf("l", int(64), [7n])];
    expect(body(columns, { sources: ["l", "k"], target: "tpch_account", lookup })).toEqual({
      "tpch_Account@odata.bind": "/accounts(line=7,accountnumber='A%20''%C3%A9')",
    });
  });

  it("to one of several tables takes the navigation property of that table", () => {
    expect(body([guid], { sources: ["k"], target: "customerid", lookup: { table: "account", by: [] } })).toEqual({
      "customerid_account@odata.bind": `/accounts(${ID})`,
    });
  });

  it("to an owner goes through the relationship with both tables of owners", () => {
    expect(body([guid], { sources: ["k"], target: "ownerid", lookup: { table: "systemuser", by: [] } })).toEqual({
      "ownerid@odata.bind": `/systemusers(${ID})`,
    });
  });

  it("to its own table needs no other metadata", () => {
    expect(body([guid], { sources: ["k"], target: "parentid" })).toEqual({
      "tpch_Parent@odata.bind": `/tpch_orders(${ID})`,
    });
  });

  it("is cleared by null in all of its sources, and flawed by null in some", () => {
    const request = { sources: ["l", "k"], target: "tpch_account", lookup: { by: ["line", "accountnumber"] } };
    expect(body([columnOf("k", utf8, [null]), columnOf("l", int(8), [null])], request)).toEqual({
      tpch_Account: null,
    });
    expect(body([columnOf("k", utf8, [null]), columnOf("l", int(8), [1n])], request)).toBe(
      "The value for tpch_account is a reference to account whose accountnumber is null, but a key part must have a value: it would name no row.",
    );
  });

  it("refuses a key that no URL can find", () => {
    const request = { sources: ["k"], target: "tpch_account", lookup: { by: ["accountnumber"] } };
    expect(body([columnOf("k", utf8, ["a/b"])], request)).toContain("match on the primary key instead");
  });

  it("is kept in the mapping with its table and key", () => {
    const mapping = mappingOf(scene([guid], { sources: ["k"], target: "tpch_account" }));
    expect(mapping.targets[0]).toMatchObject({ property: "tpch_Account@odata.bind", lookup: { table: account } });
    expect(mapping.targets[0]?.lookup?.by.map((by) => by.logicalName)).toEqual(["accountid"]);
  });
});

describe("a lookup is refused", () => {
  it.each([
    [
      { sources: ["k"], target: "customerid" },
      'customerid can point to account, contact: say which in "lookup": {"table": …}, or in "tableFrom" which input column tells it',
    ],
    [
      { sources: ["k"], target: "tpch_account", lookup: { table: "contact", by: [] } },
      "tpch_account cannot point to contact, only to account",
    ],
    [
      { sources: ["k"], target: "customerid", lookup: { table: "contact", by: [] } },
      "the table contact that customerid points to is not known",
    ],
    [
      { sources: ["k"], target: "tpch_account", lookup: { by: ["lien"] } },
      "the lookup tpch_account goes by a key that cannot serve: lien is no attribute of account.",
    ],
    [
      { sources: ["k"], target: "tpch_account", lookup: { by: ["line", "accountnumber"] } },
      "the lookup tpch_account goes by line, accountnumber and needs as many sources; it has 1",
    ],
    [
      { sources: ["n"], target: "tpch_account", lookup: { by: ["accountnumber"] } },
      "n (int64) cannot name a row by accountnumber: expected utf8; cast the column to string",
    ],
  ] satisfies readonly (readonly [ColumnRequest, string])[])("%j", (request, expected) => {
    expect(() => mappingOf(scene([key, columnOf("n", int(64), [1n])], request))).toThrow(expected);
  });

  it.each([
    [
      { by: [], tableFrom: "kind" },
      '"tableFrom" of customerid names kind, which is no input column. Did you mean kinds?',
    ],
    [
      { by: [], tableFrom: "n" },
      '"tableFrom" of customerid names n, which holds no text: names of tables are expected',
    ],
    [
      { by: [], table: "account,contact" },
      'customerid is given several tables: name one, or with "tableFrom" the input column that tells each row\'s',
    ],
    [
      { by: [], table: "account,lead", tableFrom: "kinds" },
      "customerid cannot point to lead, only to account, contact",
    ],
    [
      { by: ["accountnumber"], tableFrom: "kinds" },
      "the lookup customerid goes by a key that cannot serve: accountnumber is no attribute of contact.",
    ],
  ] as const)("%j", (lookup, expected) => {
    const columns = [key, columnOf("kinds", utf8, ["account"]), columnOf("n", int(64), [1n])];
    const contact = tableOf([], { logicalName: "contact", entitySetName: "contacts", primaryId: "contactid" });
    const asked = { ...scene(columns, { sources: ["k"], target: "customerid", lookup }), related: [account, contact] };
    expect(() => mappingOf(asked)).toThrow(expected);
  });

  it.each([{ by: ["accountnumber"] }, { by: [], tableFrom: "n" }])(
    "where it is part of the key of its row: %j",
    (lookup) => {
      const columns = [{ sources: ["k"], target: "tpch_account", lookup }];
      const request = { mode: "UPDATE", matchOn: ["tpch_account"], columns } as const;
      expect(() => mappingOf({ ...scene([key]), request })).toThrow(
        'tpch_account is part of matchOn, where a lookup is named by the GUID it holds: leave "by" and "tableFrom" out',
      );
    },
  );

  it("where more tables could be meant than are read", () => {
    const targets = Array.from({ length: 17 }, (_, n) => `t${n}`);
    const table = { ...order, attributes: new Map([["customerid", attribute("customerid", "lookup", { targets })]]) };
    const request = { columns: [{ sources: ["k"], target: "customerid", lookup: { by: [], tableFrom: "t" } }] };
    expect(relatedTables(requestOf(request), table)).toEqual([]);
    expect(() => mappingOf({ columns: [key, columnOf("t", utf8, ["t1"])], table, request })).toThrow(
      'customerid can point to 17 tables, and "tableFrom" may choose among 1 to 16: name those that occur, as in "table": "account,contact"',
    );
    const named = { sources: ["k"], target: "customerid", lookup: { by: [], table: "t1, t2,t1", tableFrom: "t" } };
    expect(relatedTables(requestOf({ columns: [named] }), table)).toEqual(["t1", "t2"]);
  });

  it("where the service names no navigation property", () => {
    const table = { ...order, navigation: new Map() };
    const columns = [{ sources: ["k"], target: "tpch_account" }];
    expect(() => mappingOf({ columns: [guid], table, request: { columns }, related: [account] })).toThrow(
      "the service names no navigation property of tpch_account to account",
    );
  });
});

describe("relatedTables", () => {
  it("names the tables that the lookups point to, each once and not the table itself", () => {
    const columns = [
      { sources: ["a"], target: "tpch_account" },
      { sources: ["b"], target: "customerid", lookup: { table: "account", by: [] } },
      { sources: ["c"], target: "ownerid", lookup: { table: "team", by: [] } },
      { sources: ["d"], target: "parentid" },
      { sources: ["e"], target: "name" },
      { sources: ["f"], target: "nothing" },
    ];
    expect(relatedTables(requestOf({ columns }), order)).toEqual(["account", "team"]);
  });

  it("asks for no table that the lookup cannot point to", () => {
    const columns = [{ sources: ["a"], target: "tpch_account", lookup: { table: "x'y", by: [] } }];
    expect(relatedTables(requestOf({ columns }), order)).toEqual([]);
  });

  it("takes the lookups from the schema where no columns are given", () => {
    const schema = { fields: [{ ...guid.field, name: "tpch_account" }] };
    expect(relatedTables(requestOf({}), order, schema)).toEqual(["account"]);
    expect(relatedTables(requestOf({ mode: "UPDATE", matchOn: ["tpch_account"] }), order, schema)).toEqual([]);
  });
});

describe("the tables that are asked for", () => {
  it("are each named once, blanks and empty names left out", () => {
    const column = { sources: ["a"], target: "b", lookup: { table: "account, contact,,account ", by: [] } };
    expect([namedTables(column), namedTables(undefined)]).toEqual([["account", "contact"], []]);
  });
});

describe("lookupTargets", () => {
  it("are none where there is a choice", () => {
    expect(lookupTargets(undefined, attribute("x", "lookup", { targets: ["a", "b"] }))).toEqual([]);
    expect(lookupTargets(undefined, attribute("x", "lookup", { targets: ["a"] }))).toEqual(["a"]);
  });
});
