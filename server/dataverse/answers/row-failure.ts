/** The reason that a failed row takes back to its caller: what happened, where, what to do, and the service's own words. */
import type { RowCode } from "../../core/errors.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { PartReply } from "../wire/batch-reply.ts";
import { capped, columnNamed, quotable } from "./failure-text.ts";
import type { Rule } from "./fault-table.ts";
import { faultClasses } from "./fault-table.ts";

export interface ServiceError {
  /** Lower-case hexadecimal, e.g. `0x80040237`; empty where the service gave none. */
  readonly code: string;
  readonly message: string;
}

/** What a verdict is made from. */
export interface Case {
  readonly part: PartReply;
  readonly mapping: Mapping;
  readonly operation: Uint8Array | undefined;
  readonly error: ServiceError;
  readonly rule: Rule;
}

const remedies: Partial<Record<RowCode, string>> = {
  row_missing: "Publish it with mode upsert, or leave it out.",
  lookup_missing: "Publish the rows that it points to first, then replay it.",
  row_forbidden: "Give a role of the application user the privilege, then publish the row again.",
  logic_rejected: "The trace log of plug-ins tells more under the request id.",
  row_rejected: "Correct the row, then replay it.",
  row_too_large: "Make its values smaller.",
  row_changed: "Read it again and decide.",
  outcome_unknown: "It may have been applied: replay it under the same run id.",
  deadline_passed: "Replay it.",
};

/** What is known beyond the rule. */
interface Particulars {
  readonly code?: RowCode;
  readonly retryable?: boolean;
  readonly column?: string | undefined;
  readonly says?: string;
}

/** No row value is in it. */
export function failureOf(of: Case, particulars: Particulars = {}): RowFailure {
  const { part, mapping, error, rule } = of;
  const { code, retryable } = { ...faultClasses[rule.fault], ...particulars };
  const column = particulars.column ?? columnNamed(error.message, mapping);
  const requestId = part.headers["x-ms-service-request-id"] ?? part.headers["req_id"];
  const text = quotable(error, mapping, of.operation);
  const isMute = error.code === "" && error.message === "" && rule.fault !== "missing";
  const sentences = [
    particulars.says ?? rule.says,
    column === undefined ? "" : `Attribute: ${column}.`,
    isMute ? `It answered ${part.status}, and gave no reason.` : "",
    remedies[code] ?? "",
    text === "" ? "" : `The service says: ${text}`,
  ];
  return {
    code,
    message: capped(sentences.filter((sentence) => sentence !== "").join(" ")),
    httpStatus: part.status,
    retryable,
    ...(column === undefined ? {} : { column }),
    ...(error.code === "" ? {} : { serviceCode: error.code }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
