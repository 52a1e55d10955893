import { describe, expect, it } from "vitest";
import { Table } from "../../../server/arrow/flatbuffer.ts";
import { tablesMax } from "../../../server/arrow/limits.ts";
import { codeOf } from "../../support/messages.ts";

/**
 * A buffer of one table at 20 with two fields: slot 0 an int32 at 24, slot 1 an offset at 28, which points to 36. The layout
 * lies at 4; at 36 is a vector or string of 4 bytes.
 */
function bytes(change: (view: DataView) => void = () => undefined): Uint8Array {
  const buffer = new Uint8Array(44);
  const view = new DataView(buffer.buffer);
  view.setUint32(0, 20, true);
  for (const [i, number] of [8, 12, 4, 8].entries()) view.setUint16(4 + 2 * i, number, true);
  view.setInt32(20, 20 - 4, true);
  view.setInt32(24, -7, true);
  view.setUint32(28, 36 - 28, true);
  view.setUint32(36, 4, true);
  buffer.set([0x61, 0x62, 0xc3, 0xbc], 40);
  change(view);
  return buffer;
}

function root(change?: (view: DataView) => void): Table {
  return Table.root(bytes(change));
}

describe("a table", () => {
  it("gives its fields", () => {
    expect(root().int32(0, 0)).toBe(-7);
    expect(root().string(1)).toBe("abü");
    expect(root().structs(1, 1).byteLength).toBe(4);
  });

  it("gives the default of a field that is absent or past its layout", () => {
    expect(root((view) => view.setUint16(8, 0, true)).int32(0, 3)).toBe(3);
    expect(root().int16(9, 5)).toBe(5);
    expect(root().int64(9)).toBe(0n);
    expect(root().flag(9)).toBe(false);
    expect(root().table(9)).toBeUndefined();
    expect(root().tables(9)).toEqual([]);
    expect(root().string(9)).toBeUndefined();
  });
});

describe("bytes that contradict themselves are refused", () => {
  it.each<[string, (table: () => Table) => unknown, (view: DataView) => void]>([
    ["a root outside", (table) => table(), (view) => view.setUint32(0, 41, true)],
    ["a layout before the message", (table) => table(), (view) => view.setInt32(20, 21, true)],
    ["a layout behind the message", (table) => table(), (view) => view.setInt32(20, -23, true)],
    ["a layout that reaches past the end", (table) => table(), (view) => view.setUint16(4, 60, true)],
    ["a layout without room for itself", (table) => table(), (view) => view.setUint16(4, 2, true)],
    ["a table that reaches past the end", (table) => table(), (view) => view.setUint16(6, 25, true)],
    ["a field outside of its table", (table) => table().int32(0, 0), (view) => view.setUint16(8, 9, true)],
    ["a string outside", (table) => table().string(1), (view) => view.setUint32(28, 13, true)],
    ["a string without room for its length", (table) => table().string(1), (view) => view.setUint32(28, 14, true)],
    ["a vector without room for its length", (table) => table().structs(1, 1), (view) => view.setUint32(28, 14, true)],
    ["a string longer than the message", (table) => table().string(1), (view) => view.setUint32(36, 5, true)],
    ["a string of 4 GiB", (table) => table().string(1), (view) => view.setUint32(36, 0xffff_ffff, true)],
    ["a string that is not UTF-8", (table) => table().string(1), (view) => view.setUint8(43, 0x61)],
    ["a vector longer than the message", (table) => table().structs(1, 8), () => undefined],
    ["a vector of 2^32 elements", (table) => table().tables(1), (view) => view.setUint32(36, 0xffff_ffff, true)],
    ["a table within that lies outside", (table) => table().table(1), (view) => view.setUint32(28, 60, true)],
  ])("%s", (_, read, change) => {
    expect(codeOf(() => read(() => root(change)))).toBe("malformed_arrow");
  });

  it("an empty message", () => {
    expect(codeOf(() => Table.root(new Uint8Array(0)))).toBe("malformed_arrow");
  });
});

describe("what little bytes may cost", () => {
  it("texts that share their bytes are refused once they add up to more than the message", () => {
    const table = root();
    const readAll = (): void => {
      for (let i = 0; i < 12; i++) table.string(1);
    };
    expect(codeOf(readAll)).toBe("malformed_arrow");
  });

  it("tables that share their bytes are refused past the limit", () => {
    // The offset of slot 1 points back to the table that holds it.
    const shared = root((view) => view.setUint32(28, 0, true));
    expect(shared).toBeInstanceOf(Table);
    const vector = new Uint8Array(48 + 4 * (tablesMax + 1));
    vector.set(bytes());
    const view = new DataView(vector.buffer);
    view.setUint32(36, tablesMax + 1, true);
    expect(codeOf(() => Table.root(vector).tables(1))).toBe("limit_exceeded");
  });

  it("tables are counted across calls", () => {
    const table = root((view) => {
      // Slot 1 becomes an offset to a table at 32 with the layout of the first.
      view.setUint32(28, 4, true);
      view.setInt32(32, 32 - 4, true);
    });
    const readAll = (): void => {
      for (let i = 0; i <= tablesMax; i++) table.table(1);
    };
    expect(codeOf(readAll)).toBe("limit_exceeded");
  });
});
