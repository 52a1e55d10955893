/** A table as an entity type of the CSDL. */
import { edmType } from "../schema/edm-type.ts";
import type { AlternateKey, Collection, Column, Table } from "../schema/types.ts";
import { readName } from "../schema/types.ts";
import { shadowNames } from "./attribute-item.ts";
import { element } from "./xml.ts";

/** Users and teams inherit the key `ownerid`. */
const principals: ReadonlySet<string> = new Set(["systemuser", "team"]);

export function entityType(tables: readonly Table[], table: Table, annotated: boolean): string {
  const isPrincipal = principals.has(table.name);
  const baseType = isPrincipal ? "mscrm.principal" : "mscrm.crmbaseentity";
  const key = element("Key", {}, [element("PropertyRef", { Name: table.primaryId.name })]);
  return element("EntityType", { Name: table.name, BaseType: baseType }, [
    ...(isPrincipal ? [] : [key]),
    ...table.columns.filter(({ type }) => type !== "partylist").flatMap((column) => properties(column, annotated)),
    ...singleNavigations(tables, table),
    ...[...table.collections.values()].map((collection) => collectionNavigation(tables, collection)),
    ...(annotated && table.keys.length > 0 ? [alternateKeys(table.keys)] : []),
  ]);
}

function properties(column: Column, annotated: boolean): readonly string[] {
  const facets: Readonly<Record<string, string>> = {
    Name: readName(column),
    Type: edmType(column),
    ...(column.type === "text" || column.type === "memo" ? { Unicode: "false" } : {}),
    ...(column.type === "decimal" || column.type === "money" ? { Scale: "Variable" } : {}),
  };
  const own = element("Property", facets, annotated ? annotations(column) : []);
  if (column.type !== "image" && column.type !== "file") {
    return [own];
  }
  const parts = shadowNames(column).map(([suffix, type]) =>
    element("Property", { Name: column.name + suffix, Type: shadowEdmType(type.code) }, [computed]),
  );
  return [own, ...(annotated ? parts : parts.map((part) => part.replace(`>${computed}</Property>`, "/>")))];
}

const computed = element("Annotation", { Term: "Org.OData.Core.V1.Computed", Bool: "true" });
const readOnly = element("Annotation", { Term: "Org.OData.Core.V1.Permissions" }, [
  "<EnumMember>Org.OData.Core.V1.PermissionType/Read</EnumMember>",
]);

function annotations(column: Column): readonly string[] {
  if (column.type === "lookup") {
    return [readOnly];
  }
  const description = element("Annotation", {
    Term: "Org.OData.Core.V1.Description",
    String: column.description === "" ? column.label : column.description,
  });
  return column.creatable || column.updatable ? [description] : [description, computed, readOnly];
}

/** One property for every name; where it may lead to several tables, to what they have in common. */
function singleNavigations(tables: readonly Table[], table: Table): readonly string[] {
  return [...table.navigations].map(([name, { column, targets }]) => {
    const [target = ""] = targets;
    const partner = column.targets.find(({ navigation }) => navigation === name)?.collection ?? "";
    const referenced = tables.find((other) => other.name === target)?.primaryId.name ?? `${target}id`;
    const several = targets.length > 1;
    const constraint = { Property: readName(column), ReferencedProperty: several ? "ownerid" : referenced };
    return element(
      "NavigationProperty",
      {
        Name: name,
        Type: several ? "mscrm.principal" : `mscrm.${target}`,
        ...(column.required === "SystemRequired" ? { Nullable: "false" } : {}),
        // The partner must be declared on the very type.
        ...(several ? {} : { Partner: partner }),
      },
      [element("ReferentialConstraint", constraint)],
    );
  });
}

function collectionNavigation(tables: readonly Table[], collection: Collection): string {
  const there = tables.find((table) => table.name === collection.table);
  return element("NavigationProperty", {
    Name: collection.name,
    Type: `Collection(mscrm.${collection.table})`,
    ...partnerOf(collection, there),
  });
}

function partnerOf(collection: Collection, there: Table | undefined): Readonly<Record<string, string>> {
  if (there === undefined) {
    return {};
  }
  if (collection.kind === "manyToMany") {
    const back = [...there.collections.values()].find(
      (other) =>
        other.kind === "manyToMany" &&
        other.relationship === collection.relationship &&
        other.here === collection.there,
    );
    return back === undefined ? {} : { Partner: back.name };
  }
  const targets = there.byName
    .get(collection.column)
    ?.targets.filter((target) => target.collection === collection.name);
  const [only, ...others] = targets ?? [];
  return only === undefined || others.length > 0 ? {} : { Partner: only.navigation };
}

function alternateKeys(keys: readonly AlternateKey[]): string {
  const part = (column: Column): string =>
    element("Record", { Type: "OData.Community.Keys.V1.PropertyRef" }, [
      element("PropertyValue", { Property: "Alias", String: readName(column) }),
      element("PropertyValue", { Property: "Name", PropertyPath: readName(column) }),
    ]);
  const records = keys.map((key) =>
    element("Record", { Type: "OData.Community.Keys.V1.AlternateKey" }, [
      element("PropertyValue", { Property: "Key" }, [element("Collection", {}, key.columns.map(part))]),
    ]),
  );
  return element("Annotation", { Term: "OData.Community.Keys.V1.AlternateKeys" }, [element("Collection", {}, records)]);
}

/** `code` is the shadow's `AttributeType`. */
function shadowEdmType(code: string): string {
  switch (code) {
    case "Uniqueidentifier":
      return "Edm.Guid";
    case "BigInt":
      return "Edm.Int64";
    default:
      return "Edm.String";
  }
}
