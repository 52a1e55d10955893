import { describe, expect, it } from "vitest";
import { readAttributes } from "../../../../server/dataverse/metadata/attribute-reading.ts";
import type { Attribute } from "../../../../server/dataverse/metadata/attributes.ts";

function read(
  common: Record<string, unknown>,
  limits: Record<string, unknown> = {},
  table: Record<string, unknown> = {},
): Attribute | undefined {
  const cast = { value: [{ LogicalName: "x", ...limits }] };
  const navigation = new Map([["x", new Map([["account", "x_account"]])]]);
  return readAttributes({ ...table, Attributes: [{ LogicalName: "x", ...common }] }, [undefined, cast], navigation).get(
    "x",
  );
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
    ["MultiSelectPicklistType", "choices"],
    ["PartyListType", "partylist"],
    ["ImageType", "image"],
    ["FileType", "file"],
    ["VirtualType", "other"],
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

  it.each([
    [{ PrecisionSource: 0, Precision: 2 }, 2],
    [{ Precision: 3 }, 3],
    [{ PrecisionSource: 0 }, 4],
    [{ PrecisionSource: 1, Precision: 2 }, 4],
    [{ PrecisionSource: 2, Precision: 2 }, 4],
  ])("hold digits of money of their own only where they are the source: %j", (limits, precision) => {
    expect(typed("MoneyType", limits)?.precision).toBe(precision);
  });

  it("know their options, from the set or the global set or a pair", () => {
    const option = { Value: 7, Label: { UserLocalizedLabel: { Label: "Seven" } } };
    const seven = { label: "Seven", labels: new Map() };
    expect(typed("PicklistType", { OptionSet: { Options: [option] } })?.options).toEqual(new Map([[7, seven]]));
    const shared = { OptionSet: null, GlobalOptionSet: { Options: [{ Value: 8, Label: null }] } };
    expect(typed("PicklistType", shared)?.options?.get(8)?.label).toBe("");
    const pair = { OptionSet: { TrueOption: { Value: 1 }, FalseOption: { Value: 0 } } };
    expect(typed("BooleanType", pair)?.options?.size).toBe(2);
  });

  it("know the labels of an option in every language", () => {
    const LocalizedLabels = [
      { Label: "Rot", LanguageCode: 1031 },
      { Label: "Red", LanguageCode: 1033 },
      { Label: "?" },
    ];
    const set = { Options: [{ Value: 1, Label: { LocalizedLabels } }] };
    expect(typed("PicklistType", { OptionSet: set })?.options?.get(1)?.labels).toEqual(
      new Map([
        [1031, "Rot"],
        [1033, "Red"],
      ]),
    );
  });

  it("know which state a status belongs to, and which status comes with a state", () => {
    const status = typed("StatusType", { OptionSet: { Options: [{ Value: 2, State: 1 }] } });
    expect(status?.options?.get(2)?.state).toBe(1);
    const state = typed("StateType", { OptionSet: { Options: [{ Value: 1, DefaultStatus: 2 }] } });
    expect(state?.options?.get(1)?.defaultStatus).toBe(2);
  });

  it("know their format, their behaviour and the size that a file of them may have", () => {
    expect(typed("IntegerType", { Format: "Duration" })?.format).toBe("Duration");
    expect(typed("DateTimeType", { DateTimeBehavior: { Value: "UserLocal" } })?.behavior).toBe("UserLocal");
    expect(typed("FileType", { MaxSizeInKB: 32 })?.maxSizeKb).toBe(32);
  });

  it("that are images can be set on a new row only where they are the table's primary one", () => {
    const image = { AttributeTypeName: { Value: "ImageType" }, IsValidForCreate: true, IsValidForUpdate: true };
    expect(read(image)).toMatchObject({ validForCreate: false, validForUpdate: true });
    expect(read(image, {}, { PrimaryImageAttribute: "x" })).toMatchObject({ validForCreate: true });
  });

  it("that are images are not read back: what is read is a thumbnail", () => {
    expect(read({ AttributeTypeName: { Value: "ImageType" }, IsValidForRead: true })?.validForRead).toBe(false);
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
    const base = { Attributes: [{ LogicalName: 'x"y' }, {}, null] };
    expect(readAttributes(base, [], new Map()).size).toBe(0);
  });
});
