import { describe, expect, it } from "vitest";
import type { PartReply } from "../../../server/dataverse/batch-reply.ts";
import type { Mapping } from "../../../server/dataverse/mapping.ts";
import { compareReadBack, readBackParts } from "../../../server/dataverse/read-back.ts";
import {
  byContact,
  byParent,
  byRegion,
  mappingFor,
  operation,
  otherId,
  refusal,
  reply,
  rowId,
} from "./wire-mapping.ts";

const insert = mappingFor("INSERT", { lookups: [byContact, byParent, byRegion] });
const update = mappingFor("UPDATE", { lookups: [byContact, byParent, byRegion] });

function posted(properties: Record<string, unknown>): Buffer {
  return operation("POST", "accounts", JSON.stringify({ accountid: rowId, ...properties }));
}

function stored(columns: Record<string, unknown>): PartReply {
  return reply(200, { "@odata.etag": 'W/"1"', accountid: rowId, ...columns });
}

function urls(part: Buffer, mapping: Mapping, id?: string): string[] {
  return readBackParts(part, mapping, id).map((get) => /GET (\S+) HTTP/.exec(get.toString())?.[1] ?? "");
}

const root = "/api/data/v9.2/";

describe("readBackParts", () => {
  it("reads an INSERT by its id, with the attributes that were sent", () => {
    expect(urls(posted({ name: "x", revenue: 5 }), insert, rowId)).toEqual([
      `${root}accounts(${rowId})?$select=accountid,name,revenue`,
    ]);
  });

  it("takes the id from the body when it was mapped", () => {
    expect(urls(posted({}), insert)).toEqual([`${root}accounts(${rowId})?$select=accountid`]);
  });

  it("refuses an INSERT without any id as a defect of ours", () => {
    const part = operation("POST", "accounts", '{"name":"x"}');
    expect(() => readBackParts(part, insert, undefined)).toThrow(expect.objectContaining({ code: "internal" }));
  });

  it("reads by the address that was written to, be it a key", () => {
    const part = operation("PATCH", "accounts(accountnumber='A%2D1')", '{"name":"x"}');
    expect(urls(part, update)).toEqual([`${root}accounts(accountnumber='A%2D1')?$select=accountid,name`]);
  });

  it("reads a lookup by its column, and resolves one that was bound by key", () => {
    const part = posted({
      "primarycontactid@odata.bind": `/contacts(${otherId})`,
      "new_Region@odata.bind": "/new_regions(new_code='EU')",
    });
    expect(urls(part, insert)).toEqual([
      `${root}accounts(${rowId})?$select=accountid,_primarycontactid_value,_new_region_value`,
      `${root}new_regions(new_code='EU')?$select=new_regionid`,
    ]);
  });

  it("leaves out what cannot be read", () => {
    expect(urls(posted({ new_secret: "x" }), insert)).toEqual([`${root}accounts(${rowId})?$select=accountid`]);
  });

  it("reads a deleted row for its being there", () => {
    const part = operation("DELETE", `accounts(${rowId})`);
    expect(urls(part, mappingFor("DELETE"))).toEqual([`${root}accounts(${rowId})?$select=accountid`]);
  });
});

describe("compareReadBack", () => {
  const compare = (part: Buffer, ...replies: readonly PartReply[]): unknown => compareReadBack(part, insert, replies);

  it("is the same when every attribute is", () => {
    const part = posted({ name: "x", revenue: 5, creditonhold: true, description: null });
    expect(compare(part, stored({ name: "x", revenue: 5, creditonhold: true, description: null }))).toEqual({
      kind: "same",
      id: rowId,
    });
  });

  it("compares numbers by their digits, which a JavaScript number would lose", () => {
    const part = operation("POST", "accounts", `{"accountid":"${rowId}","new_serial":9007199254740993}`);
    const at = (digits: string): PartReply => reply(200, `{"accountid":"${rowId}","new_serial":${digits}}`);
    expect(compare(part, at("9007199254740993"))).toMatchObject({ kind: "same" });
    expect(compare(part, at("9007199254740992"))).toMatchObject({ kind: "different" });
  });

  it("is different when one attribute is", () => {
    expect(compare(posted({ name: "x", revenue: 5 }), stored({ name: "y", revenue: 5 }))).toEqual({
      kind: "different",
      id: rowId,
    });
  });

  it("takes an attribute that is not in the reply for null", () => {
    expect(compare(posted({ name: null }), stored({}))).toMatchObject({ kind: "same" });
    expect(compare(posted({ name: "x" }), stored({}))).toMatchObject({ kind: "different" });
  });

  it.each(["0x80040217", "0x80060891"])("is absent when the service says so (%s)", (code) => {
    expect(compare(posted({}), refusal(404, code))).toEqual({ kind: "absent" });
    expect(compare(posted({}), refusal(400, code))).toEqual({ kind: "absent" });
  });

  it("is absent by text where the code is empty", () => {
    expect(compare(posted({}), refusal(404, "", "account With Id = x Does Not Exist"))).toEqual({ kind: "absent" });
  });

  it.each([
    ["a wrong address", refusal(404, "0x8006088a", "Resource not found for the segment 'accounts'.")],
    ["a gateway's 404", reply(404, "<html>")],
    ["a refusal", refusal(403, "0x80040220")],
    ["a failure", reply(503)],
    ["no JSON", reply(200, "<html>")],
    ["an error with 200", reply(200, { accountid: rowId, error: { code: "0x80040216", message: "" } })],
    ["no id", reply(200, { name: "x" })],
    ["another row, as if the parts had changed places", reply(200, { accountid: otherId, name: "x" })],
    ["204", reply(204)],
  ])("is unreadable after %s", (_name, answer) => {
    expect(compare(posted({ name: "x" }), answer)).toEqual({ kind: "unreadable" });
  });

  it("is unreadable when replies are missing or too many", () => {
    expect(compare(posted({ name: "x" }))).toEqual({ kind: "unreadable" });
    expect(compare(posted({ name: "x" }), stored({ name: "x" }), stored({}))).toEqual({ kind: "unreadable" });
  });

  it("is unreadable when all that was sent cannot be read: nothing compared is not the same", () => {
    const part = operation("PATCH", `accounts(${rowId})`, '{"new_secret":"x"}');
    expect(compareReadBack(part, update, [stored({})])).toEqual({ kind: "unreadable" });
  });

  it("is unreadable when a property is no attribute of the table", () => {
    expect(compare(posted({ gone: 1 }), stored({}))).toEqual({ kind: "unreadable" });
  });

  it("never takes a row that is still there for deleted", () => {
    const part = operation("DELETE", `accounts(${rowId})`);
    expect(compareReadBack(part, mappingFor("DELETE"), [stored({})])).toEqual({ kind: "different", id: rowId });
  });

  it("learns the id of a row that is addressed by key", () => {
    const part = operation("PATCH", "accounts(accountnumber='A-1')", '{"name":"x"}');
    expect(compareReadBack(part, update, [stored({ name: "x" })])).toEqual({ kind: "same", id: rowId });
  });
});

describe("a lookup read back", () => {
  const byId = posted({ "primarycontactid@odata.bind": `/contacts(${otherId})` });
  const byKey = posted({ "new_Region@odata.bind": "/new_regions(new_code='EU')" });
  const compare = (part: Buffer, ...replies: readonly PartReply[]): unknown =>
    compareReadBack(part, insert, replies).kind;

  it.each([
    ["the same row", otherId.toUpperCase(), "same"],
    ["another row", rowId, "different"],
    ["no row", null, "different"],
  ])("bound by id to %s", (_name, value, expected) => {
    expect(compare(byId, stored({ _primarycontactid_value: value }))).toBe(expected);
  });

  it.each([
    ["the same row", reply(200, { new_regionid: otherId }), "same"],
    ["another row", reply(200, { new_regionid: rowId }), "different"],
    ["a row that is gone", refusal(404, "0x80060891"), "different"],
    ["a row that cannot be read", reply(500), "unreadable"],
    ["a row without an id", reply(200, {}), "unreadable"],
  ])("bound by key to %s", (_name, referent, expected) => {
    expect(compare(byKey, stored({ _new_region_value: otherId }), referent)).toBe(expected);
  });

  it.each([
    ["stays cleared", null, "same"],
    ["points somewhere", rowId, "different"],
  ])("cleared: it %s", (_name, value, expected) => {
    expect(compare(posted({ "primarycontactid@odata.bind": null }), stored({ _primarycontactid_value: value }))).toBe(
      expected,
    );
    expect(compare(posted({ primarycontactid: null }), stored({ _primarycontactid_value: value }))).toBe(expected);
  });
});
