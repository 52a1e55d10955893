import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import type { Mapping } from "../../../../server/dataverse/mapping/mapping.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { namesPartition } from "../../../../server/dataverse/rows/elastic.ts";
import { text } from "../../../support/columns.ts";
import { attribute, encodeRow, ID, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";

const key = { logicalName: "k", attributes: ["accountid", "partitionid"], active: true, indexStatus: "Active" };
const messages = new Set(["CreateMultiple", "UpdateMultiple", "UpsertMultiple", "DeleteMultiple"]);
const writeOnce = { validForUpdate: false, maxLength: 1024 };
const readings = tableOf(
  [
    attribute("partitionid", "text", writeOnce),
    attribute("name", "text", { maxLength: 20 }),
    attribute("count", "integer"),
    attribute("timezoneruleversionnumber", "integer"),
    attribute("madeby", "text", { validForCreate: false, validForUpdate: false }),
  ],
  { keys: [key], tableType: "Elastic", messages },
);

const id = text("accountid", [ID]);
const partition = (value: string | null): Column => text("partitionid", [value]);
const name = text("name", ["x"]);

function refusal(request: Partial<PublishRequest>, columns: readonly Column[] = [id, partition("p"), name]): string {
  try {
    mappingOf({ columns, table: readings, request: { matchOn: ["accountid"], ...request } });
    return "accepted";
  } catch (refused) {
    return String(refused);
  }
}

function mapping(request: Partial<PublishRequest>, columns: readonly Column[] = [id, partition("p"), name]): Mapping {
  return mappingOf({ columns, table: readings, request: { matchOn: ["accountid"], ...request } });
}

function encoded(request: Partial<PublishRequest>, value: string | null, way: "batch" | "bulk"): string {
  const row = encodeRow({ columns: [id, partition(value), name], table: readings, request }, 0, ID, way);
  return typeof row === "string" ? row : row.message;
}

describe("rows of an elastic table", () => {
  const update: Partial<PublishRequest> = { mode: "UPDATE", matchOn: ["accountid"] };

  it("are named by id and partition where a column maps to the partition, whether it is in matchOn or not", () => {
    for (const matchOn of [["accountid"], ["accountid", "partitionid"]]) {
      const found = mapping({ mode: "UPDATE", matchOn });
      expect(namesPartition(found.request, found.table)).toBe(true);
      expect(found.matchKey).toMatchObject({ kind: "alternate", key });
    }
  });

  it("are named by their id alone where nothing maps to the partition, which is said", () => {
    const found = mapping({ mode: "UPDATE" }, [id, name]);
    expect(found.matchKey.kind).toBe("primary");
    expect(found.warnings.join()).toContain("No input column maps to partitionid");
    const ignored = mapping({ mode: "UPDATE", ignore: ["partitionid"] });
    expect(ignored.matchKey.kind).toBe("primary");
  });

  it("stand in a URL with both parts of their key", () => {
    const part = encoded(update, "dev'1", "batch");
    expect(part).toContain(`PATCH /api/data/v9.2/accounts(accountid=${ID},partitionid='dev''1')`);
    expect(part).toContain('{"name":"x"}');
  });

  it("that are upserted hold their partition in the body as well, which would be erased with all that is left out", () => {
    const part = encoded({ mode: "UPSERT", matchOn: ["accountid"], replaceRow: true }, "dev-1", "batch");
    expect(part).toContain(`PATCH /api/data/v9.2/accounts(accountid=${ID},partitionid='dev-1')`);
    expect(part).toContain('{"partitionid":"dev-1","name":"x"}');
  });

  it("stand among the properties of a target with both parts", () => {
    const target = { "@odata.type": "Microsoft.Dynamics.CRM.account", accountid: ID, partitionid: 'dev "1"' };
    expect(JSON.parse(encoded(update, 'dev "1"', "bulk").slice(1))).toEqual({ ...target, name: "x" });
    const columns = [id, partition("p")];
    const request: Partial<PublishRequest> = { mode: "DELETE", matchOn: ["accountid"] };
    const row = encodeRow({ columns, table: readings, request }, 0, ID, "bulk");
    expect(JSON.parse(String(row).slice(1))).toEqual({ ...target, partitionid: "p" });
  });

  it.each(["batch", "bulk"] as const)("of a partition that no URL can name are refused by %s", (way) => {
    expect(encoded(update, "dev/1", way)).toContain("The value for partitionid is key text with one of");
    expect(encoded(update, null, way)).toContain("The value for partitionid is null");
  });

  it("are created with any partition, or none", () => {
    for (const way of ["batch", "bulk"] as const) {
      expect(encoded({ mode: "INSERT" }, "dev/1", way)).toContain('"partitionid":"dev/1"');
      expect(encoded({ mode: "INSERT" }, null, way)).toContain('"partitionid":null');
    }
  });

  it("are told apart by both parts", () => {
    const batch = [text("accountid", [ID, ID]), text("partitionid", ["a", "b"])];
    const encoder = mapping({ mode: "DELETE" }, batch).encoder("batch");
    encoder.bind({ rows: 2, bytes: 0, columns: batch });
    expect(encoder.foldedKey(0, undefined)).not.toBe(encoder.foldedKey(1, undefined));
  });
});

describe("an upsert of an elastic table", () => {
  const count = text("ignored", [""]);

  it("is refused by the names of what it would erase, but not of what the service keeps for itself", () => {
    const said = refusal({ mode: "UPSERT" });
    expect(said).toContain("erases every attribute that is left out (count): map them");
  });

  it("is taken where every attribute is mapped, but not if a null leaves one out", () => {
    const whole = readings.attributes.get("count");
    const columns = [
      id,
      partition("p"),
      name,
      { ...text("count", [null]), field: { ...count.field, name: "count", type: { kind: "null" } as const } },
    ];
    expect(whole).toBeDefined();
    expect(refusal({ mode: "UPSERT" }, columns)).toBe("accepted");
    expect(refusal({ mode: "UPSERT", nulls: "IGNORE" }, columns)).toContain("erases what a null leaves out");
  });

  it("is taken when it is said that the row is replaced", () => {
    expect(refusal({ mode: "UPSERT", replaceRow: true, nulls: "IGNORE" })).toBe("accepted");
  });

  it("alone erases: an update and an insert are taken", () => {
    expect(refusal({ mode: "UPDATE" })).toBe("accepted");
    expect(refusal({ mode: "INSERT", matchOn: [] })).toBe("accepted");
  });
});

describe("replaceRow", () => {
  it("has no part in another table, which is said", () => {
    const table = { ...readings, tableType: "Standard" };
    const request: Partial<PublishRequest> = { mode: "UPSERT", matchOn: ["accountid"], replaceRow: true };
    const { warnings } = mappingOf({ columns: [id, name], table, request });
    expect(warnings.join()).toContain("replaceRow has no part");
  });
});
