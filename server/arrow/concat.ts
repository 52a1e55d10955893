/** Two columns of one type, one after the other: how a dictionary delta extends its dictionary. */
import type { Column, Field } from "./columns.ts";
import { bitAt, bitmapBytes, layoutOf, noBytes, noOffsets, setBit } from "./layout.ts";

function concatBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.byteLength + second.byteLength);
  bytes.set(first);
  bytes.set(second, first.byteLength);
  return bytes;
}

function concatBits(parts: readonly { readonly bits: Uint8Array | undefined; readonly rows: number }[]): Uint8Array {
  const bits = new Uint8Array(bitmapBytes(parts.reduce((rows, part) => rows + part.rows, 0)));
  let to = 0;
  for (const part of parts) {
    for (let row = 0; row < part.rows; row++, to++) {
      if (part.bits === undefined || bitAt(part.bits, row)) setBit(bits, to);
    }
  }
  return bits;
}

/** The second's offsets, moved to where its values come to lie. */
function concatOffsets(first: Column, second: Column, shift: number): Int32Array {
  const offsets = new Int32Array(first.rows + second.rows + 1);
  offsets.set(first.offsets);
  for (let row = 0; row <= second.rows; row++) offsets[first.rows + row] = (second.offsets[row] ?? 0) + shift;
  return offsets;
}

/** The part of the values that the offsets use, moved to start at 0: what follows it would come between the two columns. */
function trimmed(column: Column): Column {
  const end = column.offsets[column.rows] ?? 0;
  return { ...column, values: column.values.subarray(0, end) };
}

/** A column of no rows. */
export function emptyColumn(field: Field): Column {
  const { kind } = layoutOf(field.type);
  return {
    field,
    rows: 0,
    validity: undefined,
    values: noBytes,
    offsets: kind === "bytes" || kind === "list" ? new Int32Array(1) : noOffsets,
    children: field.children.map(emptyColumn),
  };
}

/** Copies both, and of the second only what its offsets use. */
export function concat(first: Column, second: Column): Column {
  const { field } = first;
  const layout = layoutOf(field.type);
  const nullable = first.validity !== undefined || second.validity !== undefined;
  const column = {
    field,
    rows: first.rows + second.rows,
    validity: nullable
      ? concatBits([first, second].map(({ validity, rows }) => ({ bits: validity, rows })))
      : undefined,
    values: noBytes,
    offsets: noOffsets,
    children: [],
  };
  const children = (): readonly Column[] =>
    first.children.flatMap((child, i) => {
      const other = second.children[i];
      return other === undefined ? [] : [concat(child, other)];
    });
  switch (layout.kind) {
    case "none":
      return column;
    case "bits":
      return { ...column, values: concatBits([first, second].map(({ values, rows }) => ({ bits: values, rows }))) };
    case "fixed":
      return { ...column, values: concatBytes(first.values, second.values) };
    case "bytes": {
      const head = trimmed(first);
      const offsets = concatOffsets(head, second, head.values.byteLength);
      return { ...column, offsets, values: concatBytes(head.values, trimmed(second).values) };
    }
    case "list":
      return { ...column, offsets: concatOffsets(first, second, first.children[0]?.rows ?? 0), children: children() };
    case "fixed_list":
    case "struct":
      return { ...column, children: children() };
  }
}
