/** Rows of twelve columns as the bodies of requests to the emulator; the same numbers give the same rows. */
import { hash } from "node:crypto";

export const schema = `
tables:
  bench_row:
    primary_name: bench_code
    columns:
      bench_code: {type: text, max_length: 100}
      bench_note: {type: text, max_length: 400}
      bench_guid: {type: guid}
      bench_segment: {type: integer}
      bench_count: {type: integer}
      bench_total: {type: bigint}
      bench_ratio: {type: float, precision: 5}
      bench_price: {type: float, precision: 2}
      bench_amount: {type: decimal, min: -100000000000, max: 100000000000, precision: 4}
      bench_active: {type: boolean}
      bench_seen: {type: datetime}
      bench_since: {type: dateonly}
    keys:
      bench_key: [bench_code]
`;

export const rowsPerRequest = 1000;
export const kinds = ["batch upsert", "batch create", "CreateMultiple", "UpsertMultiple"] as const;
export type Kind = (typeof kinds)[number];

export interface Load {
  readonly url: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** The rows alone, as one JSON array: the least that anyone must read. */
  readonly json: string;
}

const root = "/api/data/v9.2";
const boundary = "batch_0d5f8a6e";

/** Members of the row's JSON object without the key. */
function members(row: number): string {
  const digits = hash("md5", String(row));
  const word = Number.parseInt(digits.slice(0, 8), 16);
  const guid = `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
  const day = `20${String(10 + (word % 20))}-0${1 + (word % 9)}-1${word % 10}`;
  return (
    `"bench_note":"note ${digits} on row ${row}","bench_guid":"${guid}","bench_segment":${word % 64},"bench_count":${word % 1_000_000},` +
    `"bench_total":${word}${word % 100_000},"bench_ratio":${word % 1000}.${10_000 + (word % 89_999)},"bench_price":${word % 10_000}.25,` +
    `"bench_amount":${word}.${1000 + (word % 8999)},"bench_active":${word % 2 === 0},"bench_seen":"${day}T12:34:56Z","bench_since":"${day}"`
  );
}

function part(target: string, body: string): string {
  return `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${target} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${body}\r\n`;
}

/** The request that writes the rows from `first` on. */
export function loadOf(kind: Kind, first: number): Load {
  const rows = Array.from({ length: rowsPerRequest }, (_, index) => first + index);
  const code = (row: number): string => `row-${row}`;
  const withKey = rows.map((row) => `{"bench_code":"${code(row)}",${members(row)}}`);
  if (kind === "CreateMultiple" || kind === "UpsertMultiple") {
    const targets = rows.map((row, index) =>
      kind === "CreateMultiple"
        ? `{"@odata.type":"Microsoft.Dynamics.CRM.bench_row",${withKey[index]?.slice(1)}`
        : `{"@odata.type":"Microsoft.Dynamics.CRM.bench_row","@odata.id":"bench_rows(bench_code='${code(row)}')",${members(row)}}`,
    );
    const body = `{"Targets":[${targets.join(",")}]}`;
    const url = `${root}/bench_rows/Microsoft.Dynamics.CRM.${kind}`;
    return { url, contentType: "application/json", body: Buffer.from(body), json: body };
  }
  const parts = rows.map((row, index) =>
    kind === "batch create"
      ? part(`POST ${root}/bench_rows`, withKey[index] ?? "")
      : part(`PATCH ${root}/bench_rows(bench_code='${code(row)}')`, `{${members(row)}}`),
  );
  const body = Buffer.from(`${parts.join("")}--${boundary}--\r\n`);
  return {
    url: `${root}/$batch`,
    contentType: `multipart/mixed; boundary=${boundary}`,
    body,
    json: `[${withKey.join(",")}]`,
  };
}
