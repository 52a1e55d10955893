import { describe, expect, it } from "vitest";
import type { Rule } from "../../../../server/dataverse/answers/fault-table.ts";
import { failureOf } from "../../../../server/dataverse/answers/row-failure.ts";
import { mappingFor, operation, refusal } from "../wire-mapping.ts";

const message =
  "The length of the 'name' attribute of the 'account' entity exceeded the maximum allowed length of '100'.";
const rule = { fault: "rejected", says: "A text is longer than its attribute holds." } as const;

interface Changes {
  readonly code?: string;
  readonly message?: string;
  readonly headers?: Record<string, string>;
  readonly rule?: Pick<Rule, "fault" | "says">;
}

function failure(changes: Changes = {}) {
  const error = { code: changes.code ?? "0x80044331", message: changes.message ?? message };
  const part = refusal(400, error.code, error.message, changes.headers);
  return failureOf({
    part,
    mapping: mappingFor("INSERT"),
    operation: operation("POST", "accounts", "{}"),
    error,
    rule: changes.rule ?? rule,
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

  it.each([
    ["missing", "Publish it with mode upsert, or leave it out."],
    ["forbidden", "Give a role of the application user the privilege, then publish the row again."],
    ["logic", "The trace log of plug-ins tells more under the request id."],
    ["too_large", "Make its values smaller."],
    ["changed", "Read it again and decide."],
    ["unknown", "It may have been applied: replay it under the same run id."],
    ["busy", "Replay it."],
  ] as const)("says what to do of a row that is %s", (fault, remedy) => {
    expect(failure({ message: "", rule: { fault, says: "No." } }).message).toBe(`No. ${remedy}`);
  });

  it("says how the service answered where it gave neither a code nor words", () => {
    const { message: told } = failure({ code: "", message: "", rule: { fault: "rejected", says: "Refused." } });
    expect(told).toBe("Refused. It answered 400, and gave no reason. Correct the row, then replay it.");
  });

  it("needs no words to say that a row does not exist", () => {
    const { message: told } = failure({ code: "", message: "", rule: { fault: "missing", says: "No row." } });
    expect(told).toBe("No row. Publish it with mode upsert, or leave it out.");
  });

  it("leaves out what is not known", () => {
    const { column, requestId } = failure({ message: "" });
    expect([column, requestId]).toEqual([undefined, undefined]);
  });

  it("has a message of at most 2 KiB, however much the service says", () => {
    expect(Buffer.byteLength(failure({ message: "ü".repeat(8_192) }).message)).toBeLessThanOrEqual(2_048);
  });
});
