/** What the sink answers to a `$batch`: each write is applied, each read finds nothing. JSON text holds no raw line end, so a delimiter is one. */

export const answerBoundary = "batchresponse_sink";
const entityUrl = "http://127.0.0.1/api/data/v9.2/bench_rows(00000000-0000-4000-8000-000000000001)";

function partOf(...lines: readonly string[]): string {
  const head = [`--${answerBoundary}`, "Content-Type: application/http", "Content-Transfer-Encoding: binary", ""];
  return [...head, ...lines, ""].join("\r\n");
}

const noContent = partOf(
  "HTTP/1.1 204 No Content",
  "OData-Version: 4.0",
  `Location: ${entityUrl}`,
  `OData-EntityId: ${entityUrl}`,
  "",
  "",
);
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

const answers = new Map<number, Buffer>();

/** Of `count` parts. */
export function applied(count: number): Buffer {
  const known = answers.get(count) ?? Buffer.from(`${noContent.repeat(count)}--${answerBoundary}--\r\n`);
  answers.set(count, known);
  return known;
}

/** To each read of the body. */
export function nothingFound(body: Buffer): Buffer {
  const reads = body.toString("latin1").split("\r\n\r\nGET ").length - 1;
  return Buffer.from(`${noRows.repeat(reads)}--${answerBoundary}--\r\n`);
}
