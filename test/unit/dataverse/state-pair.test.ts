import { describe, expect, it } from "vitest";
import { columnOf, int, utf8 } from "../../support/dataverse/columns.ts";
import type { Scene } from "../../support/dataverse/tables.ts";
import { attribute, encodeRow, ID, optionsOf, tableOf } from "../../support/dataverse/tables.ts";

const states = optionsOf({ 0: "Active", 1: "Inactive" });
const statuses = new Map([
  [1, { label: "Open", labels: new Map(), state: 0 }],
  [2, { label: "Closed", labels: new Map(), state: 1 }],
]);
const table = tableOf([
  attribute("statecode", "state", { options: states }),
  attribute("statuscode", "status", { options: statuses }),
]);

function pair(state: bigint | null, status: bigint | null): string {
  const columns = [
    columnOf("accountid", utf8, [ID]),
    columnOf("statecode", int(32), [state]),
    columnOf("statuscode", int(32), [status]),
  ];
  return outcome({ columns, table, request: { mode: "UPDATE", matchOn: ["accountid"] } });
}

function outcome(scene: Scene): string {
  const encoded = encodeRow(scene);
  return typeof encoded === "string" ? "sent" : encoded.message;
}

describe("a status beside its state", () => {
  it.each([
    [0n, 1n],
    [1n, 2n],
    [null, 2n],
    [1n, null],
  ])("is sent where they fit, or where one is not told: %s, %s", (state, status) => {
    expect(pair(state, status)).toBe("sent");
  });

  it("is refused where it belongs to another", () => {
    expect(pair(0n, 2n)).toBe("The value for statuscode is a status that does not belong to the state beside it.");
  });

  it("is refused as itself where it is no option, or its state is none", () => {
    expect(pair(0n, 9n)).toContain("not among its 2 options");
    expect(pair(7n, 1n)).toContain("The value for statecode is a choice value that is not among its 2 options");
  });

  it("fits by label too", () => {
    const columns = [
      columnOf("accountid", utf8, [ID]),
      columnOf("state", utf8, ["inactive"]),
      columnOf("status", utf8, ["open"]),
    ];
    const request = {
      mode: "UPDATE",
      matchOn: ["accountid"],
      columns: [
        { sources: ["accountid"], target: "accountid" },
        { sources: ["state"], target: "statecode", choice: { by: "LABEL" } },
        { sources: ["status"], target: "statuscode", choice: { by: "LABEL" } },
      ],
    } as const;
    expect(outcome({ columns, table, request })).toContain("does not belong to the state beside it");
  });
});

describe("a status alone", () => {
  const alone = (mode: "INSERT" | "UPDATE"): string => {
    const key = mode === "INSERT" ? [] : [columnOf("accountid", utf8, [ID])];
    const columns = [...key, columnOf("statuscode", int(32), [2n])];
    return outcome({ columns, table, request: { mode, matchOn: mode === "INSERT" ? [] : ["accountid"] } });
  };

  it("must belong to the state that a new row begins in", () => {
    expect(alone("INSERT")).toContain("a status of another state than the one that a new row begins in");
  });

  it("is the service's to judge where the row is there", () => {
    expect(alone("UPDATE")).toBe("sent");
  });
});
