/** An AttributeMetadata body as a column's definition. */
import type { Catalog } from "../rows/catalog.ts";
import type { ColumnDefinition } from "../schema/definition.ts";
import { codes, payloadError, ServiceError } from "../wire/errors.ts";
import type { Body } from "./body.ts";
import { readOptions } from "./option-form.ts";
import { choiceId } from "./option-item.ts";
import { badArgument } from "./refusals.ts";

/** Throws the service's 400 for a type that cannot be made so. */
export function columnForm(catalog: Catalog, body: Body): ColumnDefinition {
  return { ...commonForm(body), ...typedForm(catalog, body) };
}

const levels: ReadonlySet<string> = new Set(["None", "Recommended", "ApplicationRequired", "SystemRequired"]);

export function commonForm(body: Body): Omit<ColumnDefinition, "type"> {
  const required = body.valueOf("RequiredLevel") ?? "None";
  if (!levels.has(required)) {
    throw badArgument(`'${required}' is not a valid value for 'AttributeRequiredLevel'.`);
  }
  const schemaName = body.text("SchemaName");
  const [label, description] = [body.label("DisplayName")?.text, body.label("Description")?.text];
  return {
    required: required as NonNullable<ColumnDefinition["required"]>,
    ...(schemaName === undefined ? {} : { schema_name: schemaName }),
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description }),
    ...sourceForm(body),
  };
}

function sourceForm(body: Body): Pick<ColumnDefinition, "source"> {
  switch (body.whole("SourceType")) {
    case 1:
    case 3:
      return { source: "calculated" };
    case 2:
      return { source: "rollup" };
    default:
      return {};
  }
}

function typedForm(catalog: Catalog, body: Body): ColumnDefinition {
  const type = body.declaredType;
  switch (type) {
    case "StringAttributeMetadata":
      return textForm("text", body);
    case "MemoAttributeMetadata":
      return textForm("memo", body);
    case "IntegerAttributeMetadata":
      return body.text("Format") === "Duration" ? rangeForm("duration", body) : rangeForm("integer", body);
    case "BigIntAttributeMetadata":
      return { type: "bigint" };
    case "DecimalAttributeMetadata":
      return { precision: 2, ...rangeForm("decimal", body) };
    case "DoubleAttributeMetadata":
      return { precision: 2, ...rangeForm("float", body) };
    case "MoneyAttributeMetadata":
      return { precision: 2, precision_source: moneyDigits(body), ...rangeForm("money", body) };
    case "BooleanAttributeMetadata":
      return booleanForm(body);
    case "DateTimeAttributeMetadata":
      return dateForm(body);
    case "PicklistAttributeMetadata":
      return choiceForm(catalog, "choice", body);
    case "MultiSelectPicklistAttributeMetadata":
      return choiceForm(catalog, "multiselect", body);
    case "FileAttributeMetadata":
      return sizedForm("file", body);
    case "ImageAttributeMetadata":
      return sizedForm("image", body);
    case "UniqueIdentifierAttributeMetadata":
    case "LookupAttributeMetadata":
    case "StateAttributeMetadata":
    case "StatusAttributeMetadata":
      throw new ServiceError(400, codes.argument, `Attribute of type ${type} cannot be created through the SDK`);
    default:
      throw payloadError(
        "AttributeMetadata",
        `Microsoft.OData.ODataException: Cannot create an abstract class 'Microsoft.Dynamics.CRM.${type ?? "AttributeMetadata"}'.`,
      );
  }
}

function textForm(type: "text" | "memo", body: Body): ColumnDefinition {
  const [length, format, autonumber] = [
    body.whole("MaxLength"),
    body.valueOf("FormatName") ?? body.text("Format"),
    body.text("AutoNumberFormat"),
  ];
  return {
    type,
    ...(length === undefined ? {} : { max_length: length }),
    ...(format === undefined ? {} : { format }),
    ...(autonumber === undefined || type === "memo" ? {} : { autonumber }),
  };
}

function rangeForm(type: "integer" | "duration" | "decimal" | "float" | "money", body: Body): ColumnDefinition {
  const [min, max, precision] = [body.digits("MinValue"), body.digits("MaxValue"), body.whole("Precision")];
  const format = type === "integer" ? body.text("Format") : undefined;
  return {
    type,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(precision === undefined ? {} : { precision }),
    ...(format === undefined ? {} : { format }),
  };
}

function moneyDigits(body: Body): 0 | 1 | 2 {
  const source = body.whole("PrecisionSource") ?? 2;
  if (source !== 0 && source !== 1 && source !== 2) {
    throw badArgument(`The value ${source} of PrecisionSource is not valid.`);
  }
  return source;
}

function booleanForm(body: Body): ColumnDefinition {
  const choice = body.object("OptionSet");
  const word = (name: string, fallback: string): string => choice?.object(name)?.label("Label")?.text ?? fallback;
  return {
    type: "boolean",
    options: { 0: word("FalseOption", "No"), 1: word("TrueOption", "Yes") },
    default: body.flag("DefaultValue") ?? false,
  };
}

function dateForm(body: Body): ColumnDefinition {
  const behavior = body.valueOf("DateTimeBehavior") ?? "UserLocal";
  const format = body.text("Format") ?? "DateAndTime";
  switch (behavior) {
    case "DateOnly":
      return { type: "dateonly" };
    case "UserLocal":
    case "TimeZoneIndependent":
      return { type: "datetime", behavior, format };
    default:
      throw badArgument(`'${behavior}' is not a valid DateTimeBehavior.`);
  }
}

function choiceForm(catalog: Catalog, type: "choice" | "multiselect", body: Body): ColumnDefinition {
  const local = body.object("OptionSet");
  const bound = body.text("GlobalOptionSet@odata.bind");
  const shared = bound === undefined ? globalName(local) : boundName(catalog, bound);
  const initial = body.whole("DefaultFormValue") ?? -1;
  const fallback = initial === -1 ? {} : { default: initial };
  if (shared !== undefined) {
    if (!catalog.choices.has(shared)) {
      throw badArgument(`Could not find optionset with name ${shared}`);
    }
    return { type, choice: shared, ...fallback };
  }
  return { type, options: readOptions(local?.list("Options") ?? []), ...fallback };
}

function globalName(choice: Body | undefined): string | undefined {
  return choice?.flag("IsGlobal") === true ? choice.text("Name") : undefined;
}

/** `/GlobalOptionSetDefinitions(<guid>)` or `(Name='x')`, relative or absolute. */
function boundName(catalog: Catalog, url: string): string {
  const [, name, id] = /GlobalOptionSetDefinitions\((?:Name='([^']*)'|([0-9a-f-]{36}))\)$/i.exec(url) ?? [];
  const found = name ?? [...catalog.choices.keys()].find((known) => choiceId(known) === id?.toLowerCase());
  if (found === undefined) {
    throw badArgument(`Could not find the optionset that '${url}' names.`);
  }
  return found;
}

function sizedForm(type: "file" | "image", body: Body): ColumnDefinition {
  const size = body.whole("MaxSizeInKB");
  return { type, ...(size === undefined ? {} : { max_size_kb: size }) };
}
