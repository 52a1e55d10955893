import { describe, expect, it } from "vitest";
import {
  barOf,
  classifyReply,
  judge,
  judgeTarget,
  lacksPrivilege,
  limitOf,
  readServiceError,
} from "../../../../server/dataverse/answers/faults.ts";
import { byContact, byParent, mappingFor, operation, otherId, refusal, reply, rowId } from "../wire-mapping.ts";

const error = (code: string, message = ""): Buffer => Buffer.from(JSON.stringify({ error: { code, message } }));
const multipart = { "content-type": "multipart/mixed; boundary=x" };
const nothing = Buffer.alloc(0);

describe("readServiceError", () => {
  it("reads the envelope of OData", () => {
    expect(readServiceError(error("0x80040237", "exists"))).toEqual({ code: "0x80040237", message: "exists" });
  });

  it("reads the envelope of what stands before OData", () => {
    const body = Buffer.from(JSON.stringify({ Message: "busy", ErrorCode: "0x80072326", StackTrace: "at X" }));
    expect(readServiceError(body)).toEqual({ code: "0x80072326", message: "busy" });
  });

  it("takes a signed decimal for the code that it is", () => {
    expect(readServiceError(error("-2147220937")).code).toBe("0x80040237");
  });

  it.each([
    ["upper case", "0x8004023A", "0x8004023a"],
    ["no code", "", ""],
    ["zero", "0x0", ""],
    ["a word", "BadRequest", ""],
  ])("reads a code of %s", (_name, code, expected) => {
    expect(readServiceError(error(code)).code).toBe(expected);
  });

  it.each([
    ["nothing", ""],
    ["a gateway's page", "<html><body>502 Bad Gateway</body></html>"],
    ["an array", "[1]"],
    ["a number", "7"],
    ["null", "null"],
    ["an error that is a text", '{"error":"no"}'],
    ["an error that is null", '{"error":null}'],
    ["a code that is an object", '{"error":{"code":{},"message":[]}}'],
    ["half a document", '{"error":{"code":"0x80'],
    ["deep nesting", "[".repeat(100_000)],
    ["deep nesting that closes", `{"error":${"[".repeat(50_000)}${"]".repeat(50_000)}}`],
    ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe, 0x7b])],
    ["more than an error can be", `{"error":{"code":"0x80040237","message":"${"x".repeat(300_000)}"}}`],
  ])("finds nothing in %s", (_name, body) => {
    expect(readServiceError(Buffer.from(body))).toEqual({ code: "", message: "" });
  });
});

describe("classifyReply", () => {
  it.each([
    ["200 in parts", 200, multipart, nothing, "answered", "none", false],
    ["400 in parts", 400, multipart, nothing, "answered", "none", false],
    ["204", 204, {}, nothing, "answered", "none", false],
    ["a login page with 200", 200, { "content-type": "text/html" }, nothing, "outcome_unknown", "backoff", true],
    ["429", 429, {}, error("0x80072322"), "throttled", "gate", false],
    ["429 with a page", 429, {}, Buffer.from("<html>"), "throttled", "gate", false],
    ["429 in parts, so begun", 429, multipart, nothing, "throttled", "gate", true],
    ["401", 401, {}, nothing, "token_rejected", "reauthorize", false],
    ["403", 403, {}, error("0x80040220"), "principal_forbidden", "stop", false],
    ["413", 413, {}, nothing, "too_large", "split", false],
    ["request length", 400, {}, error("0x8004418a"), "too_large", "split", false],
    ["SQL timeout", 500, {}, error("0x80044151"), "too_slow", "split", true],
    ["deadlock", 500, {}, error("0x80044150", "Sql Number: 1205"), "deadlock", "backoff", false],
    ["503", 503, {}, Buffer.from("<html>"), "unavailable", "backoff", true],
    ["503 with a JSON of another shape", 503, {}, Buffer.from("[[]]"), "unavailable", "backoff", true],
    ["500", 500, {}, nothing, "outcome_unknown", "backoff", true],
    ["502", 502, {}, nothing, "outcome_unknown", "backoff", true],
    ["504", 504, {}, nothing, "outcome_unknown", "backoff", true],
    ["408", 408, {}, nothing, "outcome_unknown", "backoff", true],
    ["500 in parts", 500, multipart, nothing, "outcome_unknown", "backoff", true],
    ["a redirect", 302, {}, nothing, "outcome_unknown", "backoff", true],
    ["a malformed batch", 400, {}, Buffer.from('{"Message":"bad","ErrorCode":"0x0"}'), "row_rejected", "none", false],
    ["404", 404, {}, nothing, "row_rejected", "none", false],
  ] as const)("%s", (...row) => {
    const [, status, headers, body, code, remedy, uncertain] = row;
    expect(classifyReply({ status, headers, body })).toEqual({ code, remedy, uncertain });
  });

  it("does not take one row's refusal under a 500 for an answer to the whole batch", () => {
    expect(classifyReply({ status: 500, headers: {}, body: error("0x80040265") }).uncertain).toBe(true);
    expect(classifyReply({ status: 500, headers: {}, body: error("0x80040220") }).remedy).not.toBe("stop");
  });
});

describe("the reply to a bulk message", () => {
  it("is one row's refusal for all, under a 500 as well: the transaction is undone", () => {
    const body = error("0x80040265");
    expect(classifyReply({ status: 500, headers: {}, body }, true)).toMatchObject({ remedy: "none", uncertain: false });
  });

  it("is an answer, whatever its status, where it tells which targets failed", () => {
    const details = [{ RequestIndex: 0, StatusCode: 429 }];
    const body = Buffer.from(JSON.stringify({ error: { code: "", "Plugin.BulkApiErrorDetails": details } }));
    for (const status of [400, 429, 500]) {
      expect(classifyReply({ status, headers: {}, body }, true)).toMatchObject({ code: "answered", remedy: "none" });
    }
  });

  it("is unknown under a 500 that tells no code", () => {
    expect(classifyReply({ status: 500, headers: {}, body: nothing }, true).uncertain).toBe(true);
  });
});

describe("a part that reports success", () => {
  it.each([
    ["INSERT", 204, "created"],
    ["UPDATE", 204, "updated"],
    ["UPSERT", 204, "upserted"],
    ["UPSERT", 201, "created"],
    ["UPSERT", 200, "updated"],
    ["DELETE", 204, "deleted"],
  ] as const)("%s with %i is %s", (mode, status, outcome) => {
    expect(judge(reply(status), mappingFor(mode), false)).toMatchObject({ kind: "applied", outcome });
  });

  const entity = (url: string): string | undefined => {
    const verdict = judge(reply(204, "", { "odata-entityid": url }), mappingFor("UPSERT"), false);
    return verdict.kind === "applied" ? verdict.id : "not applied";
  };

  it("tells the row's id", () => {
    expect(entity(`https://x.crm.dynamics.com/api/data/v9.2/accounts(${rowId.toUpperCase()})`)).toBe(rowId);
  });

  it.each([
    ["repeats the alternate key", "https://x/api/data/v9.2/accounts(accountnumber='A-1')"],
    ["names another set", `https://x/api/data/v9.2/contacts(${rowId})`],
    ["holds no GUID", "https://x/api/data/v9.2/accounts(17)"],
    ["is empty", ""],
  ])("tells no id when the header %s", (_name, url) => {
    expect(entity(url)).toBeUndefined();
  });

  it.each([202, 203, 205, 206, 207])("is not applied when it says %i", (status) => {
    expect(judge(reply(status), mappingFor("INSERT"), false)).toMatchObject({
      kind: "again",
      attempt: { uncertain: true },
    });
  });

  it.each([{ code: "0x80040265", message: "no" }, "no", { innererror: {} }, { message: { value: "no" } }])(
    "is not applied when it holds an error, readable or not: %j",
    (held) => {
      const told = { ...reply(200), body: Buffer.from(JSON.stringify({ error: held })) };
      const verdict = judge(told, mappingFor("UPSERT"), false);
      expect(verdict).toMatchObject({ kind: "again", attempt: { code: "outcome_unknown", uncertain: true } });
    },
  );
});

describe("a part that says duplicate", () => {
  it.each(["0x80040237", "0x80060892", "0x80073002"])("%s proves nothing for INSERT and UPSERT", (code) => {
    for (const mode of ["INSERT", "UPSERT"] as const) {
      for (const uncertain of [false, true]) {
        expect(judge(refusal(412, code), mappingFor(mode), uncertain)).toMatchObject({
          kind: "duplicate",
          failure: { code: "row_rejected", serviceCode: code, httpStatus: 412, retryable: false },
        });
      }
    }
  });

  it("of a plug-in's own child row is not an acknowledgement, even after an unknown attempt", () => {
    const verdict = judge(refusal(412, "0x80040237", "Cannot insert duplicate key."), mappingFor("INSERT"), true);
    expect(verdict.kind).toBe("duplicate");
  });

  it("fails an UPDATE: its values collide with another row's", () => {
    expect(judge(refusal(412, "0x80060892"), mappingFor("UPDATE"), true)).toMatchObject({
      kind: "failed",
      failure: { code: "row_rejected" },
    });
  });

  it("by a detection rule is a refusal, and no key", () => {
    expect(judge(refusal(412, "0x80040333"), mappingFor("INSERT"), true).kind).toBe("failed");
    expect(judge(refusal(500, "0x80040333"), mappingFor("UPSERT"), false).kind).toBe("failed");
  });
});

describe("a part that says missing", () => {
  const gone = (id = rowId): string => `account With Id = ${id} Does Not Exist`;
  const byId = operation("DELETE", `accounts(${rowId})`);

  it.each([404, 400])("with %i fails an UPDATE as row_missing", (status) => {
    expect(judge(refusal(status, "0x80040217", gone()), mappingFor("UPDATE"), false)).toMatchObject({
      kind: "failed",
      failure: { code: "row_missing", retryable: false },
    });
  });

  it("settles a DELETE as unchanged where that is accepted", () => {
    const verdict = judge(refusal(404, "0x80040217", gone()), mappingFor("DELETE"), false, byId);
    expect(verdict).toEqual({ kind: "applied", outcome: "unchanged", id: undefined });
  });

  it("fails a DELETE where it is not accepted", () => {
    const mapping = mappingFor("DELETE", { onMissing: "FAIL" });
    expect(judge(refusal(404, "0x80040217", gone()), mapping, false, byId)).toMatchObject({
      failure: { code: "row_missing" },
    });
  });

  it("settles a DELETE as deleted when an earlier attempt may have done it", () => {
    const mapping = mappingFor("DELETE", { onMissing: "FAIL" });
    expect(judge(refusal(404, "0x80040217", gone()), mapping, true, byId)).toMatchObject({ outcome: "deleted" });
  });

  it.each([
    ["of another table, as a plug-in would", refusal(404, "0x80040217", `contact With Id = ${rowId} Does Not Exist`)],
    ["of another row of the table", refusal(404, "0x80040217", gone(otherId))],
    ["without a text", refusal(404, "0x80040217")],
    ["of the entity set", refusal(404, "0x8006088a", "Resource not found for the segment 'accounts'.")],
    ["by a gateway", reply(404, "<html>Not Found</html>")],
  ])("%s never acknowledges a DELETE", (_name, part) => {
    expect(judge(part, mappingFor("DELETE"), false, byId).kind).toBe("failed");
    expect(judge(part, mappingFor("DELETE"), true, byId).kind).toBe("failed");
  });

  it.each([404, 400])("with %i of a lookup's target is lookup_missing, for a replay", (status) => {
    const part = refusal(status, "0x80040217", `contact With Id = ${otherId} Does Not Exist`);
    expect(judge(part, mappingFor("INSERT", { lookups: [byContact] }), false)).toMatchObject({
      kind: "failed",
      failure: { code: "lookup_missing", column: "primarycontactid", retryable: true },
    });
  });

  it("of the row or of a lookup's target, without more to tell, is left for a replay", () => {
    const part = refusal(404, "0x80040217", gone());
    expect(judge(part, mappingFor("UPDATE", { lookups: [byParent] }), false)).toMatchObject({
      failure: { code: "row_missing", retryable: true },
    });
  });

  it("of a table that no lookup names is a refusal", () => {
    const part = refusal(404, "0x80040217", `team With Id = ${otherId} Does Not Exist`);
    expect(judge(part, mappingFor("INSERT", { lookups: [byContact] }), false)).toMatchObject({
      failure: { code: "row_rejected" },
    });
  });
});

describe("a part that may be sent again", () => {
  it("is one that was throttled", () => {
    const part = refusal(429, "0x80072326", "", { "retry-after": "17" });
    expect(judge(part, mappingFor("UPSERT"), false)).toMatchObject({
      kind: "again",
      attempt: { code: "throttled", remedy: "gate", uncertain: false },
      failure: { code: "deadline_passed", retryable: true },
    });
  });

  it("reads a throttled part whose JSON is not OData's", () => {
    const part = reply(429, { Message: "Too many", ErrorCode: "0x80072322", ExceptionType: "X" });
    expect(judge(part, mappingFor("INSERT"), false)).toMatchObject({
      kind: "again",
      failure: { serviceCode: "0x80072322" },
    });
  });

  it.each([
    ["a deadlock", refusal(500, "0x80044150", "Sql Number: 1205"), "deadlock", false],
    ["a concurrent change", refusal(400, "0x80048105"), "deadlock", false],
    ["no place for plug-ins", refusal(500, "0x8004418d"), "unavailable", false],
    ["a SQL timeout", refusal(500, "0x80044151"), "too_slow", true],
    ["an unexpected error", refusal(500, "0x80040216"), "outcome_unknown", true],
    ["an unknown 5xx", reply(599, "?"), "outcome_unknown", true],
    ["a rejected token", reply(401), "token_rejected", false],
  ])("%s", (_name, part, code, uncertain) => {
    expect(judge(part, mappingFor("INSERT"), false)).toMatchObject({ kind: "again", attempt: { code, uncertain } });
  });
});

describe("a part that fails its row", () => {
  it.each([
    ["403", refusal(403, "0x80040220"), "row_forbidden", false],
    ["a plug-in's refusal", refusal(400, "0x80040265", "no"), "logic_rejected", false],
    ["a plug-in's crash", refusal(500, "0x80040224"), "logic_rejected", false],
    ["a plug-in's timeout", refusal(500, "0x80044171"), "logic_rejected", true],
    ["an unexpected error that is the row's", refusal(400, "0x80040216"), "row_rejected", false],
    ["an unknown code", refusal(400, "0x80049999"), "row_rejected", false],
  ])("%s", (_name, part, code, retryable) => {
    expect(judge(part, mappingFor("UPSERT"), false)).toMatchObject({ kind: "failed", failure: { code, retryable } });
  });
});

describe("a delete that a relationship forbids", () => {
  it("is the row's rejection, with the service's own words", () => {
    const words = "The object you tried to delete is associated with another object and cannot be deleted.";
    const failure = { code: "row_rejected", serviceCode: "0x80040227", httpStatus: 405, retryable: false };
    const verdict = judge(refusal(405, "0x80040227", words), mappingFor("DELETE"), false);
    expect(verdict).toMatchObject({ kind: "failed", failure });
    expect(verdict).toMatchObject({ failure: { message: expect.stringContaining(words) } });
  });
});

describe("another version than was given", () => {
  const stale = refusal(412, "0x80060882");

  it("fails a delete, and asks the caller to decide", () => {
    const failure = { code: "row_changed", retryable: false };
    expect(judge(stale, mappingFor("DELETE"), false)).toMatchObject({ kind: "failed", failure });
  });

  it("may be the work of an earlier attempt of the same update: the row is read", () => {
    const failure = { code: "row_changed", retryable: false };
    expect(judge(stale, mappingFor("UPDATE"), true)).toMatchObject({ kind: "duplicate", failure });
  });
});

describe("false acknowledgement", () => {
  const codes = ["0x80040237", "0x80060892", "0x80040217", "0x80060891", "0x80040265", "", "0x80040333"];

  it.each(["INSERT", "UPDATE", "UPSERT"] as const)("no refusal ever acknowledges an %s", (mode) => {
    for (const status of [400, 403, 404, 405, 409, 412, 413, 429, 500, 502, 503, 504]) {
      for (const code of codes) {
        const part = refusal(status, code, `account With Id = ${rowId} Does Not Exist`);
        expect(judge(part, mappingFor(mode), true).kind).not.toBe("applied");
      }
    }
  });
});

describe("what the status of one target says", () => {
  const of = (status: number, mode: "INSERT" | "UPDATE" | "UPSERT" | "DELETE", uncertain = false): unknown =>
    judgeTarget(reply(status), mappingFor(mode), uncertain);

  it("is to wait where it was throttled, and that nobody knows where the service failed", () => {
    expect(of(429, "UPSERT")).toMatchObject({ kind: "again", attempt: { remedy: "gate", uncertain: false } });
    expect(of(500, "UPSERT")).toMatchObject({ kind: "again", attempt: { uncertain: true } });
  });

  it("is a row to read where a create collides, and nothing certain where an upsert does", () => {
    expect(of(409, "INSERT")).toMatchObject({ kind: "duplicate" });
    expect(of(409, "UPSERT")).toBeUndefined();
  });

  it("is a missing row to a delete alone", () => {
    expect(of(404, "DELETE")).toMatchObject({ kind: "applied", outcome: "unchanged" });
    expect(of(404, "DELETE", true)).toMatchObject({ kind: "applied", outcome: "deleted" });
    expect(of(404, "UPDATE")).toBeUndefined();
  });

  it("is no reason", () => {
    for (const status of [400, 401, 403, 413]) expect(of(status, "UPDATE")).toBeUndefined();
  });
});

describe("barOf", () => {
  const replyOf = (status: number, code: string) => ({
    status,
    body: Buffer.from(JSON.stringify({ error: { code, message: "No." } })),
  });
  const batch = { method: "POST", path: "$batch" };
  const read = { method: "GET", path: "accounts" };
  const bulk = { method: "POST", path: "accounts/Microsoft.Dynamics.CRM.CreateMultiple" };

  it.each([
    ["a stranger, whatever was asked", replyOf(403, "0x80072560"), bulk, "entry"],
    ["a disabled user", replyOf(403, "0x80040225"), read, "entry"],
    ["a batch as a whole, without a word that is known", replyOf(403, ""), batch, "entry"],
    ["a batch as a whole, for want of a privilege", replyOf(403, "0x80040220"), batch, "right"],
    ["a read", replyOf(403, "0x80040220"), read, "request"],
    ["no more than rows of a bulk message", replyOf(403, "0x80040220"), bulk, undefined],
    ["nobody, with any other status", replyOf(400, "0x80072560"), batch, undefined],
  ])("refuses %s", (_name, reply, request, bar) => {
    expect(barOf(reply, request)).toBe(bar);
  });

  it("tells the sender's want of a privilege from that of a row's owner", () => {
    expect(lacksPrivilege(replyOf(403, "0x80040220"))).toBe(true);
    expect(lacksPrivilege(replyOf(403, "0x80040231"))).toBe(false);
    expect(lacksPrivilege(replyOf(401, "0x80040220"))).toBe(false);
  });
});

describe("the limit that a throttle reply names", () => {
  it.each([
    ["0x80072322", "requests"],
    ["0x80072321", "seconds"],
    ["0x80072326", "concurrency"],
    ["0x8005f103", "unknown"],
    ["", "unknown"],
  ])("by the code %j is that of %s", (code, limit) => {
    expect(limitOf({ body: error(code) })).toBe(limit);
  });
});
