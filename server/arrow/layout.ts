/** How values of a type lie in memory: the few cases that reading, gathering and writing have to tell apart. */
import type { ColumnType } from "./columns.ts";

export type Layout =
  | { readonly kind: "none" | "bits" | "bytes" | "list" | "struct" }
  /** `width`: bytes of one value. */
  | { readonly kind: "fixed"; readonly width: number }
  /** `width`: values of one list. */
  | { readonly kind: "fixed_list"; readonly width: number };

const intervalBytes = { year_month: 4, day_time: 8, month_day_nano: 16 } as const;

export function layoutOf(type: ColumnType): Layout {
  switch (type.kind) {
    case "null":
      return { kind: "none" };
    case "bool":
      return { kind: "bits" };
    case "int":
    case "float":
    case "decimal":
    case "time":
      return { kind: "fixed", width: type.bits / 8 };
    case "fixed_binary":
      return { kind: "fixed", width: type.width };
    case "date":
      return { kind: "fixed", width: type.unit === "day" ? 4 : 8 };
    case "timestamp":
    case "duration":
      return { kind: "fixed", width: 8 };
    case "interval":
      return { kind: "fixed", width: intervalBytes[type.unit] };
    case "utf8":
    case "binary":
      return { kind: "bytes" };
    case "list":
    case "map":
      return { kind: "list" };
    case "fixed_list":
      return { kind: "fixed_list", width: type.width };
    case "struct":
      return { kind: "struct" };
  }
}

export const noBytes = new Uint8Array(0);
export const noOffsets = new Int32Array(0);

/** Bytes that hold `rows` bits. */
export function bitmapBytes(rows: number): number {
  return (rows + 7) >> 3;
}

/** Bit `row` of a bitmap, least significant first. */
export function bitAt(bitmap: Uint8Array, row: number): boolean {
  return (((bitmap[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
}

export function setBit(bitmap: Uint8Array, row: number): void {
  bitmap[row >> 3] = (bitmap[row >> 3] ?? 0) | (1 << (row & 7));
}

/** Set bits of each byte. */
const bitsOfByte = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length);

/** Set bits among the first `rows`. */
export function countBits(bitmap: Uint8Array, rows: number): number {
  let count = 0;
  for (let i = 0; i < rows >> 3; i++) count += bitsOfByte[bitmap[i] ?? 0] ?? 0;
  for (let row = rows & ~7; row < rows; row++) if (bitAt(bitmap, row)) count += 1;
  return count;
}
