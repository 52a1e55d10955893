/**
 * The version that a row must still have, as the ETag of its part's `If-Match`: a row that was changed since it was read is not
 * written over. The text goes into a header line, so that nothing but what an ETag is made of may pass.
 */
import type { Column, RecordBatch } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { WriteAddress } from "../keys/address.ts";
import { describeType, didYouMean } from "../text/describe.ts";
import type { WriteValue } from "../text/value.ts";
import { columnAt } from "../text/value.ts";
import { exactNumber } from "../values/number-codec.ts";
import type { MappingContext } from "./mapping-context.ts";

/** As `@odata.etag` shows it: a number on standard tables, a text like a GUID on elastic ones. */
const etag = /^W\/"[0-9A-Za-z-]{1,64}"$/;
const number = /^\d{1,20}$/;
const textMax = 70;
const versions = { precision: 0, min: "0", max: "9223372036854775807" };

const NULL_VERSION = "null, but rowVersion names it: without a version the row might be written over";
const NO_VERSION = "no row version: neither a versionnumber nor an @odata.etag";
const NO_ETAG = "no @odata.etag, which the rows of an elastic table have";

/** What is wrong with `rowVersion`. */
export function rowVersionFaults({ request, schema, table }: MappingContext): readonly string[] {
  const { rowVersion, mode, strategy } = request;
  if (rowVersion === "") return [];
  const faults: string[] = [];
  if (mode !== "UPDATE" && mode !== "DELETE") faults.push(`rowVersion has no part in ${mode}: use UPDATE or DELETE`);
  if (strategy === "BULK")
    faults.push('"strategy" is BULK, but bulk messages take no row versions: use AUTO or BATCH with rowVersion');
  const field = schema.fields.find(({ name }) => name === rowVersion);
  if (field === undefined) {
    const names = schema.fields.map(({ name }) => name);
    return [...faults, `rowVersion names ${rowVersion}, which is no input column.${didYouMean(rowVersion, names)}`];
  }
  const { kind } = field.type;
  const expected = table.tableType === "Elastic" ? "text with @odata.etag" : "integers or text";
  const fits = kind === "utf8" || (kind === "int" && table.tableType !== "Elastic");
  if (!fits) faults.push(`rowVersion names ${rowVersion} (${describeType(field.type)}): expected ${expected}`);
  return faults;
}

/** Undefined when the request names no version. Writes the ETag and the blank line after it. */
export function rowVersionOf(context: MappingContext): ((batch: RecordBatch) => WriteAddress) | undefined {
  const { rowVersion } = context.request;
  if (rowVersion === "") return undefined;
  const source = context.schema.fields.findIndex(({ name }) => name === rowVersion);
  const elastic = context.table.tableType === "Elastic";
  return (batch) => {
    const column = columnAt(batch, source);
    const write = column.field.type.kind === "int" ? writeNumber(column) : writeText(column, elastic);
    return (row, out) => {
      const is = isNull(column, row) ? NULL_VERSION : write(row, out);
      out.ascii("\r\n\r\n");
      return is === undefined ? undefined : { column: rowVersion, is };
    };
  };
}

function writeNumber(column: Column): WriteValue {
  const write = exactNumber(versions, "REFUSE")(column);
  return (row, out) => {
    out.ascii('W/"');
    const is = write(row, out);
    out.byte(0x22);
    return is;
  };
}

function writeText({ values, offsets }: Column, elastic: boolean): WriteValue {
  return (row, out) => {
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    const text = end - start > textMax ? "" : Buffer.from(values.subarray(start, end)).toString("latin1");
    if (etag.test(text)) out.ascii(text);
    else if (elastic) return NO_ETAG;
    else if (number.test(text)) out.ascii(`W/"${text}"`);
    else return NO_VERSION;
    return undefined;
  };
}
