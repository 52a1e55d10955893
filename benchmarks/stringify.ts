/**
 * What the plain way costs: the rows of a file as objects of arrow-js, each through JSON.stringify. Only that is timed, no
 * request and no check. Called as `stringify.ts FILE ROWS rows|getters`; prints `{rows, bytes, cpuSeconds}`.
 */
import { readFileSync } from "node:fs";
import type { Table } from "apache-arrow";
import { tableFromIPC } from "apache-arrow";

function replacer(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** `table.get(i)`: a proxy object per row. */
function byRows(rows: Table, count: number): number {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += JSON.stringify(rows.get(i)?.toJSON(), replacer).length;
  return bytes;
}

/** The getter of each column, batch by batch: what someone writes who has measured the first way. */
function byGetters(rows: Table, count: number): number {
  const names = rows.schema.fields.map(({ name }) => name);
  let bytes = 0;
  let left = count;
  for (const batch of rows.batches) {
    const columns = names.map((name) => batch.getChild(name));
    for (let i = 0; i < batch.numRows && left > 0; i++, left--) {
      const row: Record<string, unknown> = {};
      for (let c = 0; c < names.length; c++) row[names[c] ?? ""] = columns[c]?.get(i);
      bytes += JSON.stringify(row, replacer).length;
    }
  }
  return bytes;
}

const [file = "", count = "0", way] = process.argv.slice(2);
const rows = tableFromIPC(readFileSync(file));
const before = process.cpuUsage();
const bytes = (way === "getters" ? byGetters : byRows)(rows, Number(count));
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ rows: Number(count), bytes, cpuSeconds: (user + system) / 1e6 }));
