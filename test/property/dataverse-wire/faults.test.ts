/** Whatever a service or a gateway answers, it is classified, and nothing but a success acknowledges a row. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyReply, judge, readServiceError } from "../../../server/dataverse/answers/faults.ts";
import { mappingFor, operation, rowId } from "../../unit/dataverse/wire-mapping.ts";

const status = fc.oneof(
  fc.integer({ min: 200, max: 599 }),
  fc.constantFrom(400, 401, 403, 404, 408, 412, 413, 429, 500, 503),
);
const code = fc.constantFrom(
  "",
  "0x0",
  "0x80040237",
  "0x80040217",
  "0x80060891",
  "0x80040265",
  "0x80044150",
  "-2147220937",
);
const errorBody = fc
  .record({ code, message: fc.oneof(fc.string(), fc.constant(`account With Id = ${rowId} Does Not Exist`)) })
  .map((error) => Buffer.from(JSON.stringify({ error })));
const body = fc.oneof(
  errorBody,
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.from("<html><body>502 Bad Gateway</body></html>")),
);
const headers = fc.dictionary(fc.constantFrom("content-type", "retry-after", "odata-entityid", "req_id"), fc.string());
const mode = fc.constantFrom("INSERT", "UPDATE", "UPSERT", "DELETE");
const sent = operation("PATCH", `accounts(${rowId})`, '{"name":"SECRET VALUE","new_serial":9007199254740993}');

describe("any reply", () => {
  it("is classified without a throw", () => {
    fc.assert(
      fc.property(status, headers, body, (status, headers, body) => {
        const { code: kind, uncertain } = classifyReply({ status, headers, body });
        if (status >= 500 && kind === "row_rejected") expect(uncertain).toBe(true);
      }),
    );
  });

  it("has an error of two texts", () => {
    fc.assert(
      fc.property(body, (bytes) => {
        expect(readServiceError(bytes)).toEqual({ code: expect.any(String), message: expect.any(String) });
      }),
    );
  });
});

describe("any part", () => {
  it("acknowledges a row by a success alone, but for a DELETE of a row that is gone", () => {
    fc.assert(
      fc.property(fc.record({ status, headers, body }), mode, fc.boolean(), (part, as, uncertain) => {
        const verdict = judge(part, mappingFor(as), uncertain, sent);
        if (verdict.kind !== "applied") return;
        const gone = as === "DELETE" && [404, 400].includes(part.status);
        expect([200, 201, 204].includes(part.status) || gone).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives a reason of at most 2 KiB without a value of the row", () => {
    const text = fc.tuple(fc.string({ maxLength: 3_000 }), fc.string({ maxLength: 3_000 }));
    fc.assert(
      fc.property(status, code, text, (...parts) => {
        const [at, as, [before, after]] = parts;
        const message = `${before}SECRET VALUE${after}`;
        const part = { status: at, headers: {}, body: Buffer.from(JSON.stringify({ error: { code: as, message } })) };
        const verdict = judge(part, mappingFor("UPDATE"), false, sent);
        if (verdict.kind === "applied") return;
        expect(Buffer.byteLength(verdict.failure.message)).toBeLessThanOrEqual(2_048);
        expect(verdict.failure.message).not.toMatch(/secret value/i);
      }),
    );
  });
});
