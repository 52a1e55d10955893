/** A complete file becomes the value of its column; what it replaces is gone with the commit. */
import type { Session } from "../environment.ts";
import type { StoredFile } from "../rows/files.ts";
import { stored } from "../rows/row.ts";
import type { Transaction } from "../rows/transaction.ts";
import type { Column } from "../schema/types.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { Holder } from "./reference.ts";
import { update } from "./update.ts";

/** Throws for more bytes than the column takes. */
export function checkFileSize(column: Column, bytes: number): void {
  if (bytes > column.maxSizeKb * 1024) {
    throw new ServiceError(400, codes.fileSize, "Attachment file size is too big.");
  }
}

/** Returns the id of the file. */
export function storeFile(
  session: Session,
  transaction: Transaction,
  { table, row, column }: Holder & { readonly column: Column },
  file: Omit<StoredFile, "place">,
): string {
  checkFileSize(column, file.bytes.byteLength);
  const id = session.chance.guid();
  update(session, transaction, { table, row, sent: [{ column, value: id }], replace: false });
  const place = { table: table.name, id: row.id, column: column.name };
  transaction.afterCommit(() => session.files.put(id, { ...file, place }));
  forgetFile(session, transaction, { table, row, column });
  return id;
}

export function deleteFile(
  session: Session,
  transaction: Transaction,
  holder: Holder & { readonly column: Column },
): void {
  const { table, row, column } = holder;
  update(session, transaction, { table, row, sent: [{ column, value: null }], replace: false });
  forgetFile(session, transaction, holder);
}

/** What the row held until now. */
function forgetFile(
  session: Session,
  transaction: Transaction,
  { row, column }: Holder & { readonly column: Column },
): void {
  const before = stored(row, column);
  if (typeof before === "string") {
    transaction.afterCommit(() => session.files.remove(before));
  }
}
