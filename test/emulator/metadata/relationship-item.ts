/** Lookups and links as relationship metadata, seen from either side. */
import { stableGuid } from "../core/stable-guid.ts";
import type { Catalog } from "../rows/catalog.ts";
import type { Column, Table, Target } from "../schema/types.ts";
import type { Item, MetadataObject } from "./item.ts";
import { label, managed } from "./item.ts";

export function relationshipId(schemaName: string): string {
  return stableGuid(`relationship:${schemaName}`);
}

/** Every relationship of the environment once. */
export function relationshipItems(catalog: Catalog): readonly Item[] {
  return catalog.tables.flatMap((table) => [...manyToOneItems(catalog, table), ...linkItems(table)]);
}

export function manyToOneItems(catalog: Catalog, table: Table): readonly Item[] {
  return lookups(table).flatMap((column) =>
    distinct(column.targets).map((target) => oneToMany(catalog, table, column, target)),
  );
}

export function oneToManyItems(catalog: Catalog, table: Table): readonly Item[] {
  return catalog.tables.flatMap((other) =>
    lookups(other).flatMap((column) =>
      column.targets
        .filter((target) => target.table === table.name)
        .map((target) => oneToMany(catalog, other, column, target)),
    ),
  );
}

export function manyToManyItems(catalog: Catalog, table: Table): readonly Item[] {
  return catalog.tables
    .filter(({ link }) => link?.first.table === table.name || link?.second.table === table.name)
    .flatMap(linkItems);
}

function lookups(table: Table): readonly Column[] {
  return table.columns.filter(({ type }) => type === "lookup");
}

/** The owner of a row is one relationship, though users and teams may be it. */
function distinct(targets: readonly Target[]): readonly Target[] {
  return targets.filter(
    ({ relationship }, index) => targets.findIndex((other) => other.relationship === relationship) === index,
  );
}

function oneToMany(catalog: Catalog, table: Table, column: Column, target: Target): Item {
  return {
    type: "OneToManyRelationshipMetadata",
    base: common(target.relationship, "OneToManyRelationship", column.custom),
    extra: {
      ReferencingEntity: table.name,
      ReferencingAttribute: column.name,
      ReferencedEntity: target.table,
      ReferencedAttribute: catalog.find(target.table)?.primaryId.name ?? `${target.table}id`,
      ReferencingEntityNavigationPropertyName: target.navigation,
      ReferencedEntityNavigationPropertyName: target.collection,
      RelationshipBehavior: 1,
      IsHierarchical: false,
      EntityKey: null,
      DenormalizedAttributeName: null,
      IsDenormalizedLookup: false,
      IsRelationshipAttributeDenormalized: false,
      RelationshipAttributes: [],
      AssociatedMenuConfiguration: menu(),
      CascadeConfiguration: {
        Assign: "NoCascade",
        Delete: target.onDelete,
        Archive: "NoCascade",
        Merge: "NoCascade",
        Reparent: "NoCascade",
        Share: "NoCascade",
        Unshare: "NoCascade",
        RollupView: "NoCascade",
      },
    },
    links: {},
  };
}

function linkItems({ link, name, custom }: Table): readonly Item[] {
  if (link === undefined) {
    return [];
  }
  const { first, second } = link;
  return [
    {
      type: "ManyToManyRelationshipMetadata",
      base: common(link.relationship, "ManyToManyRelationship", custom),
      extra: {
        IntersectEntityName: name,
        Entity1LogicalName: first.table,
        Entity1IntersectAttribute: first.column,
        Entity1NavigationPropertyName: first.collection,
        Entity1AssociatedMenuConfiguration: menu(),
        Entity2LogicalName: second.table,
        Entity2IntersectAttribute: second.column,
        Entity2NavigationPropertyName: second.collection,
        Entity2AssociatedMenuConfiguration: menu(),
      },
      links: {},
    },
  ];
}

function common(schemaName: string, type: string, custom: boolean): MetadataObject {
  return {
    MetadataId: relationshipId(schemaName),
    HasChanged: null,
    SchemaName: schemaName,
    RelationshipType: type,
    SecurityTypes: "Append",
    IsCustomRelationship: custom,
    IsCustomizable: managed(true, "iscustomizable"),
    IsManaged: false,
    IsValidForAdvancedFind: true,
    IntroducedVersion: "1.0.0.0",
  };
}

function menu(): MetadataObject {
  return {
    Behavior: "UseCollectionName",
    Group: "Details",
    Order: 10_000,
    IsCustomizable: true,
    Icon: null,
    ViewId: "00000000-0000-0000-0000-000000000000",
    AvailableOffline: true,
    MenuId: null,
    QueryApi: "",
    Label: label(""),
  };
}
