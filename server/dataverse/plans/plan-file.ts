/** File columns: each file is a request of its own, after the row that holds it was written. */

import type { Field, RecordBatch } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Table } from "../metadata/tables.ts";
import type { ColumnRequest, PublishRequest } from "../request.ts";
import type { FreeField } from "../rows/body-property.ts";
import type { FileColumn, FileContent } from "../rows/file-column.ts";
import { describeType, didYouMean } from "../text/describe.ts";
import { columnAt } from "../text/value.ts";
import { emptyHeader, partHeader, servicePath } from "../wire/part.ts";
import type { Frame } from "../wire/way.ts";

/** It goes into the address of the upload, where a character of it may take nine bytes. */
const nameMax = 500;
const LONG_NAME = `a file whose name is longer than ${nameMax} UTF-16 units`;
const NO_NAME = "a file without a name: the column of its name is null or empty";

/** @returns the column, or what is wrong with it. */
export function resolveFile(
  column: ColumnRequest,
  attribute: Attribute,
  { fields, request }: { readonly fields: readonly Field[]; readonly request: PublishRequest },
): FileColumn | string {
  const { target, sources } = column;
  const [name] = sources;
  const source = fields.findIndex((field) => field.name === name);
  const field = fields[source];
  if (field === undefined || sources.length > 1) return `${target} is a file and takes one input column`;
  if (request.mode === "DELETE") return `${target} has no part in a DELETE, which sends only the key`;
  if (column.onlyOn !== undefined) return `${target} is a file, which is sent after the row: leave "onlyOn" out`;
  const { kind } = field.type;
  if (kind !== "binary" && kind !== "null") {
    return `${field.name} (${describeType(field.type)}) cannot be sent to ${target} (${attribute.typeName}): expected binary: the bytes of the file`;
  }
  const nameFrom = column.file?.nameFrom;
  if (nameFrom === undefined) return { attribute, source, nameSource: undefined };
  const nameSource = fields.findIndex((each) => each.name === nameFrom);
  const named = fields[nameSource];
  if (named === undefined) {
    const names = fields.map((each) => each.name);
    return `"nameFrom" of ${target} names ${nameFrom}, which is no input column.${didYouMean(nameFrom, names)}`;
  }
  if (named.type.kind !== "utf8") return `"nameFrom" of ${target} names ${nameFrom}: expected utf8`;
  return { attribute, source, nameSource };
}

/** Writes nothing: a row whose file cannot be sent fails before anything of it is. */
export function fileCheck(file: FileColumn): FreeField {
  const { attribute } = file;
  const bytesMax = attribute.maxSizeKb === undefined ? Number.POSITIVE_INFINITY : attribute.maxSizeKb * 1024;
  const tooBig = `a file larger than its maximum of ${attribute.maxSizeKb} KiB`;
  return {
    attribute: attribute.logicalName,
    write: (batch) => {
      const column = columnAt(batch, file.source);
      const name = bindName(file, batch);
      return (row) => {
        if (isNull(column, row)) return undefined;
        const size = (column.offsets[row + 1] ?? 0) - (column.offsets[row] ?? 0);
        if (size > bytesMax) return tooBig;
        const { length } = name(row);
        return length === 0 ? NO_NAME : length > nameMax ? LONG_NAME : undefined;
      };
    },
  };
}

/** The request line of the upload; its method and body depend on the row. */
export function fileFrame(table: Table, { attribute }: FileColumn): Frame {
  return {
    head: Buffer.concat([partHeader, Buffer.from(`PATCH ${servicePath}${table.entitySetName}`)]),
    address: "brackets",
    tail: Buffer.concat([Buffer.from(`/${attribute.logicalName}`), emptyHeader]),
    opensObject: false,
    close: Buffer.alloc(0),
  };
}

/** A row with a file; one without where that clears the file. */
export function isFileDue(
  { source }: FileColumn,
  { mode, nulls }: PublishRequest,
): (batch: RecordBatch) => (row: number) => boolean {
  const clears = nulls === "CLEAR" && mode !== "INSERT";
  return (batch) => {
    const column = columnAt(batch, source);
    return (row) => clears || !isNull(column, row);
  };
}

export function fileContent(file: FileColumn): (batch: RecordBatch) => (row: number) => FileContent {
  return (batch) => {
    const column = columnAt(batch, file.source);
    const name = bindName(file, batch);
    return (row) => {
      if (isNull(column, row)) return { name: "", bytes: undefined };
      return { name: name(row), bytes: column.values.subarray(column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0) };
    };
  };
}

/** The file's name; that of the attribute where no column gives one. */
function bindName({ attribute, nameSource }: FileColumn, batch: RecordBatch): (row: number) => string {
  if (nameSource === undefined) return () => attribute.logicalName;
  const column = columnAt(batch, nameSource);
  return (row) => {
    if (isNull(column, row)) return "";
    const bytes = column.values.subarray(column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  };
}
