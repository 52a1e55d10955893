/**
 * A standard table that keeps a mark for each row instead of the row: it reads of a body the numbers and ids of the rows, refuses the bad
 * ones as a plug-in or the column's length would, and answers as the service does.
 */
import type { WebReply, WebRequest } from "../../test/emulator/wire/http.ts";
import { jsonReply } from "../../test/emulator/wire/http.ts";
import { Marks } from "./marks.ts";
import type { Rows } from "./rows.ts";

/** What a request came to. */
export interface Applied {
  readonly reply: WebReply;
  readonly way: "bulk" | "batch" | "single";
  /** Rows that it carried. */
  readonly rows: number;
  /** Rows whose fate it told: all but those of a refused bulk request. */
  readonly judged: number;
  readonly written: number;
  /** Of a refused bulk request: its targets up to the first bad one. */
  readonly reached: number | undefined;
}

const numberName = '"bench_number":';
const idName = '"bench_rowid":"';
const idLength = 36;
const refusal = { error: { code: "0x80040265", message: "A plug-in refuses this row." } };
const refusedText = JSON.stringify(refusal);
const boundary = "batchresponse_goodput";

export class Table {
  readonly marks = new Marks();
  readonly #source: Rows;

  constructor(source: Rows) {
    this.#source = source;
  }

  /** A write of rows: a bulk message, a `$batch`, or a POST of one row. */
  apply({ url, body }: WebRequest): Applied {
    const text =
      typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
    const rows = numbersOf(text);
    if (url.endsWith("/$batch")) return this.#batch(rows, text);
    return url.endsWith(".CreateMultiple") ? this.#bulk(rows, text) : this.#single(rows);
  }

  #bulk(rows: readonly number[], text: string): Applied {
    const bad = rows.findIndex((row) => this.#source.isBad(row));
    const common = { way: "bulk", rows: rows.length } as const;
    if (bad !== -1) return { ...common, reply: jsonReply(400, refusal), judged: 0, written: 0, reached: bad + 1 };
    for (const row of rows) this.marks.write(row);
    const ids = valuesOf(text, idName, idLength);
    const reply = jsonReply(200, { Ids: ids });
    return { ...common, reply, judged: rows.length, written: rows.length, reached: undefined };
  }

  #batch(rows: readonly number[], text: string): Applied {
    const ids = valuesOf(text, idName, idLength);
    const good = rows.map((row) => !this.#source.isBad(row));
    for (const [i, row] of rows.entries()) if (good[i] === true) this.marks.write(row);
    const parts = good.map((isGood, i) => (isGood ? created(ids[i] ?? "") : refusedPart));
    const reply = {
      status: 200,
      headers: { "content-type": `multipart/mixed; boundary=${boundary}` },
      body: `${parts.join("")}--${boundary}--\r\n`,
    };
    const written = good.filter(Boolean).length;
    return { way: "batch", rows: rows.length, judged: rows.length, reply, written, reached: undefined };
  }

  #single(rows: readonly number[]): Applied {
    const [row = 0] = rows;
    const isBad = this.#source.isBad(row);
    if (!isBad) this.marks.write(row);
    const reply = isBad ? jsonReply(400, refusal) : { status: 204, headers: {}, body: "" };
    return { way: "single", rows: 1, judged: 1, reply, written: isBad ? 0 : 1, reached: undefined };
  }
}

const partHead = `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n`;
const refusedPart = `${partHead}HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; odata.metadata=minimal\r\nOData-Version: 4.0\r\n\r\n${refusedText}\r\n`;

function created(id: string): string {
  return `${partHead}HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nOData-EntityId: https://localhost/api/data/v9.2/bench_rows(${id})\r\n\r\n\r\n`;
}

function numbersOf(text: string): readonly number[] {
  const numbers: number[] = [];
  for (let at = text.indexOf(numberName); at !== -1; at = text.indexOf(numberName, at)) {
    at += numberName.length;
    let value = 0;
    for (let digit = text.charCodeAt(at) - 48; digit >= 0 && digit <= 9; digit = text.charCodeAt(at) - 48) {
      value = value * 10 + digit;
      at += 1;
    }
    numbers.push(value);
  }
  return numbers;
}

function valuesOf(text: string, name: string, length: number): readonly string[] {
  const values: string[] = [];
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at)) {
    at += name.length;
    values.push(text.slice(at, at + length));
  }
  return values;
}
