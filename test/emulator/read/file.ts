/** Download of file and image columns: `new_doc/$value` as it is, `new_doc` as base64 in JSON, both whole or by `Range`. */
import { rowPath } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import { rowUrl } from "../environment.ts";
import type { Row } from "../rows/row.ts";
import { stored } from "../rows/row.ts";
import type { Column } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { jsonType, noContent } from "../wire/reply.ts";
import { contextUrl } from "./render.ts";

interface Content {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `raw`: the bytes themselves. A column without content is 204. */
export function downloadFile(
  session: Session,
  call: Call,
  { address, row }: { readonly address: RowAddress; readonly row: Row },
  { column, raw }: { readonly column: Column; readonly raw: boolean },
): PartReply {
  const content = contentOf(session, row, column);
  if (content === undefined) {
    return noContent();
  }
  const range = rangeOf(call.part.headers["range"], content.bytes.byteLength);
  const bytes = range === undefined ? content.bytes : content.bytes.subarray(range.from, range.to + 1);
  const headers = {
    "OData-Version": "4.0",
    "Content-Disposition": `attachment; filename="${content.name.replace(/[^ -~]|["\\]/g, "_")}"`,
    "x-ms-file-name": encodeURIComponent(content.name),
    "x-ms-file-size": String(content.bytes.byteLength),
    Location: `${rowUrl(session, address.echo)}/${column.name}${raw ? "/$value" : "?size=full"}`,
    ...(range === undefined ? {} : { "Content-Range": `bytes ${range.from}-${range.to}/${content.bytes.byteLength}` }),
  };
  const status = range === undefined ? 200 : 206;
  if (raw) {
    return { status, headers: { ...headers, "Content-Type": "application/octet-stream" }, body: "", bytes };
  }
  const context = contextUrl(session, `${rowPath(address.table, row.id)}/${column.name}`);
  const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const body = JSON.stringify({ "@odata.context": context, value });
  return { status, headers: { ...headers, "Content-Type": jsonType }, body };
}

function contentOf(session: Session, row: Row, column: Column): Content | undefined {
  const value = stored(row, column);
  if (typeof value !== "string") {
    return undefined;
  }
  return column.type === "image"
    ? { name: `${column.name}.jpg`, bytes: Buffer.from(value, "base64") }
    : session.files.get(value);
}

/** Undefined without a range. Throws for one that the content does not have. */
function rangeOf(
  header: string | undefined,
  length: number,
): { readonly from: number; readonly to: number } | undefined {
  if (header === undefined || length === 0) {
    return undefined;
  }
  const [, from, to = ""] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header) ?? [];
  const end = to === "" ? length - 1 : Math.min(Number(to), length - 1);
  if (from === undefined || Number(from) > end) {
    throw new ServiceError(416, codes.argument, `The range '${header.slice(0, 100)}' is not part of the file.`);
  }
  return { from: Number(from), to: end };
}
