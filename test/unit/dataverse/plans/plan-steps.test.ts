import { describe, expect, it } from "vitest";
import { binary } from "../../../support/columns.ts";
import { columnOf, int, utf8 } from "../../../support/dataverse/columns.ts";
import { planOf } from "../../../support/dataverse/plans.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, ID, mappingOf, optionsOf, tableOf } from "../../../support/dataverse/tables.ts";

const table = tableOf(
  [
    attribute("code", "text"),
    attribute("made", "text", { validForUpdate: false }),
    attribute("changed", "text", { validForCreate: false }),
    attribute("statecode", "state", { validForCreate: false, options: optionsOf({ 0: "Active", 1: "Inactive" }) }),
    attribute("new_doc", "file"),
  ],
  { keys: [{ logicalName: "by_code", attributes: ["code"], active: true, indexStatus: "Active" }] },
);

const made = { sources: ["made"], target: "made", onlyOn: "CREATE" } as const;
const changed = { sources: ["changed"], target: "changed", onlyOn: "UPDATE" } as const;

function sceneOf(matchOn: string, more: Scene["request"] = {}): Scene {
  const columns = [
    columnOf(matchOn, utf8, [matchOn === "code" ? "A" : ID]),
    columnOf("made", utf8, ["m"]),
    columnOf("changed", utf8, ["c"]),
    columnOf("statecode", int(32), [1n]),
    binary("new_doc", [Buffer.from("x")]),
  ];
  const same = [matchOn, "statecode", "new_doc"].map((name) => ({ sources: [name], target: name }));
  const request = { mode: "UPSERT", matchOn: [matchOn], columns: [...same, made, changed], ...more } as const;
  return { columns, table, request };
}

function lines(scene: Scene, after = -1): readonly string[] | string {
  const steps = planOf(scene, 0, after);
  return typeof steps === "string"
    ? steps
    : steps.map(({ request, headers, body }) => [request, headers, body].join(" | "));
}

const json = "Content-Type: application/json";

describe("an upsert with columns for one side", () => {
  it("creates, sets the state and sends the file where the row is new", () => {
    expect(lines(sceneOf("code"))).toEqual([
      `PATCH accounts(code='A') | ${json}; If-None-Match: * | {"made":"m"}`,
      `PATCH accounts(code='A') | ${json}; If-Match: * | {"statecode":1}`,
      "PATCH accounts(code='A')/new_doc |  | ",
    ]);
  });

  it("updates with the state in one, and sends the file, where the row is there", () => {
    const scene = sceneOf("accountid");
    const mapping = mappingOf(scene);
    expect([mapping.updateStep, mapping.steps, mapping.strategy]).toEqual([1, 4, "BATCH"]);
    expect(lines(scene, 1)).toEqual([`PATCH accounts(${ID})/new_doc |  | `]);
  });

  it("cannot go by a bulk message", () => {
    expect(() => mappingOf(sceneOf("code", { strategy: "BULK" }))).toThrow("cannot tell a create from an update");
  });
});

describe("any other upsert", () => {
  const columns = ["code", "statecode", "new_doc"].map((name) => ({ sources: [name], target: name }));
  const scene = sceneOf("code", { columns, ignore: ["made", "changed"], strategy: "AUTO" });

  it("takes no condition, and may begin by a bulk message", () => {
    const mapping = mappingOf(scene);
    expect([mapping.updateStep, mapping.steps, mapping.strategy]).toEqual([undefined, 3, "AUTO"]);
    expect(mapping.encoder("bulk").stepAfter(0, 0)).toBeUndefined();
    expect(lines(scene)[0]).toBe(`PATCH accounts(code='A') | ${json} | {}`);
  });

  it("goes by the id that was found for a key that no URL can name", () => {
    const [key, ...others] = scene.columns;
    const named = { ...scene, columns: [columnOf("code", utf8, ["A/B"]), ...others] };
    expect(key?.field.name).toBe("code");
    const mapping = mappingOf(named);
    const encoder = mapping.encoder("batch");
    const batch = { rows: 1, bytes: 0, columns: named.columns };
    encoder.bind(batch, { ids: [ID], references: new Map() });
    expect(encoder.stepAfter(0, 0)).toBe(1);
  });
});

describe("a row of one operation", () => {
  it("has no plan", () => {
    const columns = [columnOf("code", utf8, ["A"])];
    const mapping = mappingOf({ columns, table, request: { mode: "INSERT" } });
    expect([mapping.steps, mapping.encoder("batch").stepAfter(0, 0)]).toEqual([1, undefined]);
  });
});
