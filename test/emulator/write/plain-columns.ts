/** Which properties of a body simply are columns, found once for all rows that have the same properties. */
import type { Place } from "../rows/values.ts";
import type { Column, Table } from "../schema/types.ts";
import type { Shape } from "../wire/json-value.ts";

export type WriteOperation = "create" | "update";

/** What is known of a table's properties, and of the shape of body that was read last. */
interface Known {
  readonly places: ReadonlyMap<string, Place>;
  shape: Shape | undefined;
  inShape: readonly (Place | undefined)[];
}

const known: Readonly<Record<WriteOperation, WeakMap<Table, Known>>> = { create: new WeakMap(), update: new WeakMap() };

/** For each name of the shape its column, where a value of it is read and assigned without further questions. */
export function plainColumns(table: Table, operation: WriteOperation, shape: Shape): readonly (Place | undefined)[] {
  let found = known[operation].get(table);
  if (found === undefined) {
    found = { places: placesOf(table, operation), shape: undefined, inShape: [] };
    known[operation].set(table, found);
  }
  if (found.shape !== shape) {
    const { places } = found;
    found.shape = shape;
    found.inShape = shape.names.map((name) => places.get(name));
  }
  return found.inShape;
}

function placesOf(table: Table, operation: WriteOperation): ReadonlyMap<string, Place> {
  const plain = [...table.byName].filter(([, column]) => isPlain(column) && isValidFor(operation, table, column));
  return new Map(plain.map(([name, column]) => [name, { table, column }]));
}

function isPlain({ type }: Column): boolean {
  return type !== "lookup" && type !== "file" && type !== "partylist";
}

export function isValidFor(operation: WriteOperation, table: Table, column: Column): boolean {
  return operation === "create" ? isCreatable(table, column) : column.updatable;
}

/** Of the images only the primary one can be created with its row; the others are ignored like any column that is not valid for create. */
function isCreatable(table: Table, column: Column): boolean {
  return column.creatable && (column.type !== "image" || column.name === table.primaryImage);
}
