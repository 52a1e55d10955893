/** No damage to a reply may move one row's success to another: it is refused, or read exactly as it was meant. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { PartReply } from "../../../server/dataverse/wire/batch-reply.ts";
import { readBatchReply } from "../../../server/dataverse/wire/batch-reply.ts";

const boundary = "batchresponse_0d31";
const type = `multipart/mixed; boundary=${boundary}`;

interface Part {
  readonly status: number;
  readonly body: string;
  readonly isLengthTold: boolean;
}

function write(parts: readonly Part[]): Buffer {
  const texts = parts.map(({ status, body, isLengthTold }) => {
    const length = isLengthTold ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : "";
    return `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 ${status} Any Reason\r\nOData-Version: 4.0\r\n${length}\r\n${body}\r\n`;
  });
  return Buffer.from(`${texts.join("")}--${boundary}--\r\n`);
}

function tryRead(body: Buffer, expected: number): readonly PartReply[] | undefined {
  try {
    return readBatchReply(type, body, expected);
  } catch (thrown) {
    if (thrown instanceof SidecarError && thrown.code === "outcome_unknown") return undefined;
    throw thrown;
  }
}

const lookAlike = fc.constantFrom(
  `--${boundary}`,
  `--${boundary}--`,
  `\r\n--${boundary}`,
  `\r\n--${boundary}--\r\n`,
  "\r\n\r\n",
  "HTTP/1.1 204 No Content\r\n",
  "Content-Length: 0\r\n",
  "Content-Type: application/http",
  "DELETE /api/data/v9.2/accounts HTTP/1.1",
);
const rowText = fc
  .array(fc.oneof(lookAlike, fc.string({ unit: "grapheme" })), { maxLength: 6 })
  .map((all) => all.join(""));
const jsonPart = fc.record({
  status: fc.constantFrom(200, 201, 400, 404, 412, 429, 500, 503),
  body: rowText.map((text) => JSON.stringify({ error: { message: text } })),
  isLengthTold: fc.boolean(),
});
/** Whatever the service puts in front of it, a body whose length is told is never searched. */
const rawPart = fc.record({ status: fc.constantFrom(200, 400), body: rowText, isLengthTold: fc.constant(true) });
const emptyPart = fc.record({ status: fc.constant(204), body: fc.constant(""), isLengthTold: fc.boolean() });
const parts = fc.array(fc.oneof(jsonPart, rawPart, emptyPart), { minLength: 1, maxLength: 8 });

describe("a whole reply", () => {
  it("round-trips, whatever its rows hold", () => {
    fc.assert(
      fc.property(parts, (sent) => {
        const read = readBatchReply(type, write(sent), sent.length);
        expect(read.map((part) => part.status)).toEqual(sent.map((part) => part.status));
        expect(read.map((part) => part.body.toString())).toEqual(sent.map((part) => part.body));
      }),
    );
  });

  it("is refused for any other number of operations", () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 12 }), (sent, expected) => {
        fc.pre(expected !== sent.length);
        expect(tryRead(write(sent), expected)).toBeUndefined();
      }),
    );
  });
});

interface HeaderLine {
  readonly name: string;
  readonly before: string;
  readonly value: string;
  readonly after: string;
}

const headerLine: fc.Arbitrary<HeaderLine> = fc.record({
  name: fc.oneof(
    fc.constantFrom("OData-EntityId", "odata-entityid", "Retry-After", "constructor", "toString", "Content-Type"),
    fc.stringMatching(/^[A-Za-z][\w-]{0,20}$/).filter((name) => !/^content-length$/i.test(name)),
  ),
  before: fc.constantFrom("", " ", "\t "),
  value: fc.stringMatching(/^([!-~]([\t -~\x80-\xff]{0,30}[!-~])?)?$/),
  after: fc.constantFrom("", " ", " \t"),
});

function fieldsOf(lines: readonly HeaderLine[]): [string, string][] {
  const fields = new Map<string, string[]>();
  for (const { name, value } of lines) {
    const values = fields.get(name.toLowerCase()) ?? [];
    fields.set(name.toLowerCase(), [...values, value]);
  }
  return Array.from(fields, ([name, values]) => [name, values.join(", ")]);
}

describe("the headers of a part", () => {
  it("are those that were sent, in whichever order and however often they are asked for", () => {
    const blocks = fc.array(fc.array(headerLine, { maxLength: 6 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(blocks, (sent) => {
        const texts = sent.map((lines) => {
          const block = lines.map(({ name, before, value, after }) => `${name}:${before}${value}${after}\r\n`).join("");
          return `--${boundary}\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n${block}\r\n{}\r\n`;
        });
        const body = Buffer.from(`${texts.join("")}--${boundary}--\r\n`, "latin1");
        const backwards = readBatchReply(type, body, sent.length).toReversed();
        const expected = sent.map(fieldsOf).toReversed();
        expect(backwards.map(({ headers }) => Object.entries(headers))).toEqual(expected);
        expect(backwards.map(({ headers }) => Object.entries(headers))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

const small: readonly Part[] = [
  { status: 204, body: "", isLengthTold: false },
  { status: 400, body: '{"error":{"code":"0x80040237","message":"x"}}', isLengthTold: false },
  { status: 201, body: '{"accountid":"1"}', isLengthTold: true },
];
const whole = write(small);
const statuses = small.map(({ status }) => status);
const statusDigits = new Set(
  [...whole.toString("latin1").matchAll(/HTTP\/1\.1 /g)].flatMap(({ index }) =>
    [9, 10, 11].map((offset) => index + offset),
  ),
);

describe("a reply that was cut", () => {
  it("at any byte is refused, unless only its last line end is gone", () => {
    for (let length = 0; length < whole.length; length++) {
      const read = tryRead(whole.subarray(0, length), small.length);
      if (length === whole.length - 2) expect(read).toHaveLength(small.length);
      else expect(read).toBeUndefined();
    }
  });
});

describe("a reply with one byte wrong", () => {
  it("gives the statuses that were sent, or is refused", () => {
    for (let at = 0; at < whole.length; at++) {
      if (statusDigits.has(at)) continue;
      for (let byte = 0; byte < 256; byte++) {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        const read = tryRead(damaged, small.length);
        if (read !== undefined && String(read.map((part) => part.status)) !== String(statuses)) {
          expect.fail(`byte ${at} as ${byte} reads as ${read.map((part) => part.status)}`);
        }
      }
    }
  });

  it("in a status digit changes that part alone", () => {
    for (const at of statusDigits) {
      for (let byte = 0; byte < 256; byte++) {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        const read = tryRead(damaged, small.length);
        const changed = (read ?? []).filter((part, index) => part.status !== statuses[index]);
        expect(changed.length).toBeLessThanOrEqual(1);
      }
    }
  });

  it("lost or put in gives the statuses that were sent, or is refused", () => {
    for (let at = 0; at <= whole.length; at++) {
      const head = whole.subarray(0, at);
      const damages = [Buffer.concat([head, whole.subarray(at + 1)])];
      for (const byte of "\r\n-: A2") damages.push(Buffer.concat([head, Buffer.from(byte), whole.subarray(at)]));
      for (const damaged of damages) {
        const read = tryRead(damaged, small.length);
        if (read !== undefined) expect(read.map((part) => part.status)).toEqual(statuses);
      }
    }
  });
});

describe("a reply of any bytes", () => {
  it("is refused or read, and nothing else", () => {
    const pieces = fc.oneof(
      lookAlike.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      fc.constant(write(small.slice(0, 1))),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), fc.string(), fc.nat(3), (chunks, contentType, expected) => {
        const body = Buffer.concat(chunks);
        expect(tryRead(body, expected)?.length ?? expected).toBe(expected);
        expect(() => readBatchReply(contentType, body, expected)).toThrow(SidecarError);
      }),
      { numRuns: 1_000 },
    );
  });

  it("of rearranged pieces of a whole one never counts a success more than was sent for that many rows", () => {
    const cut = whole.toString("latin1").split(/(?=--batchresponse)|(?<=\r\n\r\n)/);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...cut), { maxLength: 12 }), (chunks) => {
        const text = chunks.join("");
        const read = tryRead(Buffer.from(text, "latin1"), 2);
        if (read === undefined) return;
        expect(text.match(/HTTP\/1\.1 2/g)?.length ?? 0).toBeGreaterThanOrEqual(
          read.filter(({ status }) => status < 300).length,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a part after one that is like it", () => {
  const applied = (id: string): string =>
    `--${boundary}\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nOData-EntityId: https://x/rows(${id})\r\n\r\n\r\n`;
  const first = applied("018f2a54-0000-8000-8000-0123456789ab");
  const second = applied("018f2a54-0000-8000-8000-0123456789ac");
  const seen = (body: string, expected: number): unknown => {
    const part = tryRead(Buffer.from(body, "latin1"), expected)?.at(-1);
    return part && [part.status, part.headers, part.body.toString("latin1")];
  };

  it("is read as it would be alone, with any byte of it changed", () => {
    fc.assert(
      fc.property(fc.nat(second.length - 1), fc.nat(255), (at, byte) => {
        const changed = `${second.slice(0, at)}${String.fromCharCode(byte)}${second.slice(at + 1)}--${boundary}--\r\n`;
        expect(seen(first + changed, 2)).toEqual(seen(changed, 1));
      }),
      { numRuns: 3000 },
    );
  });
});
