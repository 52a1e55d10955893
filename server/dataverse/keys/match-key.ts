/** Which key `matchOn` names. A request that matches on no key would be refused by the service, row by row. */
import type { Attribute } from "../metadata/attributes.ts";
import type { AlternateKey, Table } from "../metadata/tables.ts";
import { didYouMean } from "../text/describe.ts";

export type MatchKey =
  | { readonly kind: "none" }
  | { readonly kind: "primary" }
  | { readonly kind: "alternate"; readonly key: AlternateKey }
  /** No key of the table: rows are found by query. */
  | { readonly kind: "business"; readonly attributes: readonly Attribute[] };

/** @returns the key that consists of exactly these attributes, else a business key of them, or what is wrong with them. */
export function findKey(attributes: readonly string[], table: Table): MatchKey | string {
  if (attributes.length === 1 && attributes[0] === table.primaryId) return { kind: "primary" };
  const unknown = attributes.filter((name) => !table.attributes.has(name));
  if (unknown.length > 0) {
    const hints = unknown.map((name) => `${name} is no attribute of ${table.logicalName}.${hint(name, table)}`);
    return hints.join(" ");
  }
  const wanted = new Set(attributes);
  const key = table.keys.find(
    (candidate) =>
      candidate.attributes.length === attributes.length && candidate.attributes.every((name) => wanted.has(name)),
  );
  if (key === undefined) return businessKey(attributes, table);
  if (!key.active) return inactive(key);
  return { kind: "alternate", key };
}

/** Attributes of these types can stand in a key's URL. */
export function isKeyable(attribute: Attribute): boolean {
  switch (attribute.kind) {
    case "memo":
    case "float":
    case "money":
    case "boolean":
    case "choices":
    case "partylist":
    case "image":
    case "file":
    case "other":
      return false;
    case "text":
    case "integer":
    case "bigint":
    case "decimal":
    case "choice":
    case "state":
    case "status":
    case "datetime":
    case "dateonly":
    case "guid":
    case "lookup":
    case "customer":
    case "owner":
      return true;
  }
}

/** Attributes that a query surely compares: what a key can hold, and two more. */
export function isComparable(attribute: Attribute): boolean {
  return isKeyable(attribute) || attribute.kind === "boolean" || attribute.kind === "money";
}

function businessKey(names: readonly string[], table: Table): MatchKey | string {
  const none = `${names.join(", ")} is no key of ${table.logicalName}`;
  const attributes = names.flatMap((name) => table.attributes.get(name) ?? []);
  if (new Set(names).size < names.length) return `${none}: it names an attribute twice`;
  if (names.includes(table.primaryId)) return `${none}: the primary key ${table.primaryId} names a row by itself`;
  const refused = attributes.filter((attribute) => !isComparable(attribute));
  if (attributes.length === 0) return `it names no attribute. ${listKeys(table)}`;
  if (table.tableType === "Elastic") return `${none}, and rows of an elastic table are named by nothing else`;
  if (refused.length === 0) return { kind: "business", attributes };
  const reasons = refused.map(({ logicalName, typeName, kind }) => `${logicalName} is ${typeName}${whyNot(kind)}`);
  return `${none}, and rows cannot be found by it: ${reasons.join("; ")}. ${listKeys(table)}`;
}

function whyNot(kind: Attribute["kind"]): string {
  if (kind === "float") return ", whose values are seldom equal to the last bit";
  return kind === "memo" ? ", a text too long to be compared" : ", which a query does not compare by value";
}

function hint(name: string, table: Table): string {
  return didYouMean(name, table.attributes.keys());
}

function listKeys(table: Table): string {
  const alternates = table.keys.map((key) => `${key.logicalName} (${key.attributes.join(", ")}; ${key.indexStatus})`);
  const list = alternates.length === 0 ? "no alternate keys" : `the alternate keys ${alternates.join(", ")}`;
  return (
    `It has the primary key ${table.primaryId} and ${list}. ` +
    "Match on one of these, or define an alternate key in Dataverse and wait until it is Active."
  );
}

function inactive(key: AlternateKey): string {
  const remedy =
    key.indexStatus === "Failed"
      ? "Its index could not be built, mostly because rows share a value: remove the duplicates and reactivate the key."
      : "Its index is still being built: wait until it is Active, then start again.";
  return `the alternate key ${key.logicalName} is ${key.indexStatus}, not Active. ${remedy}`;
}
