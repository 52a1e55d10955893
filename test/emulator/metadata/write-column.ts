/** Columns made, changed and deleted through `…/Attributes`. */
import type { Session } from "../environment.ts";
import { withChangedColumn, withColumn, withoutColumn } from "../schema/alter.ts";
import { isCustom } from "../schema/build.ts";
import { fromLookups } from "../schema/collections.ts";
import { buildColumn } from "../schema/column.ts";
import { typeRules } from "../schema/column-types.ts";
import type { ColumnDefinition } from "../schema/definition.ts";
import { moneyColumns } from "../schema/system-columns.ts";
import type { Column, Table } from "../schema/types.ts";
import type { PartReply } from "../wire/reply.ts";
import { entityId, noContent } from "../wire/reply.ts";
import { attributeId } from "./attribute-item.ts";
import { typeOf } from "./attribute-types.ts";
import type { Body } from "./body.ts";
import { refuseUnknown } from "./body.ts";
import { closeWayBack, openWaysBack, redefine } from "./change.ts";
import { columnForm } from "./column-form.ts";
import { choiceForms } from "./option-form.ts";
import {
  badArgument,
  badPrefix,
  building,
  duplicateAttribute,
  inUse,
  notCustom,
  primaryAttribute,
} from "./refusals.ts";
import { tableId } from "./table-item.ts";
import { attributeProperties } from "./write-table.ts";

export function createColumn(session: Session, table: Table, body: Body): PartReply {
  refuseUnknown(body, attributeProperties(session));
  const name = newName(table, body);
  addColumn(session, table, name, columnForm(session.catalog, body));
  return entityId(session, `EntityDefinitions(${tableId(table)})/Attributes(${attributeId(table, name)})`);
}

/** Throws the service's refusal of a name without prefix, and of one that is taken. */
export function newName(table: Table, body: Body): string {
  const schemaName = body.text("SchemaName") ?? "";
  if (!isCustom(schemaName) || !/^\w+$/.test(schemaName)) {
    throw badPrefix(schemaName, "Attribute");
  }
  const name = schemaName.toLowerCase();
  if (table.byName.has(name)) {
    throw duplicateAttribute(schemaName);
  }
  return name;
}

/** With what comes along: money brings its currency and its amount in the base currency. */
export function addColumn(session: Session, table: Table, name: string, form: ColumnDefinition): Table {
  const subject = { ...table, kind: "standard", ownership: "user" } as const;
  const along = form.type === "money" ? moneyColumns(subject, { [name]: form }) : {};
  if (table.kind === "elastic" && ["money", "multiselect", "file", "image"].includes(form.type)) {
    throw badArgument(`Attributes of type ${form.type} are not supported on elastic tables.`);
  }
  const choices = choiceForms(session.catalog);
  let changed = table;
  for (const [column, definition] of Object.entries({ ...along, [name]: form })) {
    if (!changed.byName.has(column)) {
      const place = { table: table.name, name: column, ordinal: changed.width, custom: isCustom(name), choices };
      const before = changed;
      changed = building(() => withColumn(before, buildColumn(place, definition)));
    }
  }
  const image = form.type === "image" ? (changed.primaryImage ?? name) : changed.primaryImage;
  const finished = { ...changed, primaryImage: image };
  redefine(session, finished);
  openWaysBack(session, finished);
  return session.catalog.named(table.name);
}

/** Labels, requirement, length, range and digits; the type stays. */
export function updateColumn(session: Session, table: Table, column: Column, body: Body): PartReply {
  refuseUnknown(body, attributeProperties(session));
  const declared = body.declaredType;
  if (declared !== undefined && declared !== typeOf(column).cast) {
    throw badArgument(`The type of the attribute ${column.name} cannot be changed to ${declared}.`);
  }
  const changed = building(() => changedColumn(table, column, body));
  redefine(session, withChangedColumn(table, changed));
  return noContent();
}

function changedColumn(table: Table, column: Column, body: Body): Column {
  const length = body.whole("MaxLength") ?? column.maxLength;
  const { label, description, required } = {
    label: body.label("DisplayName")?.text ?? column.label,
    description: body.label("Description")?.text ?? column.description,
    required: body.valueOf("RequiredLevel") ?? column.required,
  };
  const numbers = changedRange(column, body);
  checkLimits(table, { ...column, ...numbers, maxLength: length });
  return {
    ...column,
    ...numbers,
    label,
    description,
    required: levelOf(required),
    maxLength: length,
    autoNumber: body.text("AutoNumberFormat") ?? column.autoNumber,
    format: body.valueOf("FormatName") ?? body.text("Format") ?? column.format,
    maxSizeKb: body.whole("MaxSizeInKB") ?? column.maxSizeKb,
  };
}

function changedRange(column: Column, body: Body): Pick<Column, "min" | "max" | "precision"> {
  const [min = column.min, max = column.max] = [body.digits("MinValue"), body.digits("MaxValue")];
  if (Number(min) > Number(max)) {
    throw badArgument(`The MinValue of ${column.name} is above its MaxValue.`);
  }
  return { min, max, precision: body.whole("Precision") ?? column.precision };
}

/** Has the type's own limits looked at. */
function checkLimits(table: Table, { name, schemaName, type, ordinal, custom, ...limits }: Column): void {
  const { length, bounds } = typeRules[type];
  const numeric = bounds === undefined ? {} : { min: limits.min, max: limits.max, precision: limits.precision };
  if (length !== undefined || bounds !== undefined) {
    const measured = length === undefined ? numeric : { max_length: limits.maxLength };
    buildColumn(
      { table: table.name, name, ordinal, custom, choices: {} },
      { type, schema_name: schemaName, ...measured },
    );
  }
}

function levelOf(text: string): Column["required"] {
  switch (text) {
    case "None":
    case "Recommended":
    case "ApplicationRequired":
    case "SystemRequired":
      return text;
    default:
      throw badArgument(`'${text}' is not a valid value for 'AttributeRequiredLevel'.`);
  }
}

export function deleteColumn(session: Session, table: Table, column: Column): PartReply {
  if (column === table.primaryId || column.name === table.primaryName) {
    throw primaryAttribute();
  }
  if (!column.custom) {
    throw notCustom("Attribute", column.name);
  }
  const keys = table.keys.filter((key) => key.columns.includes(column));
  if (keys.length > 0) {
    throw inUse("Attribute", attributeId(table, column.name), keys.length);
  }
  removeColumn(session, table, column);
  return noContent();
}

export function removeColumn(session: Session, table: Table, column: Column): void {
  const without = withoutColumn(withoutColumn(table, column.name), `${column.name}_base`);
  const image = without.primaryImage === column.name ? undefined : without.primaryImage;
  redefine(session, { ...without, primaryImage: image });
  const kept = new Set(fromLookups(without).map(([, { name }]) => name));
  for (const target of column.targets.filter(({ collection }) => !kept.has(collection))) {
    closeWayBack(session, target);
  }
}
