/** What a `$batch` part is made of: the one place that knows the boundary and the bytes around an operation. */

/** All paths of the service begin with it; URLs within parts are relative to the host. */
export const servicePath = "/api/data/v9.2/";

/** Ours in every request. A body may hold it: JSON text has no raw line end, so no row can form a delimiter line. */
export const boundary = "dataverse-flight";

export const crlf: Buffer = Buffer.from("\r\n");

/** Opens each part: up to and including the blank line before the request line. */
export const partHeader: Buffer = Buffer.from(
  `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n`,
);

/** Follows the URL of an operation with a body, up to and including the blank line before the JSON. */
export const jsonHeader: Buffer = Buffer.from(" HTTP/1.1\r\nContent-Type: application/json\r\n\r\n");

/** As `jsonHeader`, for an operation that must find its row. */
export const jsonIfMatchHeader: Buffer = Buffer.from(
  " HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: *\r\n\r\n",
);

/** As `jsonHeader`, for an operation that must find no row. */
export const jsonIfNoneMatchHeader: Buffer = Buffer.from(
  " HTTP/1.1\r\nContent-Type: application/json\r\nIf-None-Match: *\r\n\r\n",
);

/** As `jsonIfMatchHeader`, up to the ETag of the version that the row must have. */
export const jsonIfMatch: Buffer = Buffer.from(" HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: ");

/** As `jsonIfMatch`, for an operation without a body. */
export const emptyIfMatch: Buffer = Buffer.from(" HTTP/1.1\r\nIf-Match: ");

/** Follows the URL of an operation without a body: the whole rest of its part (the service wants both blank lines). */
export const emptyHeader: Buffer = Buffer.from(" HTTP/1.1\r\n\r\n\r\n");

/** Closes the batch; the service refuses a body without the last line end. */
export const closingDelimiter: Buffer = Buffer.from(`--${boundary}--\r\n`);
