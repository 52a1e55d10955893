/** The keys of a record batch's rows as texts, for queries; and which of them no URL can name. */
import type { RecordBatch } from "../../arrow/columns.ts";
import { isNull } from "../../arrow/columns.ts";
import type { Attribute } from "../metadata/attributes.ts";
import { Bytes } from "../text/bytes.ts";
import { columnAt, viewOf } from "../text/value.ts";
import type { Flaw, KeyPart } from "./address.ts";
import { NULL_PART } from "./address.ts";
import type { KeyTexts } from "./find-key.ts";
import { EMPTY, hasUnaddressable } from "./key-literal.ts";

/** By row. A flaw is why the row names none. */
export type ReadKey = (row: number) => KeyTexts | Flaw;

export function isFlaw(key: KeyTexts | Flaw): key is Flaw {
  return !Array.isArray(key);
}

export function bindKeyTexts(parts: readonly KeyPart[], batch: RecordBatch): ReadKey {
  const reads = parts.map((part) => bindText(part, batch));
  return (row) => {
    const texts: string[] = [];
    for (const read of reads) {
      const text = read(row);
      if (typeof text !== "string") return text;
      texts.push(text);
    }
    return texts;
  };
}

function bindText({ attribute, source, codec }: KeyPart, batch: RecordBatch): (row: number) => string | Flaw {
  const column = columnAt(batch, source);
  const write = codec.json(column);
  const out = new Bytes(64);
  const isText = isTextual(attribute);
  const flaw = (is: string): Flaw => ({ column: attribute.logicalName, is });
  return (row) => {
    if (isNull(column, row)) return flaw(NULL_PART);
    out.truncate(0);
    const is = write(row, out);
    if (is !== undefined) return flaw(is);
    const json = out.view(0, out.length).toString("utf8");
    const text = json.startsWith('"') ? String(JSON.parse(json)) : json;
    return isText && /^ *$/.test(text) ? flaw(EMPTY) : text;
  };
}

/** Rows whose key holds a text that no URL can name; undefined when the record batch has none. */
export function bindUnaddressable(
  parts: readonly KeyPart[],
  batch: RecordBatch,
): ((row: number) => boolean) | undefined {
  const tests = parts
    .filter(({ attribute }) => isTextual(attribute))
    .map(({ source }) => columnAt(batch, source))
    .map((column) => ({ ...column, bytes: viewOf(column) }))
    .filter(({ bytes, offsets, rows }) => hasUnaddressable(bytes, offsets[0] ?? 0, offsets[rows] ?? 0))
    .map(
      ({ bytes, offsets }) =>
        (row: number) =>
          hasUnaddressable(bytes, offsets[row] ?? 0, offsets[row + 1] ?? 0),
    );
  return tests.length === 0 ? undefined : (row) => tests.some((test) => test(row));
}

function isTextual({ kind }: Attribute): boolean {
  return kind === "text" || kind === "memo";
}
