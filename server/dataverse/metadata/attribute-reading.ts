/** From the metadata's replies to attributes: the common properties and, by cast, the limits of each type. */

import { arrayOf, fieldOf, numberOf, textOf } from "../text/json.ts";
import type { Attribute, AttributeKind, Option } from "./attributes.ts";

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
  ["MultiSelectPicklistType", "choices"],
  ["StateType", "state"],
  ["StatusType", "status"],
  ["DateTimeType", "datetime"],
  ["UniqueidentifierType", "guid"],
  ["LookupType", "lookup"],
  ["CustomerType", "customer"],
  ["OwnerType", "owner"],
  ["PartyListType", "partylist"],
  ["ImageType", "image"],
  ["FileType", "file"],
]);

/** The most digits that the service stores. */
const MONEY_PRECISION = 4;

/** Beyond this a JSON number no longer says exactly what the limit is, and the type's own range holds. */
const LIMIT_MAX = Number.MAX_SAFE_INTEGER;

/** @param base the definition of the table, its attributes included. */
export function readAttributes(
  base: unknown,
  casts: readonly unknown[],
  navigation: Navigation,
): Map<string, Attribute> {
  const limits = new Map<string, unknown>();
  for (const cast of casts) {
    for (const entry of arrayOf(cast, "value")) limits.set(textOf(entry, "LogicalName") ?? "", entry);
  }
  const primaryImage = textOf(base, "PrimaryImageAttribute");
  const attributes = new Map<string, Attribute>();
  for (const entry of arrayOf(base, "Attributes")) {
    const logicalName = textOf(entry, "LogicalName");
    // A name of other characters cannot be one, and must not reach a URL.
    if (logicalName === undefined || !/^[a-z0-9_]+$/i.test(logicalName)) continue;
    const attribute = readAttribute(entry, limits.get(logicalName), navigation.get(logicalName));
    // Of its images a new row takes the primary one alone; the service drops the others without a word.
    const dropped = attribute.kind === "image" && logicalName !== primaryImage;
    attributes.set(logicalName, dropped ? { ...attribute, validForCreate: false } : attribute);
  }
  return attributes;
}

/** As the service calls the attribute's type, e.g. `StringType`. */
export function typeNameOf(entry: unknown): string {
  return textOf(fieldOf(entry, "AttributeTypeName"), "Value") ?? `${textOf(entry, "AttributeType") ?? "Unknown"}Type`;
}

function readAttribute(
  entry: unknown,
  limits: unknown,
  navigation: ReadonlyMap<string, string> | undefined,
): Attribute {
  const typeName = typeNameOf(entry);
  const kind = kindOf(typeName, limits);
  const targets = arrayOf(limits, "Targets").filter((target) => typeof target === "string");
  return {
    logicalName: textOf(entry, "LogicalName") ?? "",
    kind,
    typeName,
    validForCreate: fieldOf(entry, "IsValidForCreate") === true,
    validForUpdate: fieldOf(entry, "IsValidForUpdate") === true,
    // An image reads as a thumbnail, which says nothing about what was written.
    validForRead: fieldOf(entry, "IsValidForRead") === true && kind !== "image",
    required: textOf(fieldOf(entry, "RequiredLevel"), "Value") === "SystemRequired",
    autoNumber: textOf(limits, "AutoNumberFormat") !== undefined,
    targets: targets.length > 0 ? targets : [...(navigation?.keys() ?? [])],
    ...readLimits(kind, limits),
  };
}

function kindOf(typeName: string, limits: unknown): AttributeKind {
  const kind = KINDS.get(typeName) ?? "other";
  return kind === "datetime" && behaviorOf(limits) === "DateOnly" ? "dateonly" : kind;
}

function behaviorOf(limits: unknown): string | undefined {
  return textOf(fieldOf(limits, "DateTimeBehavior"), "Value");
}

function readLimits(kind: AttributeKind, limits: unknown): Partial<Attribute> {
  const options = readOptions(limits);
  return {
    ...given("maxLength", numberOf(limits, "MaxLength")),
    ...given("minValue", limitText(numberOf(limits, "MinValue"))),
    ...given("maxValue", limitText(numberOf(limits, "MaxValue"))),
    ...given("precision", precisionOf(kind, limits)),
    ...given("precisionSource", numberOf(limits, "PrecisionSource")),
    ...given("options", options.size > 0 ? options : undefined),
    ...given("format", textOf(limits, "Format")),
    ...given("behavior", behaviorOf(limits)),
    ...given("maxSizeKb", numberOf(limits, "MaxSizeInKB")),
  };
}

function given<Name extends keyof Attribute>(name: Name, value: Attribute[Name]): Partial<Attribute> {
  return value === undefined ? {} : { [name]: value };
}

/** Digits of its own say nothing about money that follows its currency or the organization. */
function precisionOf(kind: AttributeKind, limits: unknown): number | undefined {
  const own = numberOf(limits, "Precision");
  if (kind !== "money") return own;
  return (numberOf(limits, "PrecisionSource") ?? 0) === 0 ? (own ?? MONEY_PRECISION) : MONEY_PRECISION;
}

function limitText(limit: number | undefined): string | undefined {
  return limit === undefined || Math.abs(limit) > LIMIT_MAX ? undefined : String(limit);
}

function readOptions(limits: unknown): ReadonlyMap<number, Option> {
  const set = fieldOf(limits, "OptionSet") ?? fieldOf(limits, "GlobalOptionSet");
  const entries = [...arrayOf(set, "Options"), fieldOf(set, "TrueOption"), fieldOf(set, "FalseOption")];
  const options = new Map<number, Option>();
  for (const entry of entries) {
    const value = numberOf(entry, "Value");
    if (value !== undefined) options.set(value, readOption(entry));
  }
  return options;
}

function readOption(entry: unknown): Option {
  const label = fieldOf(entry, "Label");
  const labels = new Map<number, string>();
  for (const one of arrayOf(label, "LocalizedLabels")) {
    const language = numberOf(one, "LanguageCode");
    if (language !== undefined) labels.set(language, textOf(one, "Label") ?? "");
  }
  const state = numberOf(entry, "State");
  const defaultStatus = numberOf(entry, "DefaultStatus");
  return {
    label: textOf(fieldOf(label, "UserLocalizedLabel"), "Label") ?? "",
    labels,
    ...(state === undefined ? {} : { state }),
    ...(defaultStatus === undefined ? {} : { defaultStatus }),
  };
}
