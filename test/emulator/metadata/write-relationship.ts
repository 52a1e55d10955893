/** Relationships made and deleted through `RelationshipDefinitions`: a lookup, or a table of links. */
import type { Session } from "../environment.ts";
import { withChangedColumn, withTargets } from "../schema/alter.ts";
import { isCustom } from "../schema/build.ts";
import type { ColumnDefinition, TargetDefinition } from "../schema/definition.ts";
import { buildIntersect } from "../schema/intersect.ts";
import type { Column, Table, Target } from "../schema/types.ts";
import { ServiceError } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { entityId, noContent } from "../wire/reply.ts";
import { attributeId } from "./attribute-item.ts";
import type { Body } from "./body.ts";
import { addTable, closeWayBack, redefine, removeTable } from "./change.ts";
import { commonForm } from "./column-form.ts";
import { badArgument, badPrefix, building, duplicateNavigation, inUse, notCustom, notUnique } from "./refusals.ts";
import { relationshipId, relationshipItems } from "./relationship-item.ts";
import { addColumn, newName, removeColumn } from "./write-column.ts";

export function createRelationship(session: Session, body: Body): PartReply {
  const name = newRelationship(session, body);
  switch (body.declaredType) {
    case "OneToManyRelationshipMetadata":
      createLookup(session, [body], lookupOf(body));
      break;
    case "ManyToManyRelationshipMetadata":
      createLink(session, body, name);
      break;
    default:
      throw badArgument(
        "The type of a relationship is OneToManyRelationshipMetadata or ManyToManyRelationshipMetadata.",
      );
  }
  return entityId(session, `RelationshipDefinitions(${relationshipId(name)})`);
}

function newRelationship(session: Session, body: Body): string {
  const name = body.text("SchemaName") ?? "";
  if (!/^[A-Za-z]\w*_\w+$/.test(name)) {
    throw badPrefix(name, "Relationship");
  }
  const same = name.toLowerCase();
  if (relationshipItems(session.catalog).some(({ base }) => String(base["SchemaName"]).toLowerCase() === same)) {
    throw notUnique(name, "Relationship");
  }
  return name;
}

function lookupOf(body: Body): Body {
  const lookup = body.object("Lookup");
  if (lookup === undefined) {
    throw badArgument("Required field 'Lookup' is missing");
  }
  return lookup;
}

/** One column for one or more relationships. Answers with the id of the column. */
export function createLookup(session: Session, relationships: readonly Body[], lookup: Body): string {
  const table = tableNamed(session, relationships[0]?.text("ReferencingEntity"));
  const name = newName(table, lookup);
  const schemaName = lookup.text("SchemaName") ?? name;
  const targets = relationships.map((relationship): readonly [string, TargetDefinition] => {
    const target = tableNamed(session, relationship.text("ReferencedEntity"));
    if (relationship.text("ReferencingEntity") !== table.name) {
      throw badArgument("All relationships of a lookup have the same ReferencingEntity.");
    }
    return [
      target.name,
      targetForm(relationship, relationships.length > 1 ? `${schemaName}_${target.name}` : schemaName),
    ];
  });
  const kind = lookup.valueOf("AttributeTypeName") === "CustomerType" ? { kind: "customer" as const } : {};
  const form: ColumnDefinition = {
    ...commonForm(lookup),
    ...kind,
    type: "lookup",
    targets: Object.fromEntries(targets),
  };
  for (const [target, { collection = "" }] of targets) {
    checkCollection(session.catalog.named(target), collection);
  }
  addColumn(session, table, name, form);
  return attributeId(table, name);
}

function checkCollection(owner: Table, name: string): void {
  if (owner.collections.has(name) || owner.navigations.has(name) || owner.byReadName.has(name)) {
    throw duplicateNavigation(name);
  }
}

function targetForm(body: Body, navigation: string): TargetDefinition {
  const relationship = body.text("SchemaName") ?? "";
  return {
    navigation: body.text("ReferencingEntityNavigationPropertyName") ?? navigation,
    relationship,
    collection: body.text("ReferencedEntityNavigationPropertyName") ?? relationship,
    on_delete: deleteRule(body.object("CascadeConfiguration")?.text("Delete") ?? "RemoveLink"),
  };
}

function deleteRule(text: string): NonNullable<TargetDefinition["on_delete"]> {
  switch (text) {
    case "RemoveLink":
    case "Restrict":
    case "Cascade":
    case "NoCascade":
      return text;
    default:
      throw badArgument(`'${text}' is not a valid CascadeType for Delete.`);
  }
}

function tableNamed({ catalog }: Session, name: string | undefined): Table {
  const table = name === undefined ? undefined : catalog.find(name);
  if (table === undefined) {
    throw new ServiceError(
      400,
      "0x80040217",
      `Could not find an entity with name '${name ?? ""}' in the metadata cache.`,
    );
  }
  return table;
}

function createLink(session: Session, body: Body, relationship: string): void {
  const [first, second] = [
    tableNamed(session, body.text("Entity1LogicalName")),
    tableNamed(session, body.text("Entity2LogicalName")),
  ];
  const intersect = body.text("IntersectEntityName") ?? relationship;
  if (session.catalog.find(intersect.toLowerCase()) !== undefined) {
    throw notUnique(intersect, "Entity");
  }
  const [collection, other] = [body.text("Entity1NavigationPropertyName"), body.text("Entity2NavigationPropertyName")];
  checkCollection(first, collection ?? relationship);
  checkCollection(second, other ?? relationship);
  const definition = {
    table: second.name,
    intersect,
    ...(collection === undefined ? {} : { collection }),
    ...(other === undefined ? {} : { other_collection: other }),
  };
  const objectTypeCode = Math.max(...session.catalog.tables.map((table) => table.objectTypeCode)) + 1;
  const custom = isCustom(relationship);
  addTable(
    session,
    building(() => buildIntersect({ relationship, from: first.name, definition, objectTypeCode, custom })),
  );
}

/** The lookup goes with its last relationship, the links with theirs. */
export function deleteRelationship(session: Session, schemaName: string): PartReply {
  const intersect = session.catalog.tables.find(({ link }) => link?.relationship === schemaName);
  if (intersect !== undefined) {
    if (!intersect.custom) {
      throw notCustom("EntityRelationship", schemaName);
    }
    removeTable(session, intersect);
    return noContent();
  }
  for (const table of session.catalog.tables) {
    for (const column of table.columns) {
      const target = column.targets.find(({ relationship }) => relationship === schemaName);
      if (target !== undefined) {
        removeTarget(session, table, column, target);
      }
    }
  }
  return noContent();
}

function removeTarget(session: Session, table: Table, column: Column, target: Target): void {
  if (!column.custom) {
    throw notCustom("EntityRelationship", target.relationship);
  }
  const keys = table.keys.filter((key) => key.columns.includes(column));
  if (keys.length > 0) {
    throw inUse("EntityRelationship", relationshipId(target.relationship), keys.length);
  }
  if (column.targets.length === 1) {
    removeColumn(session, table, column);
    return;
  }
  const rest = column.targets.filter((one) => one !== target);
  redefine(session, withChangedColumn(table, withTargets(column, rest)));
  closeWayBack(session, target);
}
