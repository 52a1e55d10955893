import { describe, expect, it } from "vitest";
import { Guid } from "../../../../server/core/guid.ts";
import { readBatchReply } from "../../../../server/dataverse/wire/batch-reply.ts";

const type = "multipart/mixed; boundary=batchresponse_0d31";
const mime = "--batchresponse_0d31\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n";
const applied = `${mime}HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nOData-EntityId: https://x/api/data/v9.2/accounts(1)\r\n\r\n\r\n`;
const json = '{"error":{"code":"0x80044331","message":"too long"}}';
const failed = `${mime}HTTP/1.1 400 Bad Request\r\nREQ_ID: 2c9a\r\nContent-Type: application/json\r\n\r\n${json}\r\n`;
const end = "--batchresponse_0d31--\r\n";

function read(text: string, expected: number, contentType = type): ReturnType<typeof readBatchReply> {
  return readBatchReply(contentType, Buffer.from(text, "latin1"), expected);
}

const unknown = expect.objectContaining({ code: "outcome_unknown" });

describe("a reply as the service writes it", () => {
  it("gives status, headers and body of each part in order", () => {
    const parts = read(applied + failed + applied + end, 3);
    expect(parts.map((part) => [part.status, part.body.toString()])).toEqual([
      [204, ""],
      [400, json],
      [204, ""],
    ]);
    expect(parts[1]?.headers["req_id"]).toBe("2c9a");
    expect(parts[0]?.headers["odata-entityid"]).toBe("https://x/api/data/v9.2/accounts(1)");
  });

  it("gives each part its own status and headers, whatever came between it and one like it", () => {
    const parts = read(applied + applied.replace("(1)", "(2)") + failed + applied.replace("(1)", "(3)") + end, 4);
    expect(parts.map(({ status, headers }) => [status, headers["odata-entityid"]?.at(-2)])).toEqual([
      [204, "1"],
      [204, "2"],
      [400, undefined],
      [204, "3"],
    ]);
  });

  it("does not take a part for the one before when only its told length differs", () => {
    const told = (length: number): string => `${mime}HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n\r\n`;
    expect(() => read(told(0) + told(1) + end, 2)).toThrow(unknown);
  });

  it.each([
    ["a quoted boundary", 'multipart/mixed; boundary="batchresponse_0d31"'],
    ["a charset before the boundary", "Multipart/Mixed; charset=utf-8; Boundary=batchresponse_0d31"],
  ])("takes %s", (_name, contentType) => {
    expect(read(applied + end, 1, contentType)).toHaveLength(1);
  });

  it("takes the status line of a throttled part, whose reason is literally unknown", () => {
    const part = `${mime}HTTP/1.1 429 Unknown Status Code\r\nRetry-After: 7\r\n\r\n{}\r\n`;
    expect(read(part + end, 1)[0]).toMatchObject({ status: 429, headers: { "retry-after": "7" } });
  });

  it.each([
    ["without the last line end", "--batchresponse_0d31--"],
    ["with a line more", "--batchresponse_0d31--\r\n\r\n"],
  ])("takes an end %s", (_name, ending) => {
    expect(read(applied + ending, 1)).toHaveLength(1);
  });

  it("takes the line end that belongs to the first delimiter", () => {
    expect(read(`\r\n${applied}${end}`, 1)).toHaveLength(1);
  });

  it.each([
    ["a preamble", `a preamble\r\n${applied}${failed}${end}`],
    ["an epilogue", `${applied}${failed}${end}an epilogue\r\n`],
    [
      "blanks behind its boundaries",
      (applied + failed + end).replaceAll("0d31\r\n", "0d31 \t\r\n").replace("--\r\n", "-- \r\n"),
    ],
  ])("may have %s, which mean nothing", (_name, text) => {
    const parts = read(text, 2);
    expect(parts.map(({ status }) => status)).toEqual([204, 400]);
    expect(parts[1]?.body.toString()).toBe(json);
  });

  it("joins headers that are given twice", () => {
    const part = `${mime}HTTP/1.1 204 No Content\r\nX-A: 1\r\nx-a: 2\r\n\r\n\r\n`;
    expect(read(part + end, 1)[0]?.headers["x-a"]).toBe("1, 2");
  });

  it("does not look inside a body whose length is told", () => {
    const inner = `{"x":1}\r\n${end}${applied}`;
    const part = `${mime}HTTP/1.1 200 OK\r\nContent-Length: ${inner.length}\r\n\r\n${inner}\r\n`;
    expect(read(part + end, 1)[0]?.body.toString()).toBe(inner);
  });

  it("is not fooled by text that looks like a boundary, a status line or a header", () => {
    const hostile = JSON.stringify({ m: `\r\n${end}\r\nHTTP/1.1 204 No Content\r\n\r\n--batchresponse_0d31\r\n` });
    const part = `${mime}HTTP/1.1 400 Bad Request\r\n\r\n${hostile}\r\n`;
    expect(read(part + end, 1).map(({ status, body }) => [status, body.toString()])).toEqual([[400, hostile]]);
  });

  it("keeps bodies as views: a large reply is not copied", () => {
    const bytes = Buffer.from(failed + end);
    expect(readBatchReply(type, bytes, 1)[0]?.body.buffer).toBe(bytes.buffer);
  });
});

describe("a part that begins like the one before", () => {
  it("has its own status", () => {
    const absent = applied.replace("204 No Content", "404 No Content");
    expect(read(applied + absent + applied + end, 3).map(({ status }) => status)).toEqual([204, 404, 204]);
  });

  it("has its own headers", () => {
    const other = applied.replace("accounts(1)", "accounts(2)");
    const parts = read(applied + other + end, 2);
    expect(parts.map(({ headers }) => headers["odata-entityid"]?.slice(-3))).toEqual(["(1)", "(2)"]);
  });

  it("has its own length and body", () => {
    const told = (body: string): string =>
      `${mime}HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`;
    const parts = read(told("{}") + told('{"x":1}') + told("{}") + end, 3);
    expect(parts.map(({ body }) => body.toString())).toEqual(["{}", '{"x":1}', "{}"]);
  });

  it("may go on with another header before its status line", () => {
    const numbered = applied.replace("binary\r\n", "binary\r\nContent-ID: 2\r\n").replace("204", "201");
    expect(read(applied + numbered + applied + end, 3).map(({ status }) => status)).toEqual([204, 201, 204]);
  });

  it("must be an HTTP message of its own", () => {
    expect(() => read(applied + applied.replace("/http", "/json") + end, 2)).toThrow(unknown);
  });
});

describe("the row that a part names", () => {
  const id = "6f1c5b1e-0000-4000-8000-000000000001";
  const named = (headers: string) => read(`${mime}HTTP/1.1 204 No Content\r\n${headers}\r\n\r\n${end}`, 1)[0];

  it("stands in brackets at the end of its OData-EntityId, whatever the header's case", () => {
    expect(named(`odata-ENTITYID: https://x/accounts(${id})\r\nOData-Version: 4.0\r\n`)?.names(Guid.of(id))).toBe(true);
  });

  it.each([
    ["no OData-EntityId", `Location: https://x/accounts(${id})\r\n`],
    ["another id", `OData-EntityId: https://x/accounts(${id.slice(0, -1)}2)\r\n`],
    ["more behind it", `OData-EntityId: https://x/accounts(${id})/name\r\n`],
    ["more before it", `OData-EntityId: https://x/accounts(a${id})\r\n`],
    ["another one later", `OData-EntityId: x(${id})\r\nOData-EntityId: x(1)\r\n`],
    ["nothing but it", `OData-EntityId:${id})\r\n`],
  ])("is not told by a part with %s", (_what, headers) => {
    expect(named(headers)?.names(Guid.of(id))).toBe(false);
    expect(named(headers)?.id).not.toBe(id);
  });

  it("is another one's, in whatever case, or none", () => {
    const url = "OData-EntityId: https://x/accounts";
    expect(named(`${url}(${id.toUpperCase()})\r\n`)?.id).toBe(id);
    expect(named(`${url}(${id.replace("6", "g")})\r\n`)?.id).toBeUndefined();
    expect(named(`${url}(accountnumber='1')\r\n`)?.id).toBeUndefined();
  });
});

describe("a header's name", () => {
  const named = (name: string): string => applied.replace("OData-Version", name) + end;

  it.each(["1-Version", "-Version", "_version", ""])("that is %j is refused", (name) => {
    expect(() => read(named(name), 1)).toThrow(unknown);
    expect(() => read(applied.replace("Content-Transfer-Encoding", name) + end, 1)).toThrow(unknown);
  });

  it("may hold digits, hyphens and underscores behind its first letter", () => {
    expect(read(named("X-1_2"), 1)[0]?.headers["x-1_2"]).toBe("4.0");
  });

  it.each(["Content-Length", "content-length", "CONTENT-LENGTH"])("tells the length as %s", (name) => {
    const inner = `\r\n${end}${applied}`;
    const part = `${mime}HTTP/1.1 200 OK\r\n${name}: ${inner.length}\r\n\r\n${inner}\r\n`;
    expect(read(part + end, 1)[0]?.body.toString()).toBe(inner);
  });

  it.each(["Content-Target", "Xontent-Length", "Content-Lengtx", "Content_Length"])(
    "does not tell the length as %s, though it has as many letters",
    (name) => {
      expect(read(failed.replace("REQ_ID: 2c9a", `${name}: 5`) + end, 1)[0]?.body.toString()).toBe(json);
    },
  );
});

describe("a reply in doubt", () => {
  it.each([
    ["a part is missing", applied + end, 2],
    ["a part is doubled", applied + applied + end, 1],
    ["it is empty", "", 1],
    ["nothing but its end came", end, 1],
    ["its end is missing", applied, 1],
    ["its end has one dash", `${applied}--batchresponse_0d31-`, 1],
    ["another boundary is used", (applied + end).replaceAll("0d31", "0d32"), 1],
    ["a longer boundary is used", (applied + end).replaceAll("0d31", "0d31x"), 1],
    ["lines end in LF", (applied + end).replaceAll("\r\n", "\n"), 1],
    ["header lines end in LF", (applied + end).replace("4.0\r\n", "4.0\n"), 1],
    ["a part follows its end", applied + end + applied + end, 1],
    ["the delimiter line goes on", applied.replace("0d31\r\n", "0d31 x\r\n") + end, 1],
    ["its last line goes on", `${applied}${end.trimEnd()} x`, 1],
    ["what precedes it does not end its line", `junk${applied}${end}`, 1],
    ["a boundary is longer by two characters", applied.replace("0d31\r\n", "0d31xx") + end, 1],
    ["a part is no HTTP message", (applied + end).replace("application/http", "text/plain"), 1],
    ["a part has no type", (applied + end).replace("Content-Type: application/http\r\n", ""), 1],
    ["the status is not a number", (applied + end).replace("204", "2O4"), 1],
    ["the status is not final", (applied + end).replace("204 No Content", "100 Continue"), 1],
    ["the protocol is another", (applied + end).replace("HTTP/1.1", "HTTP/2"), 1],
    ["a header has no colon", (applied + end).replace("OData-Version:", "OData-Version"), 1],
    ["a header is folded", (applied + end).replace("4.0\r\n", "4.0\r\n folded\r\n"), 1],
    ["a header holds NUL", (applied + end).replace("4.0", "4\0"), 1],
    ["a 204 has a body", (applied + end).replace("\r\n\r\n\r\n--", "\r\n\r\nbody\r\n--"), 1],
    ["a told length is too small", failed.replace("REQ_ID: 2c9a", "Content-Length: 5") + end, 1],
    ["a told length is too great", failed.replace("REQ_ID: 2c9a", "Content-Length: 999999999") + end, 1],
    ["a told length is no number", failed.replace("REQ_ID: 2c9a", "Content-Length: 0x10") + end, 1],
    [
      "lengths contradict each other",
      failed.replace("REQ_ID: 2c9a", "Content-Length: 5\r\nContent-Length: 6") + end,
      1,
    ],
  ])("%s", (_name, text, expected) => {
    expect(() => read(text, expected)).toThrow(unknown);
  });

  it("is read no further than the operations that were sent", () => {
    const nonsense = "--batchresponse_0d31\r\nnonsense";
    expect(() => read(applied + nonsense, 1)).toThrow("more parts than operations were sent");
  });

  it.each([
    ["is no multipart", "application/json"],
    ["names no boundary", "multipart/mixed"],
    ["names an empty boundary", 'multipart/mixed; boundary=""'],
    ["names two boundaries", `${type}; boundary=batchresponse_0d31`],
    ["is two values in one", `${type}, ${type}`],
    ["names a boundary beyond 70 characters", `multipart/mixed; boundary=${"b".repeat(71)}`],
    ["is missing", ""],
  ])("its content type %s", (_name, contentType) => {
    expect(() => read(applied + end, 1, contentType)).toThrow(unknown);
  });

  it("tells a length that leads past a boundary which is none", () => {
    const junk = "x".repeat("\r\n--batchresponse_0d31".length);
    expect(() => read(`${mime}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}${junk}--\r\n`, 1)).toThrow(unknown);
  });

  it("answers change sets: we send none, and one part would speak for many rows", () => {
    const nested = `--batchresponse_0d31\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n${applied}--c--\r\n`;
    expect(() => read(nested + end, 1)).toThrow(unknown);
  });

  it("has headers beyond 32 KiB", () => {
    const at = (bytes: number): string => (applied + end).replace("4.0", "4".repeat(bytes));
    expect(read(at(32_000), 1)).toHaveLength(1);
    expect(() => read(at(33_000), 1)).toThrow(unknown);
  });

  it("says what is wrong and nothing of what was in it", () => {
    expect(() => read(`${applied}SECRET${end}`, 1)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("SECRET") }),
    );
  });
});
