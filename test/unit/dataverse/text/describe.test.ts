import { describe, expect, it } from "vitest";
import type { ColumnType } from "../../../../server/arrow/columns.ts";
import { describeType, didYouMean } from "../../../../server/dataverse/text/describe.ts";

describe("describeType", () => {
  it.each([
    [{ kind: "int", bits: 64, signed: false }, "uint64"],
    [{ kind: "float", bits: 32 }, "float32"],
    [{ kind: "decimal", bits: 128, precision: 19, scale: 4 }, "decimal128(19,4)"],
    [{ kind: "utf8", large: true }, "large_utf8"],
    [{ kind: "fixed_binary", width: 16 }, "fixed_size_binary(16)"],
    [{ kind: "date", unit: "day" }, "date32"],
    [{ kind: "date", unit: "ms" }, "date64"],
    [{ kind: "time", bits: 64, unit: "ns" }, "time64[ns]"],
    [{ kind: "timestamp", unit: "us", zone: "UTC" }, "timestamp[us, UTC]"],
    [{ kind: "timestamp", unit: "us", zone: undefined }, "timestamp[us] without zone"],
    [{ kind: "duration", unit: "us" }, "duration[us]"],
    [{ kind: "int", bits: 8, signed: true }, "int8"],
    [{ kind: "binary", large: false }, "binary"],
    [{ kind: "interval", unit: "day_time" }, "interval[day_time]"],
    [{ kind: "null" }, "null"],
    [{ kind: "bool" }, "bool"],
    [{ kind: "map", large: false }, "map"],
    [{ kind: "list", large: false }, "list"],
    [{ kind: "fixed_list", width: 2 }, "fixed_list"],
    [{ kind: "struct" }, "struct"],
  ] satisfies readonly (readonly [ColumnType, string])[])("calls %j %s", (type, expected) => {
    expect(describeType(type)).toBe(expected);
  });
});

describe("describeType of a nested type", () => {
  it("tells its elements", () => {
    const element = {
      name: "element",
      type: { kind: "int", bits: 32, signed: true },
      nullable: true,
      children: [],
    } as const;
    expect(describeType({ kind: "list", large: false }, [element])).toBe("list<int32>");
  });
});

describe("didYouMean", () => {
  it.each([
    ["acountnumber", " Did you mean accountnumber?"],
    ["AccountNumber", " Did you mean accountnumber?"],
    ["nam", " Did you mean name?"],
    ["revenue", ""],
    ["x", ""],
  ])("of %s says %j", (name, expected) => {
    expect(didYouMean(name, ["accountnumber", "name", "telephone1"])).toBe(expected);
  });

  it("picks the nearest", () => {
    expect(didYouMean("address1_line", ["address1_name", "address1_line1"])).toBe(" Did you mean address1_line1?");
    expect(didYouMean("new_number", ["a_new_number", "new_numbers"])).toBe(" Did you mean new_numbers?");
  });
});
