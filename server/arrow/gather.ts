/** Picks rows out of a column, in any order: how failed rows leave their record batch and how dictionaries are resolved. */
import type { Column } from "./columns.ts";
import { bitAt, bitmapBytes, layoutOf, noBytes, noOffsets, setBit } from "./layout.ts";
import type { Allowance } from "./limits.ts";

/** The row that stands for null in a list of picks. */
export const nullRow = -1;

function gatherValidity(column: Column, picks: Int32Array): Uint8Array | undefined {
  const { validity } = column;
  if (validity === undefined && !picks.includes(nullRow)) return undefined;
  const bits = new Uint8Array(bitmapBytes(picks.length));
  picks.forEach((row, i) => {
    if (row !== nullRow && (validity === undefined || bitAt(validity, row))) setBit(bits, i);
  });
  return bits;
}

function gatherBits(column: Column, picks: Int32Array): Uint8Array {
  const bits = new Uint8Array(bitmapBytes(picks.length));
  picks.forEach((row, i) => {
    if (row !== nullRow && bitAt(column.values, row)) setBit(bits, i);
  });
  return bits;
}

function gatherFixed(column: Column, picks: Int32Array, width: number): Uint8Array {
  const { values } = column;
  const gathered = new Uint8Array(picks.length * width);
  picks.forEach((row, i) => {
    if (row === nullRow) return;
    const from = row * width;
    const to = i * width;
    // By byte: a subarray and a set cost more than 16 bytes do.
    for (let b = 0; b < width; b++) gathered[to + b] = values[from + b] ?? 0;
  });
  return gathered;
}

interface Cost {
  readonly allowance: Allowance;
  /** Bytes that each value behind the offsets will take. */
  readonly valueBytes: number;
}

function lengthOf(offsets: Int32Array, row: number): number {
  return row === nullRow ? 0 : (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
}

/** Where the picked values will end, each after the other; a total past 2 GiB exceeds the allowance first. */
function gatherOffsets(column: Column, picks: Int32Array, { allowance, valueBytes }: Cost): Int32Array {
  const { offsets } = column;
  const total = picks.reduce((sum, row) => sum + lengthOf(offsets, row), 0);
  allowance.take(total * valueBytes + 4 * (picks.length + 1));
  const gathered = new Int32Array(picks.length + 1);
  let end = 0;
  picks.forEach((row, i) => {
    end += lengthOf(offsets, row);
    gathered[i + 1] = end;
  });
  return gathered;
}

function gatherBytes(column: Column, picks: Int32Array, to: Int32Array): Uint8Array {
  const { offsets, values } = column;
  const gathered = new Uint8Array(to[picks.length] ?? 0);
  picks.forEach((row, i) => {
    if (row !== nullRow) gathered.set(values.subarray(offsets[row], offsets[row + 1]), to[i]);
  });
  return gathered;
}

/** The rows of the child that belong to the picked lists. */
function listPicks(column: Column, picks: Int32Array, to: Int32Array): Int32Array {
  const children = new Int32Array(to[picks.length] ?? 0);
  picks.forEach((row, i) => {
    const start = to[i] ?? 0;
    const shift = (column.offsets[row] ?? 0) - start;
    for (let at = start; at < start + lengthOf(column.offsets, row); at++) children[at] = at + shift;
  });
  return children;
}

function fixedListPicks(picks: Int32Array, width: number): Int32Array {
  const children = new Int32Array(picks.length * width);
  for (let at = 0; at < children.length; at++) {
    const row = picks[Math.floor(at / width)] ?? nullRow;
    children[at] = row === nullRow ? nullRow : row * width + (at % width);
  }
  return children;
}

/**
 * The picked rows as a column of their own, copied. `picks` holds rows of the column, or `nullRow`.
 * @throws SidecarError limit_exceeded if it needs more bytes than the allowance has.
 */
export function gather(column: Column, picks: Int32Array, allowance: Allowance): Column {
  const layout = layoutOf(column.field.type);
  allowance.take(bitmapBytes(picks.length));
  const plain = {
    field: column.field,
    rows: picks.length,
    validity: layout.kind === "none" ? undefined : gatherValidity(column, picks),
    values: noBytes,
    offsets: noOffsets,
    children: [],
  };
  switch (layout.kind) {
    case "none":
      return plain;
    case "bits":
      allowance.take(bitmapBytes(picks.length));
      return { ...plain, values: gatherBits(column, picks) };
    case "fixed":
      allowance.take(picks.length * layout.width);
      return { ...plain, values: gatherFixed(column, picks, layout.width) };
    case "bytes": {
      const offsets = gatherOffsets(column, picks, { allowance, valueBytes: 1 });
      return { ...plain, offsets, values: gatherBytes(column, picks, offsets) };
    }
    case "list": {
      const offsets = gatherOffsets(column, picks, { allowance, valueBytes: 4 });
      const inner = listPicks(column, picks, offsets);
      return { ...plain, offsets, children: column.children.map((child) => gather(child, inner, allowance)) };
    }
    case "fixed_list": {
      allowance.take(4 * picks.length * layout.width);
      const inner = fixedListPicks(picks, layout.width);
      return { ...plain, children: column.children.map((child) => gather(child, inner, allowance)) };
    }
    case "struct":
      return { ...plain, children: column.children.map((child) => gather(child, picks, allowance)) };
  }
}
