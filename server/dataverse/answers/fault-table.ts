/**
 * What the service's refusals mean: the one table that retry, gate, split and ledger act on. The status decides first; the
 * code is evidence that may be missing. Codes are those of Microsoft's published list, lower-case hexadecimal.
 */
import type { AttemptClass } from "../../core/attempt.ts";
import type { RowCode } from "../../core/errors.ts";

export type Fault =
  | "throttled"
  | "token_rejected"
  | "forbidden"
  | "too_large"
  | "too_slow"
  | "deadlock"
  | "busy"
  | "unavailable"
  | "unknown"
  | "missing"
  | "duplicate"
  | "changed"
  | "logic"
  | "logic_timeout"
  | "rejected";

export interface FaultClass {
  /** For a whole request, and for a part that is sent again. */
  readonly attempt: AttemptClass;
  /** For a part: the row goes on (`again`), or fails now. */
  readonly again: boolean;
  /** For a row that fails of it, now or when no attempt is left. */
  readonly code: RowCode;
  readonly retryable: boolean;
}

const refused: AttemptClass = { code: "row_rejected", remedy: "none", uncertain: false };

export const faultClasses: Readonly<Record<Fault, FaultClass>> = {
  throttled: {
    attempt: { code: "throttled", remedy: "gate", uncertain: false },
    again: true,
    code: "deadline_passed",
    retryable: true,
  },
  token_rejected: {
    attempt: { code: "token_rejected", remedy: "reauthorize", uncertain: false },
    again: true,
    code: "deadline_passed",
    retryable: true,
  },
  forbidden: {
    attempt: { code: "principal_forbidden", remedy: "stop", uncertain: false },
    again: false,
    code: "row_forbidden",
    retryable: false,
  },
  too_large: {
    attempt: { code: "too_large", remedy: "split", uncertain: false },
    again: true,
    code: "row_too_large",
    retryable: false,
  },
  too_slow: {
    attempt: { code: "too_slow", remedy: "split", uncertain: true },
    again: true,
    code: "outcome_unknown",
    retryable: true,
  },
  deadlock: {
    attempt: { code: "deadlock", remedy: "backoff", uncertain: false },
    again: true,
    code: "deadline_passed",
    retryable: true,
  },
  // The service itself says that it did not get to it.
  busy: {
    attempt: { code: "unavailable", remedy: "backoff", uncertain: false },
    again: true,
    code: "deadline_passed",
    retryable: true,
  },
  // A gateway may say so after the service has applied it.
  unavailable: {
    attempt: { code: "unavailable", remedy: "backoff", uncertain: true },
    again: true,
    code: "outcome_unknown",
    retryable: true,
  },
  unknown: {
    attempt: { code: "outcome_unknown", remedy: "backoff", uncertain: true },
    again: true,
    code: "outcome_unknown",
    retryable: true,
  },
  missing: { attempt: refused, again: false, code: "row_missing", retryable: false },
  duplicate: { attempt: refused, again: false, code: "row_rejected", retryable: false },
  changed: { attempt: refused, again: false, code: "row_changed", retryable: false },
  logic: { attempt: refused, again: false, code: "logic_rejected", retryable: false },
  // Each try costs minutes of execution time: left to a replay.
  logic_timeout: { attempt: refused, again: false, code: "logic_rejected", retryable: true },
  rejected: { attempt: refused, again: false, code: "row_rejected", retryable: false },
};

/** Absent = any. `sql` is SQL Server's own number, which only the text of a generic SQL error tells. */
export interface Rule {
  readonly status?: number;
  readonly code?: string;
  readonly sql?: number;
  readonly fault: Fault;
  /** What happened, said to the user. */
  readonly says: string;
}

const sqlError = "0x80044150";
const sqlTimeout = "0x80044151";

/** The first rule that fits decides: status that speaks for itself, then code, then status alone. */
export const rules: readonly Rule[] = [
  { status: 429, fault: "throttled", says: "The service protects itself: too much was asked of it." },
  { status: 401, fault: "token_rejected", says: "The access token was not accepted." },
  { status: 403, fault: "forbidden", says: "The application user lacks a privilege for the row." },
  { status: 413, fault: "too_large", says: "The request is larger than the service takes." },

  {
    code: "0x80072321",
    fault: "throttled",
    says: "The execution time that the service grants a principal is used up.",
  },
  { code: "0x80072322", fault: "throttled", says: "The requests that the service grants a principal are used up." },
  { code: "0x80072326", fault: "throttled", says: "More requests are under way at once than the service grants." },
  { code: "0x8005f103", fault: "throttled", says: "The service protects itself: too much was asked of it." },

  { code: sqlError, sql: 1205, fault: "deadlock", says: "Two changes of related rows locked each other out." },
  { code: sqlError, sql: 2601, fault: "duplicate", says: "A unique index holds these values already." },
  { code: sqlError, sql: 2627, fault: "duplicate", says: "A unique key holds these values already." },
  { code: sqlError, sql: 2766, fault: "busy", says: "The service is still preparing the table." },
  { code: sqlError, sql: 2812, fault: "busy", says: "The service is still preparing the table." },
  { code: sqlError, sql: 3732, fault: "busy", says: "The service is still preparing the table." },
  { code: sqlError, sql: -2, fault: "too_slow", says: "The database took too long." },
  { code: sqlError, sql: 40501, fault: "busy", says: "The database is busy." },
  { code: sqlError, sql: 40613, fault: "busy", says: "The database is not available now." },
  { code: sqlTimeout, fault: "too_slow", says: "The database took too long." },
  { code: "0x80044339", fault: "deadlock", says: "The row is being changed by someone else." },
  { code: "0x8004ed47", fault: "deadlock", says: "The row is being changed by someone else." },
  { code: "0x80048105", fault: "deadlock", says: "The same row is being changed more than once at a time." },
  { code: "0x80073000", fault: "unavailable", says: "The service lost its database." },
  { code: "0x80072324", fault: "busy", says: "The database has no worker free." },
  { code: "0x8004a001", fault: "busy", says: "The database is busy." },
  { code: "0x80071151", fault: "busy", says: "A customization is being published." },
  { code: "0x80071154", fault: "busy", says: "A customization is being published." },
  { code: "0x8004418d", fault: "busy", says: "The place where plug-ins run is not available." },
  { code: "0x8004418e", fault: "busy", says: "The place where plug-ins run is not available." },
  { code: "0x80081116", fault: "busy", says: "The place where plug-ins run is busy." },
  { code: "0x8004418a", fault: "too_large", says: "The request is larger than the service takes." },

  { code: "0x80044171", fault: "logic_timeout", says: "A plug-in took too long." },
  { code: "0x80044172", fault: "logic_timeout", says: "A plug-in took too long." },
  { code: "0x80044173", fault: "logic_timeout", says: "A plug-in took too long." },
  { code: "0x80081111", fault: "logic_timeout", says: "A plug-in took too long." },
  { code: "0x80040265", fault: "logic", says: "A plug-in or workflow refused the row." },
  { code: "0x80040224", fault: "logic", says: "A plug-in or workflow failed on the row." },

  { status: 404, code: "0x80040217", fault: "missing", says: "A row does not exist." },
  { status: 400, code: "0x80040217", fault: "missing", says: "A row does not exist." },
  { status: 404, code: "0x80060891", fault: "missing", says: "No row has the key." },
  { status: 400, code: "0x80060891", fault: "missing", says: "No row has the key." },
  { code: "0x80040237", fault: "duplicate", says: "A row with the same key exists." },
  { code: "0x80060892", fault: "duplicate", says: "A row with the same alternate key exists." },
  { code: "0x80073002", fault: "duplicate", says: "A unique index holds these values already." },
  { code: "0x80040333", fault: "rejected", says: "A duplicate detection rule found the row." },
  { code: "0x80060882", fault: "changed", says: "The row has another version than was given: it was changed since." },

  { code: "0x80040220", fault: "forbidden", says: "The application user lacks a privilege for the row." },
  { code: "0x80040231", fault: "forbidden", says: "The owner given lacks a privilege for the row." },
  { code: "0x8004f507", fault: "forbidden", says: "Column security forbids the change." },

  { code: "0x80044331", fault: "rejected", says: "A text is longer than its attribute holds." },
  { code: "0x80073001", fault: "rejected", says: "A text is longer than its attribute holds." },
  { code: "0x8004432f", fault: "rejected", says: "A number is outside the range of its attribute." },
  { code: "0x80044330", fault: "rejected", says: "A number is outside the range of its attribute." },
  { code: "0x80061004", fault: "rejected", says: "A number is outside the range of its attribute." },
  { code: "0x80041136", fault: "rejected", says: "A number is outside the range of its attribute." },
  { code: "0x8004431a", fault: "rejected", says: "A choice has no such value." },
  { code: "0x80061005", fault: "rejected", says: "A choice has no such value." },
  { code: "0x80040239", fault: "rejected", says: "A date or time is not valid." },
  { code: "0x80040278", fault: "rejected", says: "A text holds a character that the service does not store." },
  { code: "0x80040200", fault: "rejected", says: "A required attribute is missing." },
  {
    code: "0x80048d19",
    fault: "rejected",
    says: "The service could not read the row: a name or the type of a value is wrong.",
  },
  { code: "0x80048408", fault: "rejected", says: "State and status do not go together." },
  { code: "0x80043af9", fault: "rejected", says: "There is no such state." },
  { code: "0x8006089d", fault: "rejected", says: "More than one row has the key." },
  { code: "0x80060890", fault: "rejected", says: "The table has no such alternate key." },
  {
    status: 404,
    code: "0x8006088a",
    fault: "rejected",
    says: "The service does not know the table, or a name in the row's address: it may have changed since the run began.",
  },
  { code: "0x8006088a", fault: "rejected", says: "The service could not read the address of the row." },
  { code: "0x80040227", fault: "rejected", says: "Other rows refer to the row, so it cannot be deleted." },
  { code: "0x80040800", fault: "rejected", says: "The table does not take this kind of change." },
  { code: "0x80048cfb", fault: "rejected", says: "An amount of money needs a currency." },
  { code: sqlError, sql: 0, fault: "unknown", says: "The database failed without saying why." },
  { code: sqlError, fault: "rejected", says: "The database refused the row." },
  { status: 400, code: "0x80040216", fault: "rejected", says: "The service failed on the row." },

  { status: 409, fault: "duplicate", says: "The row conflicts with one that exists." },
  { status: 412, fault: "duplicate", says: "The row conflicts with one that exists." },
  { status: 408, fault: "unknown", says: "The service gave up waiting." },
  { status: 503, fault: "unavailable", says: "The service is not available." },
];

const anyRefusal: Rule = { fault: "rejected", says: "The service refused the row." };
const anyFailure: Rule = { fault: "unknown", says: "The service failed, and may have applied the row all the same." };

/** SQL Server's number as the text of a generic SQL error gives it; 0 where it gives none. */
function sqlNumber(message: string): number {
  return Number(/Sql Number: (-?\d{1,9})\b/.exec(message)?.[1] ?? 0);
}

/** The rule for a reply that is not a success; below 400 no code is believed. Never throws, whatever the reply is. */
export function ruleFor(status: number, code: string, message: string): Rule {
  if (status < 400) return anyFailure;
  const sql = sqlNumber(message);
  const fits = (rule: Rule): boolean =>
    (rule.status === undefined || rule.status === status) &&
    (rule.code === undefined || rule.code === code) &&
    (rule.sql === undefined || rule.sql === sql);
  return rules.find(fits) ?? (status < 500 ? anyRefusal : anyFailure);
}
