import { describe, expect, it } from "vitest";
import { Guid } from "../../../../server/core/guid.ts";
import type { Found } from "../../../../server/dataverse/keys/found.ts";
import { nothingFound } from "../../../../server/dataverse/keys/found.ts";
import type { Table } from "../../../../server/dataverse/metadata/tables.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { recordBatch, text } from "../../../support/columns.ts";
import { email, partyColumn, partyRelated } from "../../../support/dataverse/activities.ts";
import type { Scene } from "../../../support/dataverse/tables.ts";
import { attribute, ID, mappingOf } from "../../../support/dataverse/tables.ts";

const keyed: Table = {
  ...email,
  attributes: new Map([...email.attributes, ["code", attribute("code", "text")]]),
  keys: [{ logicalName: "by_code", attributes: ["code"], active: true, indexStatus: "Active" }],
};

function sceneOf(matchOn: string, key = matchOn === "activityid" ? ID : "A1", table = keyed): Scene {
  const columns = [text(matchOn, [key]), text("about", ["s"]), partyColumn("to", [[{ addressused: "x@example.com" }]])];
  const request = {
    mode: "UPSERT",
    matchOn: [matchOn],
    columns: [
      { sources: [matchOn], target: matchOn },
      ...(matchOn === "subject" ? [] : [{ sources: ["about"], target: "subject" }]),
      { sources: ["to"], target: "to", onlyOn: "CREATE" },
    ],
    ignore: matchOn === "subject" ? ["about"] : [],
  } as const;
  return { columns, table, request, related: partyRelated };
}

/** Request line, conditions and body of a step. */
function sent(scene: Scene, step: number, found: Found = nothingFound, id?: string): string {
  const encoder = mappingOf(scene).encoder("batch");
  encoder.bind(recordBatch(...scene.columns), found);
  const out = new Bytes(64);
  const failure = encoder.encode(0, step, id === undefined ? id : Guid.of(id), out);
  if (failure !== undefined) return failure.code;
  const [, head = "", body = ""] = out.view(0, out.length).toString("utf8").split("\r\n\r\n");
  return `${head.replace("/api/data/v9.2/", "").replace(" HTTP/1.1\r\n", " | ")} | ${body.trim()}`;
}

const parties = `"email_activity_parties":[{"participationtypemask":2,"addressused":"x@example.com"}]`;
const json = "Content-Type: application/json";

describe("an upsert with parties", () => {
  it("creates by a POST with the key among the values, and updates without parties", () => {
    const scene = sceneOf("code");
    expect(sent(scene, 0)).toBe(`POST emails | ${json} | {"code":"A1","subject":"s",${parties}}`);
    expect(sent(scene, 1)).toBe(`PATCH emails(code='A1') | ${json}\r\nIf-Match: * | {"subject":"s"}`);
    expect(mappingOf(scene)).toMatchObject({ updateStep: 1, steps: 2, strategy: "BATCH" });
  });

  it("creates with its primary key", () => {
    const scene = sceneOf("activityid");
    expect(sent(scene, 0)).toBe(`POST emails | ${json} | {"activityid":"${ID}","subject":"s",${parties}}`);
    expect(sent(scene, 1)).toBe(`PATCH emails(${ID}) | ${json}\r\nIf-Match: * | {"subject":"s"}`);
  });

  it.each([true, false])(
    "creates under the id that was found or made for a key that no URL can name: %s",
    (isThere) => {
      const scene = sceneOf("code", "A/1");
      const found = { ids: [ID], absent: new Set(isThere ? [] : [0]), references: new Map() };
      expect(sent(scene, 0, found, ID)).toBe(
        `POST emails | ${json} | {"activityid":"${ID}","code":"A/1","subject":"s",${parties}}`,
      );
      expect(sent(scene, 1, found, ID)).toContain(`PATCH emails(${ID})`);
    },
  );

  it("goes by the ids of a key that is none", () => {
    const found = { ids: [ID], absent: new Set([0]), references: new Map() };
    expect(sent(sceneOf("subject", "s"), 0, found, ID)).toMatch(/^POST emails .*"subject":"s"/s);
  });

  it("tells rows apart by their key", () => {
    const keyOf = (scene: Scene): number => {
      const encoder = mappingOf(scene).encoder("batch");
      encoder.bind(recordBatch(...scene.columns));
      return encoder.foldedKey(0, undefined);
    };
    expect(keyOf(sceneOf("code", "a1"))).toBe(keyOf(sceneOf("code", "A1 ")));
    expect(keyOf(sceneOf("code", "a2"))).not.toBe(keyOf(sceneOf("code", "A1")));
  });

  it("is refused where the key cannot be given to a new row", () => {
    const code = attribute("code", "text", { validForCreate: false });
    const table = { ...keyed, attributes: new Map([...keyed.attributes, ["code", code]]) };
    expect(() => mappingOf(sceneOf("code", "A1", table))).toThrow("code cannot be set when a row is created");
  });
});
