/** From the metadata's replies to attributes: the common properties and, by cast, the limits of each type. */
import type { Attribute, AttributeKind } from "./attributes.ts";
import { arrayOf, fieldOf, numberOf, textOf } from "./json.ts";

type Navigation = ReadonlyMap<string, ReadonlyMap<string, string>>;

const KINDS: ReadonlyMap<string, AttributeKind> = new Map([
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
]);

/** Money follows its currency where metadata gives no digits of its own; 4 are the most that the service stores. */
const MONEY_PRECISION = 4;

/** Beyond this a JSON number no longer says exactly what the limit is, and the type's own range holds. */
const LIMIT_MAX = Number.MAX_SAFE_INTEGER;

export function readAttributes(
  common: readonly unknown[],
  casts: readonly unknown[],
  navigation: Navigation,
): Map<string, Attribute> {
  const limits = new Map<string, unknown>();
  for (const cast of casts) {
    for (const entry of arrayOf(cast, "value")) limits.set(textOf(entry, "LogicalName") ?? "", entry);
  }
  const attributes = new Map<string, Attribute>();
  for (const entry of common) {
    const logicalName = textOf(entry, "LogicalName");
    // A name of other characters cannot be one, and must not reach a URL.
    if (logicalName === undefined || !/^[a-z0-9_]+$/i.test(logicalName)) continue;
    attributes.set(logicalName, readAttribute(entry, limits.get(logicalName), navigation.get(logicalName)));
  }
  return attributes;
}

function readAttribute(
  entry: unknown,
  limits: unknown,
  navigation: ReadonlyMap<string, string> | undefined,
): Attribute {
  const typeName =
    textOf(fieldOf(entry, "AttributeTypeName"), "Value") ?? `${textOf(entry, "AttributeType") ?? "Unknown"}Type`;
  const kind = kindOf(typeName, limits);
  const targets = arrayOf(limits, "Targets").filter((target) => typeof target === "string");
  return {
    logicalName: textOf(entry, "LogicalName") ?? "",
    kind,
    typeName,
    validForCreate: fieldOf(entry, "IsValidForCreate") === true,
    validForUpdate: fieldOf(entry, "IsValidForUpdate") === true,
    validForRead: fieldOf(entry, "IsValidForRead") === true,
    required: textOf(fieldOf(entry, "RequiredLevel"), "Value") === "SystemRequired",
    autoNumber: textOf(limits, "AutoNumberFormat") !== undefined,
    targets: targets.length > 0 ? targets : [...(navigation?.keys() ?? [])],
    ...readLimits(kind, limits),
  };
}

function kindOf(typeName: string, limits: unknown): AttributeKind {
  const kind = KINDS.get(typeName) ?? "other";
  const dateOnly = textOf(fieldOf(limits, "DateTimeBehavior"), "Value") === "DateOnly";
  return kind === "datetime" && dateOnly ? "dateonly" : kind;
}

function readLimits(kind: AttributeKind, limits: unknown): Partial<Attribute> {
  const maxLength = numberOf(limits, "MaxLength");
  const minValue = limitText(numberOf(limits, "MinValue"));
  const maxValue = limitText(numberOf(limits, "MaxValue"));
  const precision = numberOf(limits, "Precision") ?? (kind === "money" ? MONEY_PRECISION : undefined);
  const options = readOptions(limits);
  return {
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(minValue === undefined ? {} : { minValue }),
    ...(maxValue === undefined ? {} : { maxValue }),
    ...(precision === undefined ? {} : { precision }),
    ...(options === undefined ? {} : { options }),
  };
}

function limitText(limit: number | undefined): string | undefined {
  return limit === undefined || Math.abs(limit) > LIMIT_MAX ? undefined : String(limit);
}

function readOptions(limits: unknown): ReadonlyMap<number, string> | undefined {
  const set = fieldOf(limits, "OptionSet") ?? fieldOf(limits, "GlobalOptionSet");
  const entries = [...arrayOf(set, "Options"), fieldOf(set, "TrueOption"), fieldOf(set, "FalseOption")];
  const options = new Map<number, string>();
  for (const entry of entries) {
    const value = numberOf(entry, "Value");
    const label = textOf(fieldOf(fieldOf(entry, "Label"), "UserLocalizedLabel"), "Label");
    if (value !== undefined) options.set(value, label ?? "");
  }
  return options.size > 0 ? options : undefined;
}
