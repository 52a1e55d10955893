import { describe, expect, it } from "vitest";
import { readFields, readText, WireWriter } from "../../../server/flight/wire-format.ts";

const read = (...bytes: readonly number[]): unknown => [...readFields(Buffer.from(bytes))];

describe("readFields", () => {
  it("gives bytes as a view of the message, not as a copy", () => {
    const message = Buffer.from([0x12, 2, 7, 8]);
    const [field] = readFields(message);
    message[2] = 9;
    expect(field?.bytes).toEqual(Buffer.from([9, 8]));
  });

  it("reads the tag of field 1000, which takes two bytes", () => {
    expect(read(0xc2, 0x3e, 1, 5)).toEqual([{ number: 1000, bytes: Buffer.from([5]), varint: 0 }]);
  });

  it("reads a varint beyond 32 bits exactly", () => {
    const message = new WireWriter().varint(1, 2 ** 53 - 1).finish();
    expect([...readFields(message)][0]?.varint).toBe(2 ** 53 - 1);
  });

  it("passes over fixed-width fields", () => {
    const fixed = read(0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x18, 6);
    expect(fixed).toMatchObject([{ number: 1 }, { number: 2 }, { number: 3, varint: 6 }]);
  });

  it.each([
    ["a length beyond the bytes in hand", [0x12, 3, 1, 1]],
    ["a length of nearly 2^63", [0x12, 255, 255, 255, 255, 255, 255, 255, 255, 127]],
    ["a number cut short", [0x08, 0x80]],
    ["a number of eleven bytes", [0x08, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1]],
    ["field 0", [0x02, 0]],
    ["a group", [0x0b]],
    ["a fixed field cut short", [0x0d, 1, 2]],
  ])("refuses %s", (_, bytes) => {
    expect(() => read(...bytes)).toThrow(expect.objectContaining({ code: "malformed_arrow" }));
  });
});

describe("readText", () => {
  it("keeps a byte order mark", () => {
    expect(readText(Buffer.from("\ufeffa"))).toBe("\ufeffa");
  });

  it("refuses bytes that are no UTF-8", () => {
    expect(() => readText(Buffer.from([0xc3]))).toThrow(expect.objectContaining({ code: "malformed_arrow" }));
  });
});

describe("WireWriter", () => {
  it("leaves empty values out, but not empty elements", () => {
    expect(new WireWriter().bytes(1, Buffer.alloc(0)).element(3, Buffer.alloc(0)).finish()).toEqual(
      Buffer.from([0x1a, 0]),
    );
  });

  it("writes -1 as the ten bytes of an int64", () => {
    const [field] = readFields(new WireWriter().unknownCount(4).finish());
    expect(field).toMatchObject({ number: 4, varint: 2 ** 64 });
  });
});
