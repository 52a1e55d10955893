import { describe, expect, it } from "vitest";
import type { Mode } from "../../../../server/dataverse/request.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";
import { requestsOf } from "../../../support/dataverse/plans.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, ID, mappingOf, optionsOf, tableOf } from "../../../support/dataverse/tables.ts";

const nothing = { kind: "null" } as const;
const statuses = new Map([
  [1, { label: "Open", labels: new Map([[1033, "Open"]]), state: 0 }],
  [2, { label: "Closed", labels: new Map([[1033, "Closed"]]), state: 1 }],
]);
const state = attribute("statecode", "state", {
  validForCreate: false,
  required: true,
  options: optionsOf({ 0: "Active", 1: "Inactive" }),
});
const status = attribute("statuscode", "status", { options: statuses });
const table = tableOf([state, status]);

interface Pair {
  readonly state?: number | null;
  readonly status?: number | null;
}

function big(value: number | null): bigint | null {
  return value === null ? null : BigInt(value);
}

function sceneOf(mode: Mode, pair: Pair, more: Partial<Scene> = {}): Scene {
  const columns = [
    columnOf("accountid", utf8, [ID]),
    ...(pair.state === undefined ? [] : [columnOf("statecode", int(32), [big(pair.state)])]),
    ...(pair.status === undefined ? [] : [columnOf("statuscode", int(32), [big(pair.status)])]),
  ];
  return {
    columns,
    table,
    ...more,
    request: { mode, matchOn: mode === "INSERT" ? [] : ["accountid"], ...more.request },
  };
}

function sent(mode: Mode, pair: Pair, more?: Partial<Scene>): readonly string[] | string {
  return requestsOf(sceneOf(mode, pair, more));
}

const at = `accounts(${ID})`;

describe("the state of a new row", () => {
  it.each([
    [{ state: 0, status: 1 }, '"statuscode":1'],
    [{ state: 0, status: null }, ""],
    [{ state: null, status: 1 }, '"statuscode":1'],
    [{ state: null, status: null }, ""],
    [{ status: 1 }, '"statuscode":1'],
  ])("takes no operation of its own where rows begin in it: %j", (pair, body) => {
    const properties = body === "" ? "" : `,${body}`;
    expect(sent("INSERT", pair)).toEqual([`POST accounts {"accountid":"${ID}"${properties}}`]);
  });

  it.each([
    [{ state: 1, status: 2 }, '{"statecode":1,"statuscode":2}'],
    [{ state: 1, status: null }, '{"statecode":1}'],
    [{ state: null, status: 2 }, '{"statecode":1,"statuscode":2}'],
    [{ status: 2 }, '{"statecode":1,"statuscode":2}'],
  ])("is set after it is made where it is another: %j", (pair, body) => {
    expect(sent("INSERT", pair)).toEqual([`POST accounts {"accountid":"${ID}"}`, `PATCH ${at} ${body}`]);
  });

  it("is sent at once where the table takes it", () => {
    const taking = tableOf([{ ...state, validForCreate: true }, status]);
    expect(sent("INSERT", { state: 1, status: 2 }, { table: taking })).toEqual([
      `POST accounts {"accountid":"${ID}","statecode":1,"statuscode":2}`,
    ]);
  });

  it("waits with a status that a new row cannot be given", () => {
    const waiting = tableOf([state, { ...status, validForCreate: false }]);
    expect(sent("INSERT", { status: 1 }, { table: waiting })).toEqual([
      `POST accounts {"accountid":"${ID}"}`,
      `PATCH ${at} {"statecode":0,"statuscode":1}`,
    ]);
    expect(sent("INSERT", { state: 0, status: null }, { table: waiting })).toHaveLength(1);
  });

  it("must be the first one on an elastic table, which knows no other", () => {
    const elastic = tableOf([state, status], { tableType: "Elastic" });
    expect(sent("INSERT", { status: 2 }, { table: elastic })).toContain("which an elastic row cannot have");
    expect(mappingOf(sceneOf("INSERT", { status: 2 }, { table: elastic })).steps).toBe(1);
  });

  it("goes to the id that was minted", () => {
    const columns = [columnOf("statecode", int(32), [1n])];
    expect(requestsOf({ columns, table, request: { mode: "INSERT" } })).toEqual([
      `POST accounts {"accountid":"${ID}"}`,
      `PATCH ${at} {"statecode":1}`,
    ]);
  });
});

describe("the state of an upsert", () => {
  it("goes along where rows begin in it: dropped for a new one, set for another", () => {
    expect(sent("UPSERT", { state: 0, status: 1 })).toEqual([`PATCH ${at} {"statecode":0,"statuscode":1}`]);
  });

  it("is set after it where it is another", () => {
    expect(sent("UPSERT", { state: 1 })).toEqual([`PATCH ${at} {}`, `PATCH ${at} {"statecode":1}`]);
  });
});

describe("the state of an update", () => {
  it.each([
    [{ state: 1, status: 2 }, '{"statecode":1,"statuscode":2}'],
    [{ status: 2 }, '{"statecode":1,"statuscode":2}'],
    [{ state: 0 }, '{"statecode":0}'],
  ])("goes with its status: %j", (pair, body) => {
    expect(sent("UPDATE", pair)).toEqual([`PATCH ${at} ${body}`]);
  });

  it("cannot be cleared, only left alone", () => {
    const none = { state: null, status: null };
    expect(sent("UPDATE", none)).toBe(
      "The value for statuscode is null, but a row always has one: use nulls IGNORE to leave it as it is.",
    );
    expect(sent("UPDATE", none, { request: { nulls: "IGNORE" } })).toEqual([`PATCH ${at} {}`]);
  });

  it("is not made up where metadata does not say whose a status is", () => {
    const untold = tableOf([state, { ...status, options: optionsOf({ 1: "Open", 2: "Closed" }) }]);
    expect(sent("UPDATE", { status: 2 }, { table: untold })).toEqual([`PATCH ${at} {"statuscode":2}`]);
  });
});

describe("a pair is refused before anything of its row is sent", () => {
  it.each([
    [{ state: 0, status: 2 }, "statuscode is a status that does not belong to the state beside it"],
    [{ state: 0, status: 9 }, "not among its 2 options"],
    [{ state: 7, status: 1 }, "not among its 2 options"],
  ])("%j", (pair, expected) => {
    for (const mode of ["INSERT", "UPSERT", "UPDATE"] as const) expect(sent(mode, pair)).toContain(expected);
  });

  it("by label too", () => {
    const columns = [
      columnOf("accountid", utf8, [ID]),
      columnOf("state", utf8, ["inactive"]),
      columnOf("status", utf8, ["open"]),
      columnOf("note", nothing, [null]),
    ];
    const request = {
      mode: "UPDATE",
      matchOn: ["accountid"],
      ignore: ["note"],
      columns: [
        { sources: ["accountid"], target: "accountid" },
        { sources: ["state"], target: "statecode", choice: { by: "LABEL" } },
        { sources: ["status"], target: "statuscode", choice: { by: "LABEL" } },
      ],
    } as const;
    expect(requestsOf({ columns, table, request })).toContain("does not belong to the state beside it");
  });

  it("is none where the column holds nothing at all", () => {
    const columns = [columnOf("accountid", utf8, [ID]), columnOf("statecode", nothing, [null])];
    expect(requestsOf({ columns, table, request: { mode: "INSERT" } })).toEqual([
      `POST accounts {"accountid":"${ID}"}`,
    ]);
  });
});
