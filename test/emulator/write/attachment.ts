/** Notes carry a document as base64 in their body: its size, its kind, and names that no document may have. */
import { isBase64 } from "../rows/image.ts";
import type { Assignment } from "../rows/transaction.ts";
import type { Stored } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import { checkFileName } from "./file-name.ts";

/** Fills in what follows from the document and from what the note is about. Throws for a document that the service blocks. */
export function settleAttachment(table: Table, values: Stored[], sent: readonly Assignment[]): void {
  if (table.name !== "annotation" || sent.length === 0) {
    return;
  }
  const get = (name: string): Stored => values[table.byName.get(name)?.ordinal ?? -1] ?? null;
  const set = (name: string, value: Stored): void => {
    const column = table.byName.get(name);
    if (column !== undefined) {
      values[column.ordinal] = value;
    }
  };
  const [about, body] = [get("objectid"), get("documentbody")];
  checkFileName(String(get("filename") ?? ""));
  if (typeof body === "string" && !isBase64(body)) {
    throw new ServiceError(400, codes.argument, "The content of 'documentbody' is no base64.");
  }
  set("objecttypecode", typeof about === "object" && about !== null ? about.table : null);
  set("isdocument", body !== null);
  set("filesize", typeof body === "string" ? Buffer.byteLength(body, "base64") : null);
}
