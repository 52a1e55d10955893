/** Files by PATCH or PUT of their column: whole, or in chunks that a session token holds together. */
import type { Session } from "../environment.ts";
import { rowUrl } from "../environment.ts";
import type { Upload } from "../rows/files.ts";
import type { Column } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { noContent, notAllowed } from "../wire/reply.ts";
import { checkFileName } from "./file-name.ts";
import { checkFileSize, deleteFile, storeFile } from "./file-store.ts";
import type { Holder } from "./reference.ts";

/** What the service asks clients to send at once. */
const chunkBytes = 4_194_304;

/** The service takes no larger file in a single request. */
const singleBytesMax = 128 * 1024 * 1024;

type Place = Holder & { readonly address: RowAddress };

export function writeFile(session: Session, call: Call, place: Place, column: Column): PartReply {
  const { method, headers } = call.part;
  if (method === "DELETE") {
    deleteFile(session, call.transaction, { ...place, column });
    return noContent();
  }
  if (method !== "PATCH" && method !== "PUT") {
    throw notAllowed(method);
  }
  const token = call.query.get("sessiontoken");
  if (token !== undefined) {
    return takeChunk(session, call, { ...place, column }, token);
  }
  if (headers["x-ms-transfer-mode"]?.toLowerCase() === "chunked") {
    return openUpload(session, call, place, column);
  }
  const bytes = contentOf(call);
  if (bytes.byteLength >= singleBytesMax) {
    throw new ServiceError(400, codes.fileSize, "Attachment file size is too big.");
  }
  storeFile(session, call.transaction, { ...place, column }, { name: fileName(call), mimeType: mimeType(call), bytes });
  return noContent();
}

function contentOf({ part }: Call): Uint8Array {
  return part.bytes ?? Buffer.from(part.body, "utf8");
}

function mimeType({ part }: Call): string {
  return part.headers["content-type"] ?? "application/octet-stream";
}

/** The header wins over the query, but takes ASCII only. */
function fileName({ part, query }: Call): string {
  const name = part.headers["x-ms-file-name"] ?? query.get("x-ms-file-name") ?? "";
  if (name === "") {
    throw badUpload("The name of the file is missing: x-ms-file-name, in a header or in the query.");
  }
  if (part.headers["x-ms-file-name"] !== undefined && !/^[ -~]+$/.test(name)) {
    throw badUpload("The header x-ms-file-name takes ASCII characters only; other names go into the query.");
  }
  checkFileName(name);
  return name;
}

function openUpload(session: Session, call: Call, { address, table, row }: Place, column: Column): PartReply {
  const place = { table: table.name, id: row.id, column: column.name };
  const upload = session.files.open(session.chance, place, fileName(call));
  return {
    status: 200,
    headers: {
      "OData-Version": "4.0",
      Location: `${rowUrl(session, address.echo)}/${column.name}?sessiontoken=${upload.token}`,
      "x-ms-chunk-size": String(chunkBytes),
      "Accept-Ranges": "bytes",
    },
    body: "",
  };
}

/** 206 while more is to come, 204 for the last. */
function takeChunk(session: Session, call: Call, place: Place & { readonly column: Column }, token: string): PartReply {
  const { table, row, column } = place;
  const upload = session.files.upload(token);
  if (upload?.place.id !== row.id || upload.place.column !== column.name || upload.place.table !== table.name) {
    throw badUpload("The session token belongs to no upload of this file.");
  }
  const bytes = contentOf(call);
  const total = totalOf(call.part.headers["content-range"], upload, bytes.byteLength);
  checkFileSize(column, total);
  upload.blocks.set(String(upload.length), bytes);
  upload.length += bytes.byteLength;
  if (upload.length < total) {
    return { status: 206, headers: { "OData-Version": "4.0" }, body: "" };
  }
  const whole = Buffer.concat([...upload.blocks.values()]);
  storeFile(session, call.transaction, place, { name: upload.name, mimeType: mimeType(call), bytes: whole });
  session.files.close(upload);
  return noContent();
}

/** Bytes of the whole file. Throws for a range that is not the next one, or not what was sent. */
function totalOf(range: string | undefined, { length }: Upload, bytes: number): number {
  const [, first, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range ?? "") ?? [];
  const isNext = Number(first) === length && Number(last) === length + bytes - 1 && Number(last) < Number(total);
  if (!isNext) {
    throw badUpload(`Content-Range is '${range ?? ""}', but bytes ${length}-${length + bytes - 1} were expected.`);
  }
  return Number(total);
}

function badUpload(message: string): ServiceError {
  return new ServiceError(400, codes.argument, message);
}
