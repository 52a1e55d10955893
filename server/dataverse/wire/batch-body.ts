/** The body of a `$batch`: single operations, each a transaction of its own; never a change set, where one bad row undoes the rest. */
import { boundary, closingDelimiter, crlf, partHeader } from "./part.ts";

/** Of the outer request. Without continue-on-error the service stops at the first failing row. */
export const batchHeaders: Readonly<Record<string, string>> = {
  "Content-Type": `multipart/mixed; boundary="${boundary}"`,
  Prefer: "odata.continue-on-error",
  Accept: "application/json",
  "OData-MaxVersion": "4.0",
  "OData-Version": "4.0",
};

/** A complete part that reads. `path` is relative to the host and encoded. */
export function getPart(path: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  const lines = [`GET ${path} HTTP/1.1`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  // The service wants a second blank line in place of a body.
  return Buffer.concat([partHeader, Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), crlf]);
}

/** Complete parts as one body: one copy, exact size. */
export function assemble(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, closingDelimiter]);
}
