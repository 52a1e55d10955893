import { describe, expect, it } from "vitest";
import { Guid } from "../../../../server/core/guid.ts";
import type { BulkRequest } from "../../../../server/dataverse/answers/bulk-reply.ts";
import { readBulkReply } from "../../../../server/dataverse/answers/bulk-reply.ts";
import type { PartReply } from "../../../../server/dataverse/wire/batch-reply.ts";

const one = "6f1c5b1e-0000-4000-8000-000000000001";
const two = "6f1c5b1e-0000-4000-8000-000000000002";
const insert: BulkRequest = { mode: "INSERT", elastic: false, ids: [Guid.of(one), Guid.of(two)] };
const upsert: BulkRequest = { mode: "UPSERT", elastic: false, ids: [undefined, undefined] };

function reply(status: number, body?: unknown): PartReply {
  return { status, headers: {}, body: Buffer.from(body === undefined ? "" : JSON.stringify(body)) };
}

const error = (code: string, message = "No.", more = {}): unknown => ({ error: { code, message, ...more } });

describe("a bulk reply", () => {
  it("acknowledges creates whose ids it repeats in their order, and nothing less", () => {
    expect(readBulkReply(reply(200, { Ids: [one.toUpperCase(), two] }), insert)).toEqual({ kind: "applied" });
    expect(readBulkReply(reply(200, { Ids: [two, one] }), insert)).toEqual({ kind: "unknown" });
    expect(readBulkReply(reply(200, { Ids: [one] }), insert)).toEqual({ kind: "unknown" });
    expect(readBulkReply(reply(200, { Ids: [one, two, two] }), insert)).toEqual({ kind: "unknown" });
    expect(readBulkReply(reply(204), insert)).toEqual({ kind: "unknown" });
  });

  it.each([
    ["as the service writes them", JSON.stringify({ "@odata.context": "x", Ids: [one, two] })],
    ["with blanks", JSON.stringify({ Ids: [one, two] }, null, 2)],
    ["before something else", JSON.stringify({ Ids: [one, two], more: [1] })],
  ])("reads ids %s", (_how, body) => {
    expect(readBulkReply({ ...reply(200), body: Buffer.from(body) }, insert)).toEqual({ kind: "applied" });
  });

  it.each([
    ["are another's", JSON.stringify({ of: { Ids: [one, two] } })],
    ["are followed by others", JSON.stringify({ Ids: [one, two] }).replace("}", ',"Ids":[]}')],
    ["stand beside an error", JSON.stringify({ Ids: [one, two], error: { code: "0x80040217", message: "No." } })],
    ["are not in quotes", JSON.stringify({ Ids: [one, two] }).replace(`"${one}"`, ` ${one} `)],
    ["are not in an object", `"Ids":["${one}","${two}"]`],
    ["are cut off", `{"Ids":["${one}","${two}"]`],
    ["have no comma between them", `{"Ids":["${one}" "${two}"]}`],
    ["are not closed", `{"Ids":["${one}","${two}"}`],
    ["are one too many", `{"Ids":["${one}","${two}",]}`],
  ])("believes no ids that %s", (_how, body) => {
    expect(readBulkReply({ ...reply(200), body: Buffer.from(body) }, insert)).toEqual({ kind: "unknown" });
  });

  it("takes the ids that it was not given as they come", () => {
    const some = { ...insert, ids: [Guid.of(one), undefined] };
    expect(readBulkReply(reply(200, { Ids: [one, two] }), some)).toEqual({ kind: "applied" });
  });

  it("acknowledges updates and upserts by an empty success", () => {
    expect(readBulkReply(reply(204), upsert)).toEqual({ kind: "applied" });
  });

  it("acknowledges nothing by a success that is not the service's own", () => {
    for (const page of ["Please sign in", '{"value":', "--reply\r\n"]) {
      const strange = { ...reply(200), body: Buffer.from(page) };
      expect(readBulkReply(strange, upsert)).toEqual({ kind: "unknown" });
    }
    expect(readBulkReply(reply(200, { "@odata.context": "x" }), upsert)).toEqual({ kind: "applied" });
  });

  it("believes no success with an error inside, and no status between", () => {
    expect(readBulkReply(reply(200, error("0x80040217")), upsert)).toEqual({ kind: "unknown" });
    expect(readBulkReply(reply(200, { error: { innererror: {} } }), upsert)).toEqual({ kind: "unknown" });
    expect(readBulkReply(reply(202), upsert)).toEqual({ kind: "unknown" });
  });

  it.each([
    ["0x80040800", "No."],
    ["0x80040216", "CreateMultiple is not enabled on the entity team."],
    ["0x80040203", "The message does not support entities of type 'queue'."],
    ["0x80040216", "DeleteMultiple has not yet been implemented."],
  ])("knows a table without the message by %s %s", (code, message) => {
    expect(readBulkReply(reply(400, error(code, message)), upsert)).toEqual({ kind: "unsupported" });
  });

  it("of a standard table refuses all rows together", () => {
    const refused = reply(400, error("0x80044331"));
    expect(readBulkReply(refused, upsert)).toEqual({ kind: "refused", part: refused });
  });

  const name = "@Microsoft.PowerApps.CDS.ErrorDetails.Plugin.BulkApiErrorDetails";
  const details = [{ RequestIndex: 1, Id: two, StatusCode: 409 }];

  it.each([
    ["an array", details],
    ["a text", JSON.stringify(details)],
  ])("of an elastic table lists the rows that failed, as %s", (_form, list) => {
    const read = readBulkReply(reply(400, error("0x80048d02", "No.", { [name]: list })), { ...insert, elastic: true });
    expect(read).toMatchObject({ kind: "partly" });
    expect(read.kind === "partly" && [...read.refused].map(([index, { status }]) => [index, status])).toEqual([
      [1, 409],
    ]);
  });

  it("of an elastic table keeps the words about the whole request away from its rows", () => {
    const read = readBulkReply(reply(400, error("0x80072321", "No.", { [name]: details })), {
      ...insert,
      elastic: true,
    });
    expect(read.kind === "partly" && read.refused.get(1)?.body.toString()).toBe("");
  });

  it.each([
    ["none", undefined],
    ["an empty list", []],
    ["a row that was not sent", [{ RequestIndex: 2, StatusCode: 400 }]],
    ["a row before the first", [{ RequestIndex: -1, StatusCode: 400 }]],
    ["half a row", [{ RequestIndex: 0.5, StatusCode: 400 }]],
    ["a row twice", [details[0], details[0]]],
    ["another row's id", [{ RequestIndex: 1, Id: one, StatusCode: 409 }]],
    ["a text that is no list", "[{"],
  ])("of an elastic table does not tell its rows with %s in its details", (_what, list) => {
    const read = readBulkReply(reply(400, error("0x80048d02", "No.", { [name]: list })), { ...insert, elastic: true });
    expect(read).toEqual({ kind: "untold" });
  });

  it("of an elastic table is refused as a whole where its sender lacks the privilege, which is asked before any row", () => {
    const elastic = { ...insert, elastic: true };
    const lacking = reply(403, error("0x80040220", "Principal user is missing a privilege."));
    expect(readBulkReply(lacking, elastic)).toEqual({ kind: "refused", part: lacking });
    expect(readBulkReply(reply(403, error("0x80040231", "The owner may not.")), elastic)).toEqual({ kind: "untold" });
  });
});
