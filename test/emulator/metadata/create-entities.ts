/** `CreateEntities`: several tables by one action, all or none. Its bodies have types of their own, with `Complex` in front. */
import type { Session } from "../environment.ts";
import type { Body } from "./body.ts";
import { removeTable } from "./change.ts";
import { badArgument } from "./refusals.ts";
import { createTable } from "./write-table.ts";

/** Throws the service's refusal of the first table that cannot be made. */
export function createEntities(session: Session, parameters: Body): void {
  const { catalog } = session;
  const entities = parameters.list("Entities");
  if (entities.length === 0) {
    throw badArgument("Required field 'Entities' is missing");
  }
  const before = new Set(catalog.tables.map(({ name }) => name));
  try {
    for (const entity of entities) {
      createTable(session, entity);
    }
  } catch (error) {
    for (const table of catalog.tables.filter(({ name }) => !before.has(name))) {
      removeTable(session, table);
    }
    throw error;
  }
}
