import { describe, expect, it } from "vitest";
import { ReadBackPlan, rowOf } from "../../../../server/dataverse/answers/read-back.ts";
import type { PartReply } from "../../../../server/dataverse/wire/batch-reply.ts";
import { parseObject } from "../../../../server/dataverse/wire/operation.ts";
import {
  accounts,
  byContact,
  byParent,
  byRegion,
  mappingFor,
  operation,
  otherId,
  refusal,
  reply,
  rowId,
} from "../wire-mapping.ts";

const lookups = [byContact, byParent, byRegion];
const insert = new ReadBackPlan(mappingFor("INSERT", { lookups }));
const update = new ReadBackPlan(mappingFor("UPDATE", { lookups }));

function posted(properties: Record<string, unknown>): Buffer {
  return operation("POST", "accounts", JSON.stringify({ accountid: rowId, ...properties }));
}

function columns(part: Buffer): readonly string[] {
  return insert.columns([insert.asked(part, undefined)]);
}

/** @param stored JSON of the row, or what its columns hold. */
function compare(part: Buffer, stored: string | Record<string, unknown>, plan = insert): unknown {
  const text = typeof stored === "string" ? stored : JSON.stringify({ accountid: rowId, ...stored });
  return plan.compare(plan.asked(part, undefined), parseObject(text) ?? {}, new Map());
}

describe("what is asked of a row", () => {
  it("is also what it took along that no column maps to", () => {
    const keyed = new ReadBackPlan({ ...mappingFor("INSERT"), targets: [] });
    expect(keyed.columns([keyed.asked(posted({ accountnumber: "A" }), undefined)])).toEqual([
      "accountid",
      "accountnumber",
    ]);
  });

  it("is the attributes that were sent, of all operations at once", () => {
    const asked = [posted({ name: "x", revenue: 5 }), posted({ description: null })];
    expect(insert.columns(asked.map((part) => insert.asked(part, undefined)))).toEqual([
      "accountid",
      "name",
      "revenue",
      "description",
    ]);
  });

  it("is a lookup by its column", () => {
    expect(columns(posted({ "primarycontactid@odata.bind": `/contacts(${otherId})` }))).toEqual([
      "accountid",
      "_primarycontactid_value",
    ]);
  });

  it("leaves out what cannot be read", () => {
    expect(columns(posted({ new_secret: "x" }))).toEqual(["accountid"]);
  });

  it("is asked of the id in the body, in the URL, or that was minted", () => {
    expect(insert.asked(posted({}), undefined).id).toBe(rowId);
    expect(update.asked(operation("PATCH", `accounts(${otherId})`, "{}"), undefined).id).toBe(otherId);
    expect(insert.asked(operation("POST", "accounts", "{}"), rowId.toUpperCase()).id).toBe(rowId);
  });

  it("is asked of no id where a key names the row", () => {
    expect(update.asked(operation("PATCH", "accounts(accountnumber='A%2D1')", "{}"), undefined).id).toBeUndefined();
  });
});

describe("a row that others of its key followed", () => {
  const upsert = new ReadBackPlan(mappingFor("UPSERT", { lookups }));
  const url = `accounts(${rowId})`;
  const patch = (body: Record<string, unknown>): ReturnType<typeof upsert.asked> =>
    upsert.asked(operation("PATCH", url, JSON.stringify(body)), undefined);

  function compareChain(stored: Record<string, unknown>, ...bodies: readonly Record<string, unknown>[]): unknown {
    const [first = patch({}), ...others] = bodies.map(patch);
    return upsert.compareChain([first, ...others], { accountid: rowId, ...stored }, new Map());
  }

  it("stands with what they left alone of it", () => {
    const stored = { name: "x", description: "new" };
    expect(compareChain(stored, { name: "x", description: "old" }, { description: "new" })).toEqual({
      kind: "superseded",
      id: rowId,
      rows: 2,
      stands: true,
      hides: false,
    });
  });

  it("stands as the last of those that wrote the same", () => {
    expect(compareChain({ name: "x" }, { name: "x" }, { name: "y" }, { name: "x" })).toMatchObject({ rows: 3 });
  });

  it("is told apart from one after it that was refused and left no value behind", () => {
    const stored = { name: "z", description: "first" };
    const [first, refused, last] = [
      { name: "x", description: "first" },
      { name: "y", description: "no" },
      { name: "z" },
    ];
    expect(compareChain(stored, first, refused, last)).toMatchObject({ rows: 1, stands: false });
    expect(compareChain(stored, refused, last)).toMatchObject({ kind: "different" });
  });

  it("is not taken for theirs where a value of its own is missing", () => {
    const stored = { name: "other", description: "new" };
    expect(compareChain(stored, { name: "x", description: "old" }, { description: "new" })).toEqual({
      kind: "different",
      id: rowId,
    });
  });

  it("tells where something of it does not show", () => {
    expect(compareChain({ name: "y" }, { name: "x", new_secret: "1" }, { name: "y", new_secret: "2" })).toEqual({
      kind: "superseded",
      id: rowId,
      rows: 2,
      stands: true,
      hides: true,
    });
  });

  it("is not taken for theirs where something of it does not show, and they left that alone", () => {
    const [first, last] = [{ name: "x", new_secret: "1" }, { name: "y" }];
    expect(compareChain({ name: "y" }, first, last)).toMatchObject({ kind: "different" });
    expect(compareChain({ name: "y" }, { name: "z" }, first, last)).toMatchObject({ rows: 1, stands: false });
  });

  it("is unreadable where it is another row", () => {
    const row = { accountid: otherId, name: "y" };
    expect(upsert.compareChain([patch({ name: "x" }), patch({ name: "y" })], row, new Map())).toEqual({
      kind: "unreadable",
    });
  });
});

describe("the address of a row", () => {
  const root = "/api/data/v9.2/accounts";

  it("is the one that was written to", () => {
    const part = operation("PATCH", "accounts(accountnumber='A%2D1')", '{"name":"x"}');
    expect(update.path(update.asked(part, undefined), ["accountid"])).toBe(
      `${root}(accountnumber='A%2D1')?$select=accountid`,
    );
  });

  it("is the id of a row that was created", () => {
    expect(insert.path(insert.asked(posted({}), undefined), ["accountid"])).toBe(`${root}(${rowId})?$select=accountid`);
  });

  it("names the partition of an elastic row", () => {
    const mapping = mappingFor("INSERT");
    const elastic = new ReadBackPlan({ ...mapping, table: { ...accounts, tableType: "Elastic" } });
    const asked = elastic.asked(posted({ partitionid: "it's" }), undefined);
    expect(elastic.path(asked, ["accountid"])).toBe(`${root}(${rowId})?partitionId='it''s'&$select=accountid`);
  });

  it("is missing for an INSERT without any id, a defect of ours", () => {
    const part = operation("POST", "accounts", '{"name":"x"}');
    const path = (): string => insert.path(insert.asked(part, undefined), []);
    expect(path).toThrow(expect.objectContaining({ code: "internal" }));
  });
});

describe("a row read back", () => {
  it("is the same when every attribute is", () => {
    const row = { name: "x", revenue: 5, creditonhold: true, description: null };
    expect(compare(posted(row), row)).toEqual({ kind: "same", id: rowId });
  });

  it("compares numbers by their digits, which a JavaScript number would lose", () => {
    const part = operation("POST", "accounts", `{"accountid":"${rowId}","new_serial":9007199254740993}`);
    const at = (digits: string): string => `{"accountid":"${rowId}","new_serial":${digits}}`;
    expect(compare(part, at("9007199254740993"))).toMatchObject({ kind: "same" });
    expect(compare(part, at("9007199254740992"))).toMatchObject({ kind: "different" });
  });

  it("is different when one attribute is", () => {
    const part = posted({ name: "x", revenue: 5 });
    expect(compare(part, { name: "y", revenue: 5 })).toEqual({ kind: "different", id: rowId });
  });

  it("takes an attribute that was not read for null", () => {
    expect(compare(posted({ name: null }), {})).toMatchObject({ kind: "same" });
    expect(compare(posted({ name: "x" }), {})).toMatchObject({ kind: "different" });
  });

  it.each([
    ["it has no id", '{"name":"x"}'],
    ["it is another row, as if replies had changed places", `{"accountid":"${otherId}","name":"x"}`],
  ])("is unreadable when %s", (_name, stored) => {
    expect(compare(posted({ name: "x" }), stored)).toEqual({ kind: "unreadable" });
  });

  it("is unreadable when all that was sent cannot be read: nothing compared is not the same", () => {
    const part = operation("PATCH", `accounts(${rowId})`, '{"new_secret":"x"}');
    expect(compare(part, {}, update)).toEqual({ kind: "unreadable" });
  });

  it("is not the same for a change of which a part cannot be read; a create has written all or nothing", () => {
    const sent = '{"name":"x","new_secret":"new"}';
    const changed = operation("PATCH", `accounts(${rowId})`, sent);
    expect(compare(changed, { name: "x" }, update)).toEqual({ kind: "unreadable" });
    expect(compare(changed, { name: "y" }, update)).toEqual({ kind: "different", id: rowId });
    expect(compare(posted({ name: "x", new_secret: "new" }), { name: "x" })).toEqual({ kind: "same", id: rowId });
  });

  it("is not the same where an upsert erases what it leaves out", () => {
    const mapping = mappingFor("UPSERT");
    const table = { ...accounts, tableType: "Elastic" };
    const part = operation("PATCH", `accounts(${rowId})`, '{"name":"x"}');
    const likeness = (replaceRow: boolean): unknown =>
      compare(
        part,
        { name: "x" },
        new ReadBackPlan({ ...mapping, table, request: { ...mapping.request, replaceRow } }),
      );
    expect([likeness(true), likeness(false)]).toEqual([{ kind: "unreadable" }, { kind: "same", id: rowId }]);
  });

  it("is unreadable when a property is no attribute of the table", () => {
    expect(compare(posted({ gone: 1 }), {})).toEqual({ kind: "unreadable" });
  });

  it("never counts as deleted while it is there", () => {
    const part = operation("DELETE", `accounts(${rowId})`);
    expect(compare(part, {}, new ReadBackPlan(mappingFor("DELETE")))).toEqual({ kind: "different", id: rowId });
  });

  it("tells the id of a row that is addressed by key", () => {
    const part = operation("PATCH", "accounts(accountnumber='A-1')", '{"name":"x"}');
    expect(compare(part, { name: "x" }, update)).toEqual({ kind: "same", id: rowId });
  });
});

describe("a lookup read back", () => {
  const byId = posted({ "primarycontactid@odata.bind": `/contacts(${otherId})` });
  const url = "/new_regions(new_code='E%2FU%20''x''')";
  const byKey = insert.asked(posted({ "new_Region@odata.bind": url }), undefined);

  it.each([
    ["the same row", otherId.toUpperCase(), "same"],
    ["another row", rowId, "different"],
    ["no row", null, "different"],
  ])("bound by id to %s", (_name, value, kind) => {
    expect(compare(byId, { _primarycontactid_value: value })).toMatchObject({ kind });
  });

  it("bound by key names the row to look for, as the key was meant", () => {
    expect(insert.references(byKey)).toEqual([
      expect.objectContaining({ url, key: ["E/U 'x'"], table: expect.objectContaining({ logicalName: "new_region" }) }),
    ]);
  });

  it("bound by a key with a lookup in it names that by its GUID", () => {
    const part = posted({ "new_Region@odata.bind": `/new_regions(new_code='A',_new_contact_value=${otherId})` });
    const [reference] = insert.references(insert.asked(part, undefined));
    expect(reference?.by.map(({ logicalName }) => logicalName)).toEqual(["new_code", "new_contact"]);
    expect(reference?.key).toEqual(["A", otherId]);
  });

  it.each(["/new_regions(gone='EU')", "/new_regions()", "/elsewhere(new_code='EU')"])(
    "by something that names no row of a known table is left in doubt (%s)",
    (address) => {
      expect(insert.references(insert.asked(posted({ "new_Region@odata.bind": address }), undefined))).toEqual([]);
    },
  );

  it.each([
    ["the same row", new Map([[url, otherId]]), "same"],
    ["another row", new Map([[url, rowId]]), "different"],
    ["a row that is gone", new Map([[url, ""]]), "different"],
    ["a row that cannot be read", new Map(), "unreadable"],
  ])("bound by key to %s", (_name, referents, kind) => {
    const row = { accountid: rowId, _new_region_value: otherId };
    expect(insert.compare(byKey, row, referents)).toMatchObject({ kind });
  });

  it.each([
    ["stays cleared", null, "same"],
    ["points somewhere", rowId, "different"],
  ])("cleared: it %s", (_name, value, kind) => {
    for (const property of ["primarycontactid@odata.bind", "primarycontactid"]) {
      expect(compare(posted({ [property]: null }), { _primarycontactid_value: value })).toMatchObject({ kind });
    }
  });

  it("that is part of the key of a new row is compared, though it is no target", () => {
    const navigation = new Map([["new_region", new Map([["new_region", "new_Region"]])]]);
    const plan = new ReadBackPlan({ ...mappingFor("UPSERT"), table: { ...accounts, navigation } });
    const part = posted({ "new_Region@odata.bind": `/new_regions(${otherId})` });
    expect(compare(part, { _new_region_value: otherId }, plan)).toMatchObject({ kind: "same" });
    expect(compare(part, { _new_region_value: rowId }, plan)).toMatchObject({ kind: "different" });
  });
});

describe("the reply to a row's address", () => {
  it.each(["0x80040217", "0x80060891"])("is absent when the service says so (%s)", (code) => {
    expect(rowOf(refusal(404, code))).toBe("absent");
    expect(rowOf(refusal(400, code))).toBe("absent");
  });

  it("is absent by text where the code is empty", () => {
    expect(rowOf(refusal(404, "", "account With Id = x Does Not Exist"))).toBe("absent");
  });

  it.each<[string, PartReply]>([
    ["a wrong address", refusal(404, "0x8006088a", "Resource not found for the segment 'accounts'.")],
    ["a gateway's 404", reply(404, "<html>")],
    ["a refusal", refusal(403, "0x80040220")],
    ["a failure", reply(503)],
    ["no JSON", reply(200, "<html>")],
    ["an error with 200", reply(200, { accountid: rowId, error: { code: "0x80040216", message: "" } })],
    ["204", reply(204)],
  ])("is unreadable after %s", (_name, answer) => {
    expect(rowOf(answer)).toBeUndefined();
  });

  it("is the row", () => {
    expect(rowOf(reply(200, { accountid: rowId }))).toEqual({ accountid: rowId });
  });
});
