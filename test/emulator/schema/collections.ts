/** The way back: every lookup is a collection on the table that it points to, every many-to-many relationship one on both sides. */
import { SchemaError } from "./schema-error.ts";
import type { Collection, Table } from "./types.ts";

/** The tables with their collections filled in. Throws a SchemaError for an unknown table or two collections of one name. */
export function withCollections(tables: readonly Table[]): readonly Table[] {
  const found = new Map(tables.map((table) => [table.name, new Map<string, Collection>()]));
  for (const table of tables) {
    for (const [owner, collection] of [...fromLookups(table), ...fromLink(table)]) {
      const collections = found.get(owner);
      if (collections === undefined) {
        throw new SchemaError(`${table.name} points to the unknown table ${owner}`);
      }
      const known = collections.get(collection.name);
      if (known !== undefined && !same(known, collection)) {
        throw new SchemaError(`${owner} would have two collections named ${collection.name}`);
      }
      collections.set(collection.name, collection);
    }
  }
  return tables.map((table) => ({ ...table, collections: found.get(table.name) ?? new Map() }));
}

type Owned = readonly [owner: string, collection: Collection];

export function fromLookups(table: Table): readonly Owned[] {
  return table.columns
    .filter(({ type }) => type === "lookup")
    .flatMap((column) =>
      column.targets.map(
        (target): Owned => [
          target.table,
          { kind: "oneToMany", name: target.collection, table: table.name, column: column.name },
        ],
      ),
    );
}

export function fromLink({ name, link }: Table): readonly Owned[] {
  if (link === undefined) {
    return [];
  }
  const { relationship, first, second } = link;
  const side = (here: typeof first, there: typeof first): Owned => [
    here.table,
    {
      kind: "manyToMany",
      name: here.collection,
      relationship,
      table: there.table,
      intersect: name,
      here: here.column,
      there: there.column,
    },
  ];
  return [side(first, second), side(second, first)];
}

function same(one: Collection, other: Collection): boolean {
  return (
    one.kind === "oneToMany" && other.kind === "oneToMany" && one.table === other.table && one.column === other.column
  );
}
