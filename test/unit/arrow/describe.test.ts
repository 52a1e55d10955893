import { expect, it, describe as suite } from "vitest";
import type { ColumnType } from "../../../server/arrow/columns.ts";
import { describe } from "../../../server/arrow/describe.ts";
import { decodeAll, goldenExpected, goldenMessages } from "../../support/golden.ts";

suite("names of types", () => {
  it.each(["spark-types", "large-types"] as const)("%s: are those of pyarrow", (name) => {
    const { schema } = decodeAll(goldenMessages(name));
    const named = schema.fields.map((field) => describe(field.type, field.children));
    expect(named).toEqual(goldenExpected(name).columns.map(({ type }) => type.replace(" ('entries')", "")));
  });

  it.each<[string, ColumnType]>([
    ["uint16", { kind: "int", bits: 16, signed: false }],
    ["halffloat", { kind: "float", bits: 16 }],
    ["decimal32(9, 1)", { kind: "decimal", bits: 32, precision: 9, scale: 1 }],
    ["fixed_size_binary[3]", { kind: "fixed_binary", width: 3 }],
    ["date64[ms]", { kind: "date", unit: "ms" }],
    ["time32[s]", { kind: "time", bits: 32, unit: "s" }],
    ["timestamp[ns]", { kind: "timestamp", unit: "ns", zone: undefined }],
    ["timestamp[us, tz=UTC]", { kind: "timestamp", unit: "us", zone: "UTC" }],
    ["month_interval", { kind: "interval", unit: "year_month" }],
    ["day_time_interval", { kind: "interval", unit: "day_time" }],
    ["month_day_nano_interval", { kind: "interval", unit: "month_day_nano" }],
  ])("%s", (name, type) => {
    expect(describe(type)).toBe(name);
  });

  it("say which nested values may not be null", () => {
    const item = { name: "item", type: { kind: "bool" }, nullable: false, children: [] } as const;
    expect(describe({ kind: "fixed_list", width: 2 }, [item])).toBe("fixed_size_list<item: bool not null>[2]");
  });
});
