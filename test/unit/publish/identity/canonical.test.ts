import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { CanonicalBytes, canonicalWriter } from "../../../../server/publish/identity/canonical.ts";
import {
  binary,
  bool,
  column,
  date32,
  date64,
  decimal,
  decimal128,
  fixedBinary,
  float32,
  float64,
  int,
  int32,
  int64,
  list,
  text,
  timestamp,
} from "../../../support/columns.ts";

function canonical(...columns: readonly Column[]): string {
  const out = new CanonicalBytes();
  for (const one of columns) canonicalWriter(one)(0, out);
  return Buffer.from(out.bytes.subarray(0, out.length)).toString("latin1");
}

const money = { precision: 12, scale: 2 };

describe("canonicalWriter", () => {
  it("writes one form for a whole number, whatever the width that carries it", () => {
    const five = "i\x05\0\0\0\0\0\0\0";
    for (const bits of [8, 16, 32, 64] as const) {
      for (const signed of [true, false]) expect(canonical(int("a", [5], { bits, signed }))).toBe(five);
      expect(canonical(int("a", [-1], { bits }))).toBe("i\xff\xff\xff\xff\xff\xff\xff\xff");
    }
  });

  it("reads unsigned numbers as such", () => {
    expect(canonical(int("a", [200], { bits: 8, signed: false }))).toBe(canonical(int32("a", [200])));
    expect(canonical(int("a", [40_000], { bits: 16, signed: false }))).toBe(canonical(int32("a", [40_000])));
    expect(canonical(int("a", [3_000_000_000n], { bits: 32, signed: false }))).toBe(
      canonical(int64("a", [3_000_000_000n])),
    );
  });

  it("tells an unsigned number of 2^63 and above from the negative one with its bits", () => {
    const unsigned = int("a", [2n ** 64n - 1n], { bits: 64, signed: false });
    expect(canonical(unsigned)).not.toBe(canonical(int64("a", [-1n])));
  });

  it("knows one zero", () => {
    expect(canonical(float64("a", [-0]))).toBe(canonical(float64("a", [0])));
    expect(canonical(float64("a", [0]))).toBe(`f${"\0".repeat(8)}`);
  });

  it("knows one NaN, whatever its bits", () => {
    const quiet = float64("a", [Number.NaN]);
    const other = float64("a", [0]);
    other.values.set([1, 0, 0, 0, 0, 0, 0xf0, 0xff]);
    expect(canonical(other)).toBe(canonical(quiet));
    expect(canonical(quiet)).toBe("f\0\0\0\0\0\0\xf8\x7f");
  });

  it.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x0001, 2 ** -24],
    [0x8000, -0],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
    [0x3555, 0.333251953125],
  ])("reads the half float %i as the number it is", (bits, value) => {
    const values = new Uint8Array(Uint16Array.of(bits).buffer);
    const half = column("a", { kind: "float", bits: 16 }, [value], { values });
    expect(canonical(half)).toBe(canonical(float64("a", [value])));
  });

  it("writes a float of 32 bits as the number it is", () => {
    expect(canonical(float32("a", [1.5]))).toBe(canonical(float64("a", [1.5])));
  });

  it("writes 1.50 as 1.5, and zero once, in every width", () => {
    for (const bits of [32, 64, 128, 256] as const) {
      expect(canonical(decimal("a", ["1.50"], { ...money, bits }))).toBe("d\x05\0\0\x0015e-1");
      expect(canonical(decimal("a", ["-1.50"], { ...money, bits }))).toBe("d\x06\0\0\0-15e-1");
    }
    expect(canonical(decimal128("a", ["0.00"], money))).toBe("d\x03\0\0\x000e0");
    expect(canonical(decimal128("a", ["1.5"], { precision: 5, scale: 1 }))).toBe("d\x05\0\0\x0015e-1");
  });

  it("writes a decimal of negative scale as the number it is", () => {
    const hundreds = column("a", { kind: "decimal", bits: 32, precision: 5, scale: -2 }, ["15"], {
      values: new Uint8Array(Int32Array.of(15).buffer),
    });
    expect(canonical(hundreds)).toBe(canonical(decimal128("a", ["1500.00"], money)));
  });

  it("keeps all 38 digits of a decimal", () => {
    const nines = "9".repeat(38);
    const options = { precision: 38, scale: 0 };
    expect(canonical(decimal128("a", [nines], options))).toBe(`d\x28\0\0\0${nines}e0`);
    expect(canonical(decimal128("a", [`-${nines}`], options))).toBe(`d\x29\0\0\0-${nines}e0`);
  });

  it("puts the length before text, so that no two rows run together", () => {
    expect(canonical(text("a", ["ab"]), text("b", ["c"]))).toBe("t\x02\0\0\0abt\x01\0\0\0c");
    expect(canonical(text("a", ["ab"]), text("b", ["c"]))).not.toBe(canonical(text("a", ["a"]), text("b", ["bc"])));
  });

  it("writes text that is longer than its loop and its first buffer", () => {
    const long = "é".repeat(4000);
    expect(canonical(text("a", [long]))).toBe(`t\x40\x1f\0\0${Buffer.from(long).toString("latin1")}`);
  });

  it("makes no difference between text with large and with small offsets", () => {
    expect(canonical(text("a", ["x"], { large: true }))).toBe(canonical(text("a", ["x"])));
  });

  it("tells null, empty text, zero and false apart", () => {
    const forms = [text("a", [null]), text("a", [""]), int32("a", [0]), bool("a", [false]), float64("a", [0])];
    expect(new Set(forms.map((form) => canonical(form))).size).toBe(forms.length);
    expect(canonical(int32("a", [null]))).toBe(canonical(text("a", [null])));
    expect(canonical(column("a", { kind: "null" }, [null], {}))).toBe("0");
  });

  it("looks at the validity of the very row", () => {
    const names = text("a", ["x", null, "y"]);
    const write = canonicalWriter(names);
    const out = new CanonicalBytes();
    for (const row of [0, 1, 2]) write(row, out);
    expect(Buffer.from(out.bytes.subarray(0, out.length)).toString("latin1")).toBe("t\x01\0\0\0x0t\x01\0\0\0y");
  });

  it("writes bits as single bytes", () => {
    expect(canonical(bool("a", [true]))).toBe("b\x01");
    expect(canonical(bool("a", [false]))).toBe("b\0");
  });

  it("writes bytes in one form, of fixed and of free length", () => {
    const bytes = Uint8Array.of(1, 2, 255);
    expect(canonical(binary("a", [bytes]))).toBe("x\x03\0\0\0\x01\x02\xff");
    expect(canonical(fixedBinary("a", [bytes], 3))).toBe(canonical(binary("a", [bytes])));
  });

  it("writes an instant as UTC microseconds, whatever its unit and zone", () => {
    const same = [
      timestamp("a", [-7n], { unit: "s" }),
      timestamp("a", [-7000n], { unit: "ms", zone: "Europe/Berlin" }),
      timestamp("a", [-7_000_000n], { unit: "us" }),
      timestamp("a", [-7_000_000_000n], { unit: "ns" }),
    ];
    for (const one of same) expect(canonical(one)).toBe("z\x08\0\0\0-7000000");
  });

  it("keeps the nanoseconds that a microsecond cannot hold", () => {
    const [even, odd] = [1000n, 1001n].map((ns) => canonical(timestamp("a", [ns], { unit: "ns" })));
    expect(even).toBe("z\x01\0\0\x001");
    expect(odd).toBe("z\x05\0\0\x001001n");
  });

  it("tells a naive timestamp from an instant", () => {
    expect(canonical(timestamp("a", [5n], { zone: null }))).toBe("n\x01\0\0\x005");
    expect(canonical(timestamp("a", [5n]))).toBe("z\x01\0\0\x005");
  });

  it("writes a date as its day, from days and from milliseconds", () => {
    for (const day of [20_000, -3]) {
      expect(canonical(date64("a", [BigInt(day) * 86_400_000n]))).toBe(canonical(date32("a", [day])));
    }
    expect(canonical(date32("a", [1]))).toBe("y\x01\0\0\0\0\0\0\0");
  });

  it.each([
    ["time32", { kind: "time", bits: 32, unit: "ms" }, 4],
    ["time64", { kind: "time", bits: 64, unit: "us" }, 8],
    ["duration", { kind: "duration", unit: "us" }, 8],
    ["interval of months", { kind: "interval", unit: "year_month" }, 4],
    ["interval of days", { kind: "interval", unit: "day_time" }, 8],
    ["interval of all three", { kind: "interval", unit: "month_day_nano" }, 16],
  ] as const)("writes all the bytes of a %s", (_name, type, width) => {
    const values = Uint8Array.from({ length: width * 2 }, (_, i) => i + 1);
    const out = new CanonicalBytes();
    canonicalWriter(column("a", type, [0, 0], { values }))(1, out);
    expect([...out.bytes.subarray(0, out.length)]).toEqual([0x6f, width, 0, 0, 0, ...values.subarray(width)]);
  });

  it("counts the items of a list, so that its end is part of it", () => {
    const ints = (rows: readonly (readonly number[])[]): Column => list("a", rows, (items) => int32("item", items));
    expect(canonical(ints([[1]]), ints([[2]]))).not.toBe(canonical(ints([[1, 2]]), ints([[]])));
    expect(canonical(ints([[7]]))).toBe("o\x01\0\0\0\0\0\0\0i\x07\0\0\0\0\0\0\0");
  });

  it("writes lists of fixed width and structs by their children, nulls within them too", () => {
    const pair = column("a", { kind: "fixed_list", width: 2 }, [0, 0], {
      children: [int32("item", [1, 2, null, 4])],
    });
    const out = new CanonicalBytes();
    canonicalWriter(pair)(1, out);
    expect(Buffer.from(out.bytes.subarray(0, out.length)).toString("latin1")).toBe(
      "o\x02\0\0\0\0\0\0\x000i\x04\0\0\0\0\0\0\0",
    );
    const struct = column("a", { kind: "struct" }, [0], { children: [text("b", ["x"]), text("c", [null])] });
    expect(canonical(struct)).toBe("ot\x01\0\0\0x0");
  });
});
