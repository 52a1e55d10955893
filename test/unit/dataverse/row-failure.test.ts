import { describe, expect, it } from "vitest";
import { failureOf } from "../../../server/dataverse/row-failure.ts";
import { mappingFor, operation, refusal } from "./wire-mapping.ts";

const message =
  "The length of the 'name' attribute of the 'account' entity exceeded the maximum allowed length of '100'.";
const rule = { fault: "rejected", says: "A text is longer than its attribute holds." } as const;

function failure(changes: { readonly message?: string; readonly headers?: Record<string, string> } = {}) {
  const error = { code: "0x80044331", message: changes.message ?? message };
  const part = refusal(400, error.code, error.message, changes.headers);
  return failureOf({
    part,
    mapping: mappingFor("INSERT"),
    operation: operation("POST", "accounts", "{}"),
    error,
    rule,
  });
}

describe("the reason of a failed row", () => {
  it("says what happened, where, what to do and what the service says", () => {
    expect(failure()).toEqual({
      code: "row_rejected",
      column: "name",
      message:
        "A text is longer than its attribute holds. Attribute: name. Correct the row, then replay it. " +
        "The service says: The length of the 'name' attribute of the 'account' entity exceeded the maximum allowed length of '…'.",
      serviceCode: "0x80044331",
      httpStatus: 400,
      retryable: false,
    });
  });

  it.each([
    ["the service's request id", { "x-ms-service-request-id": "s", req_id: "r" }, "s"],
    ["the part's own where there is none", { req_id: "r" }, "r"],
  ])("holds %s for a support ticket", (_name, headers, expected) => {
    expect(failure({ headers }).requestId).toBe(expected);
  });

  it("leaves out what is not known", () => {
    const { column, requestId } = failure({ message: "" });
    expect([column, requestId]).toEqual([undefined, undefined]);
  });

  it("has a message of at most 2 KiB, however much the service says", () => {
    expect(Buffer.byteLength(failure({ message: "ü".repeat(8_192) }).message)).toBeLessThanOrEqual(2_048);
  });
});
