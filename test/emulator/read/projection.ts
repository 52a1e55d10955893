/** Which properties of a row are shown: `$select`, or all of them. */
import type { Column, Table } from "../schema/types.ts";
import { readName } from "../schema/types.ts";
import { unknownProperty } from "../wire/errors.ts";
import type { Expansion, Projection, Shown } from "./shape.ts";

/** `select` is the text of the option. The primary key always comes along. Throws for an unknown property. */
export function projectionOf(
  table: Table,
  select: string | undefined,
  expansions: readonly Expansion[] = [],
): Projection {
  const names = (select ?? "").split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  if (names.length === 0 || names.includes("*")) {
    return { shown: allShown(table), chosen: undefined, expansions };
  }
  const chosen = [...new Set(names)];
  const shown = chosen.map((name) => shownAs(table, name));
  const primary = shown.some(({ column }) => column === table.primaryId) ? [] : [asValue(table.primaryId)];
  return { shown: [...shown, ...primary], chosen, expansions };
}

/** `name,primarycontactid(fullname)`, as a context URL says what was selected; "" for a whole row. */
export function contextOf({ chosen, expansions }: Projection): string {
  const expanded = expansions.map(
    ({ name, projection }) => `${name}(${projection === undefined ? "" : contextOf(projection).slice(1, -1)})`,
  );
  const parts = [...(chosen ?? []), ...expanded];
  return parts.length === 0 ? "" : `(${parts.join(",")})`;
}

function asValue(column: Column): Shown {
  return { name: readName(column), column, part: "value" };
}

function allShown(table: Table): readonly Shown[] {
  return table.columns.flatMap((column) =>
    column.type === "partylist"
      ? []
      : [asValue(column), ...partsOf(column).filter(({ name }) => !table.byReadName.has(name))],
  );
}

function shownAs(table: Table, name: string): Shown {
  const column = table.byReadName.get(name);
  if (column !== undefined && column.type !== "partylist") {
    return asValue(column);
  }
  const part = table.columns.flatMap(partsOf).find((candidate) => candidate.name === name);
  if (part === undefined) {
    throw unknownProperty(table.name, name);
  }
  return part;
}

function partsOf(column: Column): readonly Shown[] {
  switch (column.type) {
    case "image":
      return [
        { name: `${column.name}_url`, column, part: "url" },
        { name: `${column.name}_timestamp`, column, part: "timestamp" },
        { name: `${column.name}id`, column, part: "id" },
      ];
    case "file":
      return [{ name: `${column.name}_name`, column, part: "name" }];
    default:
      return [];
  }
}
