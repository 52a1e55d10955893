/**
 * "Does not exist" does not say what: the row itself, or a row that one of its lookups points to. Taking one for the other
 * would settle a delete that never happened, or send a whole partition back as if it could be replayed.
 */

import type { Mapping } from "../mapping/mapping.ts";
import type { Intersect } from "../metadata/intersect.ts";
import { namesPartition } from "../rows/elastic.ts";
import { asGuid, asObject, idNamed, keyPredicate, readOperation } from "../wire/operation.ts";
import type { ServiceError } from "./row-failure.ts";

export type Absence =
  /** The row that the operation addresses. */
  | { readonly of: "row" }
  /** A row that a lookup names; the attribute where it can be told. */
  | { readonly of: "lookup"; readonly column: string | undefined }
  /** One of both. */
  | { readonly of: "either" }
  /** Neither: something that a plug-in looked for. */
  | { readonly of: "other" };

interface Named {
  readonly isOf: (table: string) => boolean;
  readonly id: string | undefined;
  readonly byKey: boolean;
}

/** @param operation as sent; without it the text alone decides, and more often "either". */
export function absenceOf(error: ServiceError, mapping: Mapping, operation?: Uint8Array): Absence {
  const named = namedIn(error);
  if (named === undefined) return { of: "other" };
  if (mapping.table.intersect !== undefined) return absenceOfLink(named, mapping, mapping.table.intersect);
  const sent = operation === undefined ? undefined : readOperation(operation);
  const lookups = mapping.targets.filter(({ attribute, lookup, property }) => {
    if (attribute.kind === "partylist") return isParty(named, sent?.body[property]);
    if (lookup === undefined || !named.isOf(lookup.table.logicalName)) return false;
    const bound = sent?.body[property];
    return sent === undefined || (typeof bound === "string" && fits(named, keyPredicate(bound)));
  });
  const { request, table } = mapping;
  const own = sent === undefined ? undefined : idNamed(sent, table.primaryId);
  const isKeyed = sent === undefined ? mapping.matchKey.kind === "alternate" : own === undefined;
  const canBeRow =
    (request.mode === "UPDATE" || request.mode === "DELETE") &&
    named.isOf(table.logicalName) &&
    (named.byKey === isKeyed || namesPartition(request, table)) &&
    (sent === undefined || named.byKey || own === named.id);
  if (canBeRow) return { of: lookups.length === 0 ? "row" : "either" };
  if (lookups.length === 0) return { of: "other" };
  return { of: "lookup", column: lookups.length === 1 ? lookups[0]?.attribute.logicalName : undefined };
}

/** Whether one of the parties that were sent with the row is the one meant. */
function isParty(named: Named, parties: unknown): boolean {
  if (!Array.isArray(parties)) return false;
  return parties
    .flatMap((party) => Object.entries(asObject(party) ?? {}))
    .some(([name, value]) => name.endsWith("@odata.bind") && fits(named, keyPredicate(String(value))));
}

/** Where one of its rows is missing there is no link: nothing to take apart, and nothing to make one of. */
function absenceOfLink({ isOf }: Named, { request }: Mapping, { first, second }: Intersect): Absence {
  const sides = [first, second].filter(({ table }) => isOf(table));
  if (sides.length === 0) return { of: "other" };
  if (request.mode === "DELETE") return { of: "row" };
  return { of: "lookup", column: sides.length === 1 ? sides[0]?.attribute : undefined };
}

/** The service's code for a key that no row has. */
const keyMissing = "0x80060891";
/** A longer text is a dump, which names too much. */
const textLengthMax = 2_048;

/**
 * The two texts of the service: `account With Id = <guid> Does Not Exist`, `… key values does not exist in account entity`. In an
 * environment of another language only the names and the id in them are the same.
 */
function namedIn({ code, message }: ServiceError): Named | undefined {
  const [, table, id] = /(\w{1,128}) With Ids? = ([0-9a-f-]{36})/i.exec(message) ?? [];
  if (table !== undefined) return { isOf: isName(table), id: asGuid(id), byKey: false };
  const [, keyed] = /key values does not exist in (\w{1,128}) entity/i.exec(message) ?? [];
  if (keyed !== undefined) return { isOf: isName(keyed), id: undefined, byKey: true };
  if (message.length > textLengthMax) return undefined;
  const words = new Set(message.toLowerCase().match(/\w+/g));
  const ids = new Set(message.toLowerCase().match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g));
  const [only] = ids;
  const isTold = ids.size === 1 || (ids.size === 0 && code === keyMissing);
  return isTold ? { isOf: (name) => words.has(name), id: only, byKey: only === undefined } : undefined;
}

function isName(told: string): Named["isOf"] {
  return (table) => told.toLowerCase() === table;
}

/** Whether the key of a URL can be the one meant: the text tells ids, but no key values. */
function fits(named: Named, predicate: string | undefined): boolean {
  const id = asGuid(predicate);
  return named.byKey ? id === undefined : id !== undefined && id === named.id;
}
