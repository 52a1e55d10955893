/**
 * The server's encoder over the rows of a file, in a process of its own: `encode-run.ts FILE ROWS MODE WAY`. Only binding and encoding
 * are timed; reading the file is not. Prints `{rows, bytes, cpuSeconds}`.
 */
import { readFileSync } from "node:fs";
import type { RecordBatch, Schema } from "../server/arrow/columns.ts";
import { StreamDecoder } from "../server/arrow/decode.ts";
import { Table } from "../server/arrow/flatbuffer.ts";
import { Guid } from "../server/core/guid.ts";
import type { Mapping } from "../server/dataverse/mapping/mapping.ts";
import { compileMapping } from "../server/dataverse/mapping/mapping.ts";
import { readTable, tableQueries } from "../server/dataverse/metadata/tables.ts";
import type { Mode } from "../server/dataverse/request.ts";
import { Bytes } from "../server/dataverse/text/bytes.ts";
import type { Way } from "../server/dataverse/wire/way.ts";
import { usualRequest } from "../test/support/usual-request.ts";
import { answerMetadata, keyName, tableName } from "./sink-table.ts";

/** As many as make a request; the buffer is used again, as one that was sent and freed would be. */
const rowsPerRequest = 1000;
const mintedId = Guid.of("018f2a54-0000-8000-8000-0123456789ab");
/** Of a Message: the length of its body is its fourth field. */
const bodyLengthSlot = 3;

/** Each message: a mark, the length of its header, the header, its body. */
function readRows(file: string, count: number): { readonly schema: Schema; readonly batches: readonly RecordBatch[] } {
  const bytes = readFileSync(file);
  const decoder = new StreamDecoder();
  const batches: RecordBatch[] = [];
  let schema: Schema | undefined;
  let rows = 0;
  for (let at = 0; rows < count; ) {
    const start = at + 8;
    const header = bytes.subarray(start, start + bytes.readInt32LE(at + 4));
    const bodyBytes = Number(Table.root(header).int64(bodyLengthSlot));
    at = start + header.length + bodyBytes;
    const arrival = decoder.read(header, bytes.subarray(at - bodyBytes, at));
    if (arrival.kind === "schema") schema = arrival.schema;
    if (arrival.kind !== "record_batch") continue;
    batches.push(arrival.batch);
    rows += arrival.batch.rows;
  }
  if (schema === undefined) throw new Error(`${file} has no schema.`);
  return { schema, batches };
}

function mappingOf(schema: Schema, mode: Mode): Mapping {
  const answers = tableQueries(tableName).map(
    ({ part, path }) => [part, answerMetadata(`/api/data/v9.2/${path}`)] as const,
  );
  const table = readTable(new Map(answers.filter(([, answer]) => answer !== undefined)));
  const request = {
    ...usualRequest,
    table: tableName,
    mode,
    matchOn: mode === "INSERT" ? [] : [keyName],
    rowKey: mode === "INSERT" ? [keyName] : [],
    excess: "ROUND",
  } as const;
  return compileMapping(schema, request, table, new Map());
}

const [file = "", count = "0", mode = "UPSERT", way = "batch"] = process.argv.slice(2);
const { schema, batches } = readRows(file, Number(count));
const mapping = mappingOf(schema, mode as Mode);
const encoder = mapping.encoder(way as Way);
const id = mapping.mintsIds ? mintedId : undefined;
const out = new Bytes(1 << 20);
let rows = 0;
let bytes = 0;
const before = process.cpuUsage();
for (const batch of batches) {
  encoder.bind(batch);
  for (let row = 0; row < batch.rows; row++) {
    if (row % rowsPerRequest === 0) {
      bytes += out.length;
      out.truncate(0);
    }
    const failure = encoder.encode(row, 0, id, out);
    if (failure !== undefined) throw new Error(`Row ${row}: ${failure.message}`);
  }
  rows += batch.rows;
}
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ rows, bytes: bytes + out.length, cpuSeconds: (user + system) / 1e6 }));
