/**
 * What a client says of its own writes, as one JSON object `{table, key, rows}` or as JSON lines: the object without `rows` first,
 * then one row a line, in the order of the input.
 */

export type Outcome =
  /** The client was told, or told others, that it is written. */
  | "acknowledged"
  /** It was told that it is not. */
  | "failed"
  /** It never learned. */
  | "unknown";

/** One write that was attempted. */
export interface Claim {
  /** In the order of the key's columns. */
  readonly key: readonly unknown[];
  /** What it should have left in the row, by column; absent for a deletion. */
  readonly values: Readonly<Record<string, unknown>> | undefined;
  readonly outcome: Outcome;
}

export interface Claims {
  /** Logical name. */
  readonly table: string;
  /** Columns that tell the client's rows apart; absent = the primary id. */
  readonly key: readonly string[] | undefined;
  /** Effects before this one, and rows that they made, are not the client's. */
  readonly since: number;
  readonly rows: readonly Claim[];
}

export class ClaimsError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

const headFields = ["table", "key", "since", "rows"];
const rowFields = ["key", "values", "deleted", "outcome"];
const outcomes: readonly string[] = ["acknowledged", "failed", "unknown"] satisfies Outcome[];

/** Throws a ClaimsError that names the line or the row. */
export function readClaims(text: string): Claims {
  const whole = tryParse(text);
  const [first = "", ...lines] = whole === undefined ? text.split("\n") : [];
  const head = fieldsOf(whole ?? parse(first, "Line 1"), "The report", headFields);
  const rows = whole === undefined ? parseLines(lines) : (head["rows"] ?? []);
  if (typeof head["table"] !== "string") {
    throw new ClaimsError("The report lacks table, a logical name.");
  }
  if (!Array.isArray(rows)) {
    throw new ClaimsError("rows must be a list.");
  }
  const key = keyColumns(head["key"]);
  const width = key?.length ?? 1;
  return {
    table: head["table"],
    key,
    since: sinceOf(head["since"]),
    rows: rows.map((row: unknown, index) => claimOf(row, { where: `Row ${index}`, width })),
  };
}

function parseLines(lines: readonly string[]): readonly unknown[] {
  return lines.flatMap((line, index) => (line.trim() === "" ? [] : [parse(line, `Line ${index + 2}`)]));
}

function claimOf(row: unknown, { where, width }: { readonly where: string; readonly width: number }): Claim {
  const given = fieldsOf(row, where, rowFields);
  const { key, values, outcome = "acknowledged" } = given;
  const parts = Array.isArray(key) ? key : [key];
  if (key === undefined || parts.length !== width) {
    throw new ClaimsError(`${where}.key must have ${width} value${width === 1 ? "" : "s"}.`);
  }
  if (typeof outcome !== "string" || !outcomes.includes(outcome)) {
    throw new ClaimsError(`${where}.outcome must be one of ${outcomes.join(", ")}.`);
  }
  if (values !== undefined && (typeof values !== "object" || values === null || Array.isArray(values))) {
    throw new ClaimsError(`${where}.values must be an object.`);
  }
  return {
    key: parts,
    values: given["deleted"] === true ? undefined : ((values ?? {}) as Fields),
    outcome: outcome as Outcome,
  };
}

function keyColumns(key: unknown): readonly string[] | undefined {
  const columns = typeof key === "string" ? [key] : key;
  if (columns === undefined) {
    return undefined;
  }
  if (!Array.isArray(columns) || columns.length === 0 || !columns.every((column) => typeof column === "string")) {
    throw new ClaimsError("key must be a column or a list of columns.");
  }
  return columns as readonly string[];
}

function sinceOf(since: unknown = 0): number {
  if (!Number.isSafeInteger(since) || Number(since) < 0) {
    throw new ClaimsError("since must be a number of effects.");
  }
  return Number(since);
}

function fieldsOf(value: unknown, where: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ClaimsError(`${where} must be an object.`);
  }
  const stranger = Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new ClaimsError(`${where} has the unknown field ${stranger}; known: ${known.join(", ")}.`);
  }
  return value as Fields;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function parse(text: string, where: string): unknown {
  const value = tryParse(text);
  if (value === undefined) {
    throw new ClaimsError(`${where} is no JSON.`);
  }
  return value;
}
