/** Rows to publish under faults, and the judge of what became of them: the emulator's rows and ledger, never the server's counts. */
import type { EmulatorProcess } from "./emulator-process.ts";
import type { ColumnValues, Report } from "./flight-clients.ts";
import { summaryOf } from "./stack.ts";

/** `dv_code` is an alternate key, to match on; `dv_name` is none, so that a second row of it would stand. */
export type KeyColumn = "dv_code" | "dv_name";

export interface SampleRow {
  readonly key: string;
  readonly dv_decimal: string;
  readonly dv_big: string;
  readonly dv_text: string;
}

/** Rows with keys of their own and values that differ from row to row. */
export function sampleRows(prefix: string, count: number): readonly SampleRow[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${prefix} ${index}`,
    dv_decimal: `${index}.0000000001`,
    dv_big: String(9007199254740993n + BigInt(index)),
    dv_text: `${index} "quoted"\r\n--dataverse-flight 😀`,
  }));
}

export function columnsOf(rows: readonly SampleRow[], keyColumn: KeyColumn): readonly ColumnValues[] {
  return [
    { name: keyColumn, type: "string", values: rows.map((row) => row.key) },
    { name: "dv_decimal", type: "decimal(21,10)", values: rows.map((row) => row.dv_decimal) },
    { name: "dv_big", type: "int64", values: rows.map((row) => row.dv_big) },
    { name: "dv_text", type: "string", values: rows.map((row) => row.dv_text) },
  ];
}

/** The same rows in another order, always the same one. */
export function shuffled<T>(rows: readonly T[]): readonly T[] {
  // 7919 is prime: steps of it meet each index once, unless the count is a multiple of it.
  return rows.map((_, index) => rows[(index * 7919 + 13) % rows.length]).filter((row) => row !== undefined);
}

/** The rows of each partition, in turn. */
export function dealt<T>(rows: readonly T[], partitions: number): readonly (readonly T[])[] {
  return Array.from({ length: partitions }, (_, partition) =>
    rows.filter((_row, index) => index % partitions === partition),
  );
}

export interface Stream {
  readonly rows: readonly SampleRow[];
  readonly report: Report;
}

/** Breaches of what is promised of streams that ended OK, as sentences; empty when all promises are kept. */
export async function breaches(
  emulator: EmulatorProcess,
  keyColumn: KeyColumn,
  streams: readonly Stream[],
): Promise<readonly string[]> {
  const standing = Map.groupBy(await emulator.rows("dv_sample"), (row) => String(row[keyColumn]));
  const found = streams.flatMap(({ rows, report }) => [...unsettled(rows, report), ...lost(rows, report, standing)]);
  for (const [key, rows] of standing)
    if (rows.length > 1) found.push(`duplicated: ${rows.length} rows are called ${key}`);
  const effects = await emulator.effects("dv_sample");
  const created = Map.groupBy(
    effects.filter(({ operation }) => operation === "create"),
    ({ id }) => id,
  );
  for (const [id, creates] of created) if (creates.length > 1) found.push(`duplicated: ${id} was created twice`);
  return found;
}

function unsettled(rows: readonly SampleRow[], report: Report): readonly string[] {
  const { received, acknowledged, failed, notSent, failedByCode } = summaryOf(report);
  const coded = Object.values(failedByCode).reduce((sum, count) => sum + count, 0);
  const failedRows = report.rows.filter((row) => row._dv_outcome === "failed");
  return [
    ...(received === rows.length ? [] : [`${received} rows were received of ${rows.length}`]),
    ...(received === acknowledged + failed + notSent ? [] : ["received is not acknowledged + failed + notSent"]),
    ...(failed === coded && failed === failedRows.length
      ? []
      : [`${failed} failed, ${coded} have a code, ${failedRows.length} came back`]),
    ...(report.unchanged === false ? ["rows came back changed"] : []),
  ];
}

type Standing = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;

/** A row that neither failed nor was left unsent stands with its values; one that failed does not stand, unless nobody knows. */
function lost(rows: readonly SampleRow[], report: Report, standing: Standing): readonly string[] {
  const { notSent } = summaryOf(report);
  const failed = new Map(report.rows.map((row) => [row._dv_row, row._dv_error_code] as const));
  const absent = rows.filter((row, index) => (failed.get(index) ?? null) === null && !stands(row, standing));
  const unexpected = rows.filter((row, index) => {
    const code = failed.get(index) ?? null;
    return code !== null && code !== "outcome_unknown" && standing.has(row.key);
  });
  return [
    ...(absent.length === notSent
      ? []
      : [`lost: ${absent.length} rows do not stand as sent; ${notSent} were not sent`]),
    ...unexpected.map((row) => `unexpected: ${row.key} failed and stands`),
  ];
}

function stands(row: SampleRow, standing: Standing): boolean {
  const found = standing.get(row.key)?.[0];
  return (["dv_decimal", "dv_big", "dv_text"] as const).every((name) => found?.[name] === row[name]);
}
