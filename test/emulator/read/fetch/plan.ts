/** The entities of a query in the order of the document, each with its place in a joined row. */
import type { Row } from "../../rows/row.ts";
import type { FetchEntity, FetchLink, FetchQuery } from "./query.ts";
import { fetchRefusal } from "./refusals.ts";

/** A row of every entity; undefined where an outer join found none. The root comes first. */
export type Joined = readonly (Row | undefined)[];

export interface LinkNode {
  readonly link: FetchLink;
  readonly place: number;
  /** Place of the entity that it is linked to. */
  readonly parent: number;
}

export interface Plan {
  readonly root: FetchEntity;
  readonly links: readonly LinkNode[];
  /** By place. */
  readonly entities: readonly FetchEntity[];
}

export function planOf({ root }: FetchQuery): Plan {
  const entities: FetchEntity[] = [root];
  const links: LinkNode[] = [];
  const add = (entity: FetchEntity, parent: number): void => {
    for (const link of entity.links) {
      const place = entities.push(link) - 1;
      links.push({ link, place, parent });
      add(link, place);
    }
  };
  add(root, 0);
  return { root, links, entities };
}

/** The place of the entity that a condition or an order names. Throws the service's refusal. */
export function placeOf({ entities }: Plan, name: string | undefined, own: number): number {
  if (name === undefined) {
    return own;
  }
  const place = entities.findIndex(({ alias }, index) => index > 0 && alias === name);
  const byTable = place < 0 ? entities.findIndex(({ table }) => table.name === name) : place;
  if (byTable < 0) {
    throw fetchRefusal("noAlias");
  }
  return byTable;
}
