/**
 * What the sink answers to a `$batch`: each write is applied, to the row that it names; each read finds nothing. JSON text holds no raw
 * line end, so a delimiter is one.
 */

export const answerBoundary = "batchresponse_sink";
const anyId = "00000000-0000-4000-8000-000000000000";
const entityUrl = `http://127.0.0.1/api/data/v9.2/bench_rows(${anyId})`;

function partOf(...lines: readonly string[]): string {
  const head = [`--${answerBoundary}`, "Content-Type: application/http", "Content-Transfer-Encoding: binary", ""];
  return [...head, ...lines, ""].join("\r\n");
}

const noContent = Buffer.from(
  partOf(
    "HTTP/1.1 204 No Content",
    "OData-Version: 4.0",
    `Location: ${entityUrl}`,
    `OData-EntityId: ${entityUrl}`,
    "",
    "",
  ),
);
const locationId = noContent.indexOf(anyId);
const entityId = noContent.lastIndexOf(anyId);
const closing = Buffer.from(`--${answerBoundary}--\r\n`);
const noRows = partOf(
  "HTTP/1.1 200 OK",
  "Content-Type: application/json; odata.metadata=minimal",
  "OData-Version: 4.0",
  "",
  '{"value":[]}',
);

/** The server never mixes the two. */
export function isRead(body: Buffer): boolean {
  const head = body.indexOf("\r\n\r\n");
  return body.toString("latin1", head + 4, head + 8) === "GET ";
}

/** A part for each of the rows. */
export function applied(ids: readonly string[]): Buffer {
  const answer = Buffer.allocUnsafe(ids.length * noContent.length + closing.length);
  for (const [index, id] of ids.entries()) {
    const start = index * noContent.length;
    noContent.copy(answer, start);
    answer.write(id, start + locationId, "latin1");
    answer.write(id, start + entityId, "latin1");
  }
  closing.copy(answer, answer.length - closing.length);
  return answer;
}

/** To each read of the body. */
export function nothingFound(body: Buffer): Buffer {
  const reads = body.toString("latin1").split("\r\n\r\nGET ").length - 1;
  return Buffer.from(`${noRows.repeat(reads)}--${answerBoundary}--\r\n`);
}
