/** Definitions to tables: fills in defaults, adds the columns that the service adds, and refuses what does not fit together. */
import type { About } from "./activity-columns.ts";
import { activityColumns, noteTarget, partyTarget } from "./activity-columns.ts";
import { assemble } from "./assemble.ts";
import { withCollections } from "./collections.ts";
import { buildColumn, checkOptions } from "./column.ts";
import type { ColumnDefinition, Definitions, TableDefinition, TargetDefinition } from "./definition.ts";
import { optionsOf } from "./definition.ts";
import { checkElastic, checkLogicalNames, checkTables } from "./fit.ts";
import { buildIntersect } from "./intersect.ts";
import { buildKeys, elasticKey } from "./keys.ts";
import { buildRules } from "./rules.ts";
import { SchemaError } from "./schema-error.ts";
import type { Subject } from "./system-columns.ts";
import { moneyColumns, systemColumns } from "./system-columns.ts";
import type { Choice, Ownership, Table } from "./types.ts";

export interface Schema {
  readonly tables: readonly Table[];
  readonly choices: readonly Choice[];
}

/** Custom tables begin here in the service. */
const firstTypeCode = 10_000;

const ownerships: Readonly<Record<NonNullable<TableDefinition["ownership"]>, Ownership>> = {
  user: "UserOwned",
  organization: "OrganizationOwned",
  business: "BusinessOwned",
  none: "None",
};

/** Every table and choice of the definitions. Throws a SchemaError that names the table and column at fault. */
export function buildSchema(definitions: Definitions): Schema {
  const { choices } = definitions;
  const named = Object.entries(definitions.tables);
  const scene = sceneOf(definitions.tables);
  const tables = named.map(([name, definition], index) =>
    buildTable({ name, definition, choices, scene, objectTypeCode: firstTypeCode + index }),
  );
  const links = named.flatMap(([from, { many_to_many: links = {} }]) =>
    Object.entries(links).map(([relationship, form]) => ({
      relationship,
      from,
      definition: typeof form === "string" ? { table: form } : form,
    })),
  );
  const intersects = links.map((link, index) =>
    buildIntersect({
      ...link,
      objectTypeCode: firstTypeCode + named.length + index,
      custom: isCustom(link.relationship),
    }),
  );
  const all = [...tables, ...intersects];
  checkTables(all);
  return { tables: withCollections(all), choices: Object.entries(choices).map(([name, form]) => choiceOf(name, form)) };
}

function choiceOf(name: string, { label = name, options: forms }: Definitions["choices"][string]): Choice {
  const options = optionsOf(forms);
  checkOptions(`the choice ${name}`, options);
  return { name, label, options, custom: isCustom(name) };
}

/** A customizer's names begin with the publisher's prefix. */
export function isCustom(name: string): boolean {
  return /^(?!address\d)[a-z][a-z0-9]{1,7}_/i.test(name);
}

/** A table that joins others which are there already. */
export function buildCustomTable(
  others: readonly Table[],
  choices: Definitions["choices"],
  name: string,
  definition: TableDefinition,
): Table {
  const scene: Scene = {
    withNotes: [],
    withActivities: others.filter(({ activities }) => activities),
    activities: [],
  };
  const objectTypeCode = Math.max(firstTypeCode, ...others.map((table) => table.objectTypeCode)) + 1;
  const table = buildTable({ name, definition, choices, scene, objectTypeCode });
  checkTables([...others, table]);
  return table;
}

/** What a table must know of the others. */
interface Scene {
  readonly withNotes: readonly About[];
  readonly withActivities: readonly About[];
  readonly activities: readonly string[];
}

function sceneOf(tables: Definitions["tables"]): Scene {
  const named = Object.entries(tables);
  const about = ([name, { schema_name: schemaName = name }]: (typeof named)[number]): About => ({ name, schemaName });
  return {
    withNotes: named.filter(([, { notes }]) => notes === true).map(about),
    withActivities: named.filter(([, { activities }]) => activities === true).map(about),
    activities: named.filter(([, { kind }]) => kind === "activity").map(([name]) => name),
  };
}

interface Plan {
  readonly name: string;
  readonly definition: TableDefinition;
  readonly choices: Definitions["choices"];
  readonly scene: Scene;
  readonly objectTypeCode: number;
}

/** One table without its collections, which others give it. */
function buildTable({ name, definition, choices, scene, objectTypeCode }: Plan): Table {
  checkLogicalNames([name, ...Object.keys(definition.columns ?? {})]);
  const subject = subjectOf(name, definition);
  const primaryId = definition.primary_id ?? (subject.kind === "activity" ? "activityid" : `${name}id`);
  const forms = columnForms(subject, primaryId, definition, scene);
  checkElastic(subject, forms);
  const columns = Object.entries(forms).map(([column, form], ordinal) => {
    const custom = isCustom(column) && (form.base_of === undefined || isCustom(form.base_of));
    return buildColumn({ table: name, name: column, ordinal, custom, choices }, form);
  });
  const [primary] = columns;
  if (primary === undefined) {
    throw new SchemaError(`${name} has no columns`);
  }
  const byName = new Map(columns.map((column) => [column.name, column]));
  const partition = byName.get("partitionid");
  const label = definition.label ?? subject.schemaName;
  return assemble({
    name,
    schemaName: subject.schemaName,
    setName: subject.setName,
    label,
    collectionLabel: definition.collection_label ?? `${label}s`,
    description: definition.description ?? "",
    custom: subject.custom,
    objectTypeCode: definition.object_type_code ?? objectTypeCode,
    primaryId: primary,
    primaryName: primaryNameOf(subject, definition) ?? primaryId,
    columns,
    width: columns.length,
    collections: new Map(),
    kind: subject.kind,
    owned: subject.ownership === "user",
    ownership: ownerships[subject.ownership],
    ...switches(definition),
    keys: [
      ...buildKeys(name, definition.keys ?? {}, byName),
      ...(subject.kind === "elastic" && partition !== undefined ? [elasticKey([primary, partition])] : []),
    ],
    ...buildRules(name, definition, byName),
    primaryImage: definition.primary_image ?? columns.find(({ type }) => type === "image")?.name,
    link: undefined,
  });
}

function primaryNameOf({ kind }: Subject, { primary_name, columns = {} }: TableDefinition): string | undefined {
  const firstText = Object.entries(columns).find(([, { type }]) => type === "text")?.[0];
  return primary_name ?? (kind === "activity" ? "subject" : firstText);
}

function switches(definition: TableDefinition): Pick<Table, "changeTracking" | "bulk" | "notes" | "activities"> {
  return {
    changeTracking: definition.change_tracking ?? true,
    bulk: definition.bulk ?? true,
    notes: definition.notes ?? false,
    activities: definition.activities ?? false,
  };
}

function subjectOf(name: string, definition: TableDefinition): Subject {
  return {
    name,
    schemaName: definition.schema_name ?? name,
    setName: definition.entity_set ?? `${name}s`,
    // The service numbers its own tables below.
    custom: definition.object_type_code === undefined,
    kind: definition.kind ?? "standard",
    ownership: definition.ownership ?? "user",
  };
}

/** All columns in the order of their ordinals. A definition of a column that the service adds anyway is laid over it. */
function columnForms(
  subject: Subject,
  primaryId: string,
  definition: TableDefinition,
  scene: Scene,
): Readonly<Record<string, ColumnDefinition>> {
  const own = definition.columns ?? {};
  const { usual, rare } = systemColumns(subject);
  const schemaName = `${subject.schemaName}Id`;
  const id: ColumnDefinition = {
    type: "guid",
    update: false,
    required: "SystemRequired",
    schema_name: schemaName.toLowerCase() === primaryId ? schemaName : primaryId,
    label: definition.label ?? subject.schemaName,
  };
  const given: Record<string, ColumnDefinition> = {
    [primaryId]: id,
    ...usual,
    ...moneyColumns(subject, own),
    ...(subject.kind === "activity" ? activityColumns(subject, scene.withActivities) : {}),
  };
  const merged: Record<string, ColumnDefinition> = {};
  for (const name of Object.keys({ ...given, ...own, ...rare })) {
    merged[name] = layOver(given[name] ?? rare[name], own[name]);
  }
  return { ...merged, ...pointing(subject.name, merged, scene) };
}

function layOver(under: ColumnDefinition | undefined, over: ColumnDefinition | undefined): ColumnDefinition {
  if (under === undefined || over === undefined) {
    return under ?? over ?? { type: "text" };
  }
  return { ...under, ...over };
}

/** Notes and parties point to whatever allows it. */
function pointing(
  table: string,
  forms: Readonly<Record<string, ColumnDefinition>>,
  scene: Scene,
): Readonly<Record<string, ColumnDefinition>> {
  const [column, targets]: readonly [string, readonly (readonly [string, TargetDefinition])[]] =
    table === "annotation"
      ? ["objectid", scene.withNotes.map((about) => [about.name, noteTarget(about)] as const)]
      : table === "activityparty"
        ? ["activityid", scene.activities.map((activity) => [activity, partyTarget(activity)] as const)]
        : ["", []];
  const form = forms[column];
  return form === undefined ? {} : { [column]: { ...form, targets: Object.fromEntries(targets) } };
}
