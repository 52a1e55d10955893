/** Files by actions: uploaded in named blocks that a commit puts in order, downloaded in ranges, deleted by their id. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import type { Upload } from "../rows/files.ts";
import { canonicalGuid } from "../rows/values.ts";
import type { Column } from "../schema/types.ts";
import type { Call } from "../wire/call.ts";
import { codes, missingRow, ServiceError } from "../wire/errors.ts";
import type { Json, JsonObject } from "../wire/json-value.ts";
import { isObject, NumberText } from "../wire/json-value.ts";
import type { PartReply } from "../wire/reply.ts";
import { noContent, ok } from "../wire/reply.ts";
import { checkFileName } from "./file-name.ts";
import { checkFileSize, deleteFile, storeFile } from "./file-store.ts";
import type { Holder } from "./reference.ts";

type Action = (session: Session, call: Call, parameters: JsonObject) => PartReply;

/** By name of the action; `parameters` is the request's body. */
export const fileActions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["InitializeFileBlocksUpload", initializeUpload],
  ["UploadBlock", uploadBlock],
  ["CommitFileBlocksUpload", commitUpload],
  ["InitializeFileBlocksDownload", initializeDownload],
  ["DownloadBlock", downloadBlock],
  ["DeleteFile", removeFile],
]);

const blockBytesMax = 4 * 1024 * 1024;
const blockIdBytesMax = 64;

function initializeUpload(session: Session, _call: Call, parameters: JsonObject): PartReply {
  const { table, row, column } = targetOf(session, parameters);
  const name = textOf(parameters, "FileName");
  checkFileName(name);
  const place = { table: table.name, id: row.id, column: column.name };
  const upload = session.files.open(session.chance, place, name);
  return answer(session, "InitializeFileBlocksUploadResponse", { FileContinuationToken: upload.token });
}

function uploadBlock(session: Session, _call: Call, parameters: JsonObject): PartReply {
  const upload = uploadOf(session, parameters);
  const id = textOf(parameters, "BlockId");
  const [first = id] = upload.blocks.keys();
  if (Buffer.byteLength(id, "base64") > blockIdBytesMax || id.length !== first.length) {
    throw refused(`BlockId takes up to ${blockIdBytesMax} bytes as base64, as many for every block of a file.`);
  }
  const bytes = Buffer.from(textOf(parameters, "BlockData"), "base64");
  if (bytes.byteLength > blockBytesMax) {
    throw refused(`BlockData takes up to ${blockBytesMax} bytes.`);
  }
  const { column } = holderOf(session, upload.place);
  upload.length += bytes.byteLength - (upload.blocks.get(id)?.byteLength ?? 0);
  checkFileSize(column, upload.length);
  upload.blocks.set(id, bytes);
  return noContent();
}

function commitUpload(session: Session, call: Call, parameters: JsonObject): PartReply {
  const upload = uploadOf(session, parameters);
  const list = parameters.get("BlockList");
  const blocks = Array.isArray(list) ? list.map((id) => upload.blocks.get(String(id))) : [undefined];
  const present = blocks.filter((block) => block !== undefined);
  if (present.length !== blocks.length) {
    throw refused("BlockList names blocks that were not uploaded.");
  }
  const name = textOf(parameters, "FileName");
  checkFileName(name);
  const file = { name, mimeType: textOf(parameters, "MimeType"), bytes: Buffer.concat(present) };
  const id = storeFile(session, call.transaction, holderOf(session, upload.place), file);
  session.files.close(upload);
  return answer(session, "CommitFileBlocksUploadResponse", { FileId: id, FileSizeInBytes: file.bytes.byteLength });
}

/** The continuation token of a download is the file's id. */
function initializeDownload(session: Session, _call: Call, parameters: JsonObject): PartReply {
  const { row, column } = targetOf(session, parameters);
  const id = row.values[column.ordinal] ?? null;
  const file = typeof id === "string" ? session.files.get(id) : undefined;
  if (file === undefined) {
    throw refused(`No file attachment found for attribute: ${column.name} EntityId: ${row.id}.`);
  }
  return answer(session, "InitializeFileBlocksDownloadResponse", {
    FileContinuationToken: id,
    FileSizeInBytes: file.bytes.byteLength,
    FileName: file.name,
    IsChunkingSupported: true,
  });
}

function downloadBlock(session: Session, _call: Call, parameters: JsonObject): PartReply {
  const file = session.files.get(textOf(parameters, "FileContinuationToken"));
  if (file === undefined) {
    throw refused("FileContinuationToken names no file.");
  }
  const offset = numberOf(parameters, "Offset");
  const length = Math.min(numberOf(parameters, "BlockLength"), blockBytesMax);
  const bytes = Buffer.from(file.bytes.subarray(offset, offset + length));
  return answer(session, "DownloadBlockResponse", { Data: bytes.toString("base64") });
}

function removeFile(session: Session, call: Call, parameters: JsonObject): PartReply {
  const id = textOf(parameters, "FileId").toLowerCase();
  const file = session.files.get(id);
  if (file === undefined) {
    throw missingRow("fileattachment", id);
  }
  deleteFile(session, call.transaction, holderOf(session, file.place));
  return noContent();
}

type FileHolder = Holder & { readonly column: Column };

/** `Target` names its row by type and primary key. */
function targetOf(session: Session, parameters: JsonObject): FileHolder {
  const target = parameters.get("Target");
  const type = isObject(target) ? target.get("@odata.type") : undefined;
  if (!isObject(target) || typeof type !== "string") {
    throw refused("Target must be a row with @odata.type and its primary key.");
  }
  const table = session.catalog.named(type.replace(/^#?Microsoft\.Dynamics\.CRM\./, ""));
  const id = canonicalGuid(String(target.get(table.primaryId.name)));
  if (id === undefined) {
    throw refused(`Target has no ${table.primaryId.name}.`);
  }
  return holderOf(session, { table: table.name, id, column: textOf(parameters, "FileAttributeName") });
}

function holderOf(session: Session, { table: name, id, column: columnName }: Upload["place"]): FileHolder {
  const table = session.catalog.named(name);
  const column = table.byName.get(columnName);
  if (column?.type !== "file") {
    throw refused(`${name} has no file column '${columnName}'.`);
  }
  const row = session.store.rows(table).get(id);
  if (row === undefined) {
    throw missingRow(name, id);
  }
  return { table, row, column };
}

function uploadOf(session: Session, parameters: JsonObject): Upload {
  const upload = session.files.upload(textOf(parameters, "FileContinuationToken"));
  if (upload === undefined) {
    throw refused("FileContinuationToken names no upload.");
  }
  return upload;
}

function textOf(parameters: JsonObject, name: string): string {
  const value: Json | undefined = parameters.get(name);
  if (typeof value !== "string") {
    throw refused(`The parameter '${name}' is missing or no text.`);
  }
  return value;
}

function numberOf(parameters: JsonObject, name: string): number {
  const value = parameters.get(name);
  const number = value instanceof NumberText ? Number(value.text) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 0) {
    throw refused(`The parameter '${name}' is missing or no whole number.`);
  }
  return number;
}

function refused(message: string): ServiceError {
  return new ServiceError(400, codes.argument, message);
}

function answer(session: Session, type: string, members: Readonly<Record<string, unknown>>): PartReply {
  const context = `${session.settings.url}${serviceRoot}$metadata#Microsoft.Dynamics.CRM.${type}`;
  return ok(JSON.stringify({ "@odata.context": context, ...members }));
}
