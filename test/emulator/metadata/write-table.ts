/** Tables made, changed and deleted through `EntityDefinitions`. */
import type { Session } from "../environment.ts";
import { noteTarget, regardingTarget } from "../schema/activity-columns.ts";
import { buildCustomTable, isCustom } from "../schema/build.ts";
import type { TableDefinition } from "../schema/definition.ts";
import type { Table, Target } from "../schema/types.ts";
import type { PartReply } from "../wire/reply.ts";
import { entityId, noContent } from "../wire/reply.ts";
import { attributeItem } from "./attribute-item.ts";
import type { Body } from "./body.ts";
import { refuseUnknown } from "./body.ts";
import { addTable, addTarget, redefine, removeTable } from "./change.ts";
import { columnForm } from "./column-form.ts";
import { choiceForms } from "./option-form.ts";
import { pluralOf } from "./plural.ts";
import {
  badArgument,
  badPrefix,
  building,
  duplicateAttribute,
  inUse,
  noPrimaryName,
  notCustom,
  notUnique,
} from "./refusals.ts";
import { tableId, tableItem } from "./table-item.ts";

export function createTable(session: Session, body: Body): PartReply {
  refuseUnknown(body, tableProperties(session));
  const schemaName = body.text("SchemaName") ?? "";
  const name = schemaName.toLowerCase();
  if (!isCustom(schemaName) || !/^\w+$/.test(schemaName)) {
    throw badPrefix(schemaName, "Entity");
  }
  if (session.catalog.find(name) !== undefined) {
    throw notUnique(schemaName, "Entity");
  }
  const definition = tableForm(session, body, schemaName);
  const table = building(() =>
    buildCustomTable(session.catalog.tables, choiceForms(session.catalog), name, definition),
  );
  addTable(session, table);
  for (const [place, target] of aboutTargets(session, table)) {
    addTarget(session, place, target);
  }
  return entityId(session, `EntityDefinitions(${tableId(table)})`);
}

/** What an EntityMetadata body may hold; in common with what it shows. */
function tableProperties({ catalog }: Session): ReadonlySet<string> {
  const [any] = catalog.tables;
  const shown =
    any === undefined ? [] : Object.keys({ ...tableItem(catalog, any).base, ...tableItem(catalog, any).links });
  return new Set([...shown, "HasEmailAddresses", "PrimaryAttribute", "IsEnabledForExternalChannels"]);
}

function tableForm(session: Session, body: Body, schemaName: string): TableDefinition {
  const attributes = body.list("Attributes");
  const columns = Object.fromEntries(
    attributes.map((attribute) => {
      const name = attribute.text("SchemaName") ?? "";
      if (!isCustom(name)) {
        throw badPrefix(name, "Attribute");
      }
      if (name.toLowerCase() === `${schemaName.toLowerCase()}id`) {
        throw duplicateAttribute(name);
      }
      return [name.toLowerCase(), columnForm(session.catalog, attribute)] as const;
    }),
  );
  const named = attributes.find((attribute) => attribute.flag("IsPrimaryName") === true)?.text("SchemaName");
  const primaryName = (named ?? body.text("PrimaryNameAttribute"))?.toLowerCase();
  const isActivity = body.flag("IsActivity") === true;
  if (!isActivity && (primaryName === undefined || columns[primaryName]?.type !== "text")) {
    throw noPrimaryName(schemaName);
  }
  return {
    schema_name: schemaName,
    entity_set: pluralOf(schemaName.toLowerCase()),
    ...labelsOf(body),
    kind: isActivity ? "activity" : body.text("TableType") === "Elastic" ? "elastic" : "standard",
    ownership: ownershipOf(body),
    change_tracking: body.flag("ChangeTrackingEnabled") ?? true,
    notes: body.flag("HasNotes") ?? false,
    activities: body.flag("HasActivities") ?? false,
    ...(primaryName === undefined ? {} : { primary_name: primaryName }),
    columns,
  };
}

function labelsOf(body: Body): Pick<TableDefinition, "label" | "collection_label" | "description"> {
  const [label, many, description] = [
    body.label("DisplayName")?.text,
    body.label("DisplayCollectionName")?.text,
    body.label("Description")?.text,
  ];
  return {
    ...(label === undefined ? {} : { label }),
    ...(many === undefined ? {} : { collection_label: many }),
    ...(description === undefined ? {} : { description }),
  };
}

function ownershipOf(body: Body): "user" | "organization" {
  switch (body.text("OwnershipType") ?? "UserOwned") {
    case "UserOwned":
      return "user";
    case "OrganizationOwned":
      return "organization";
    default:
      throw badArgument(`The OwnershipType ${body.text("OwnershipType")} is not valid for a new entity.`);
  }
}

/** Notes and activities may from now on be about the table's rows. */
function aboutTargets(
  { catalog }: Session,
  table: Table,
): readonly (readonly [{ readonly table: string; readonly column: string }, Target])[] {
  const full = (form: ReturnType<typeof noteTarget>): Target => ({
    table: table.name,
    navigation: form.navigation ?? table.name,
    relationship: form.relationship ?? table.name,
    collection: form.relationship ?? table.name,
    onDelete: form.on_delete ?? "RemoveLink",
  });
  const activities = catalog.tables.filter(({ kind, name }) => kind === "activity" && name !== table.name);
  return [
    ...(table.notes ? [[{ table: "annotation", column: "objectid" }, full(noteTarget(table))] as const] : []),
    ...(table.activities
      ? activities.map(
          ({ name, schemaName }) =>
            [
              { table: name, column: "regardingobjectid" },
              full(regardingTarget({ activity: name, schemaName }, table)),
            ] as const,
        )
      : []),
  ];
}

/** Labels and switches; what cannot be changed is ignored, as in the service. */
export function updateTable(session: Session, table: Table, body: Body): PartReply {
  refuseUnknown(body, tableProperties(session));
  const {
    label = table.label,
    collection_label = table.collectionLabel,
    description = table.description,
  } = labelsOf(body);
  redefine(session, {
    ...table,
    label,
    collectionLabel: collection_label,
    description,
    changeTracking: body.flag("ChangeTrackingEnabled") ?? table.changeTracking,
  });
  return noContent();
}

export function deleteTable(session: Session, table: Table): PartReply {
  if (!table.custom) {
    throw notCustom("Entity", table.name);
  }
  const needed = session.catalog.tables
    .filter((other) => other !== table)
    .flatMap(({ columns }) => columns)
    .filter(({ custom, targets }) => custom && targets.some((target) => target.table === table.name));
  const links = session.catalog.tables.filter(
    ({ link }) => link?.first.table === table.name || link?.second.table === table.name,
  );
  if (needed.length + links.length > 0) {
    throw inUse("Entity", tableId(table), needed.length + links.length);
  }
  removeTable(session, table);
  return noContent();
}

/** Properties that some attribute shows: a body may hold them. */
export function attributeProperties({ catalog }: Session): ReadonlySet<string> {
  const names = catalog.tables.flatMap((table) =>
    table.columns.flatMap((column) => {
      const { base, extra } = attributeItem(catalog, table, column);
      return [...Object.keys(base), ...Object.keys(extra)];
    }),
  );
  return new Set([...names, "OptionSet", "GlobalOptionSet", "IsPrimaryImage", "YomiOf", "SourceType", "InputControl"]);
}
