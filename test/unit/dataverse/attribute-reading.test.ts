import { describe, expect, it } from "vitest";
import { readAttributes } from "../../../server/dataverse/attribute-reading.ts";
import type { Attribute } from "../../../server/dataverse/attributes.ts";

function read(common: Record<string, unknown>, limits: Record<string, unknown> = {}): Attribute | undefined {
  const cast = { value: [{ LogicalName: "x", ...limits }] };
  const navigation = new Map([["x", new Map([["account", "x_account"]])]]);
  return readAttributes([{ LogicalName: "x", ...common }], [undefined, cast], navigation).get("x");
}

function typed(name: string, limits: Record<string, unknown> = {}): Attribute | undefined {
  return read({ AttributeTypeName: { Value: name } }, limits);
}

describe("attributes", () => {
  it.each([
    ["StringType", "text"],
    ["MemoType", "memo"],
    ["IntegerType", "integer"],
    ["BigIntType", "bigint"],
    ["DecimalType", "decimal"],
    ["MoneyType", "money"],
    ["DoubleType", "float"],
    ["BooleanType", "boolean"],
    ["PicklistType", "choice"],
    ["StateType", "state"],
    ["StatusType", "status"],
    ["DateTimeType", "datetime"],
    ["UniqueidentifierType", "guid"],
    ["LookupType", "lookup"],
    ["CustomerType", "customer"],
    ["OwnerType", "owner"],
    ["FileType", "other"],
    ["MultiSelectPicklistType", "other"],
  ])("of type %s are %s", (name, kind) => {
    expect(typed(name)?.kind).toBe(kind);
  });

  it("fall back to the older name of their type", () => {
    expect(read({ AttributeType: "String" })).toMatchObject({ kind: "text", typeName: "StringType" });
  });

  it("are date-only by behaviour, not by format", () => {
    expect(typed("DateTimeType", { DateTimeBehavior: { Value: "DateOnly" } })?.kind).toBe("dateonly");
    const local = { DateTimeBehavior: { Value: "UserLocal" }, Format: "DateOnly" };
    expect(typed("DateTimeType", local)?.kind).toBe("datetime");
  });

  it("are writable only where metadata says so", () => {
    expect(read({ IsValidForCreate: true })).toMatchObject({ validForCreate: true, validForUpdate: false });
  });

  it("are required only at the level that the service enforces", () => {
    expect(read({ RequiredLevel: { Value: "SystemRequired" } })?.required).toBe(true);
    expect(read({ RequiredLevel: { Value: "ApplicationRequired" } })?.required).toBe(false);
  });

  it("keep limits as decimal texts", () => {
    expect(typed("DecimalType", { MinValue: -100000000000.5, MaxValue: 0, Precision: 2 })).toMatchObject({
      minValue: "-100000000000.5",
      maxValue: "0",
      precision: 2,
    });
  });

  it("drop a limit that a JSON number cannot say", () => {
    expect(typed("BigIntType", { MinValue: -(2 ** 63), MaxValue: 2 ** 63 })).not.toHaveProperty("maxValue");
  });

  it("hold four digits of money where metadata names no precision", () => {
    expect(typed("MoneyType", { PrecisionSource: 2 })?.precision).toBe(4);
    expect(typed("MoneyType", { PrecisionSource: 2, Precision: 2 })?.precision).toBe(2);
  });

  it("know their options, from the set or the global set or a pair", () => {
    const option = { Value: 7, Label: { UserLocalizedLabel: { Label: "Seven" } } };
    expect(typed("PicklistType", { OptionSet: { Options: [option] } })?.options).toEqual(new Map([[7, "Seven"]]));
    const shared = { OptionSet: null, GlobalOptionSet: { Options: [{ Value: 8, Label: null }] } };
    expect(typed("PicklistType", shared)?.options).toEqual(new Map([[8, ""]]));
    const pair = { OptionSet: { TrueOption: { Value: 1 }, FalseOption: { Value: 0 } } };
    expect(typed("BooleanType", pair)?.options?.size).toBe(2);
  });

  it("know their targets, by metadata or else by their relationships", () => {
    expect(typed("LookupType", { Targets: ["contact"] })?.targets).toEqual(["contact"]);
    expect(typed("LookupType")?.targets).toEqual(["account"]);
  });

  it("know that the service numbers them", () => {
    expect(typed("StringType", { AutoNumberFormat: "W-{SEQNUM:4}" })?.autoNumber).toBe(true);
    expect(typed("StringType", { AutoNumberFormat: "" })?.autoNumber).toBe(false);
  });

  it("with a name that must not reach a URL are left out", () => {
    expect(readAttributes([{ LogicalName: 'x"y' }, {}, null], [], new Map()).size).toBe(0);
  });
});
