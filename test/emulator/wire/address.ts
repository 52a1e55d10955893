/** Which rows a URL means: `accounts`, `accounts(<guid>)`, `accounts(accountnumber='A-1')`. */
import { rowIdentity } from "../elastic/identity.ts";
import type { Catalog } from "../rows/catalog.ts";
import type { Stored, ValueRules } from "../rows/values.ts";
import { canonicalGuid, readValue } from "../rows/values.ts";
import type { AlternateKey, Column, Table } from "../schema/types.ts";
import { readName } from "../schema/types.ts";
import { codes, payloadError, querySyntax, ServiceError, unknownSegment } from "./errors.ts";
import type { Json } from "./json-value.ts";
import { NumberText } from "./json-value.ts";

export interface SetAddress {
  readonly kind: "set";
  readonly table: Table;
}

export type RowAddress =
  | { readonly kind: "id"; readonly table: Table; readonly id: string; readonly echo: string }
  | {
      readonly kind: "key";
      readonly table: Table;
      readonly key: AlternateKey;
      readonly parts: readonly Stored[];
      /** The address as it was written, for `OData-EntityId`. */
      readonly echo: string;
    };

export type Address = SetAddress | RowAddress;

const segment = /^([A-Za-z_]\w*)(?:\((.*)\))?$/s;

/** `path` is what follows the service root, without query, still percent-encoded. */
export function parseAddress(catalog: Catalog, path: string, rules: ValueRules): Address {
  const [, setName, predicate] = segment.exec(path) ?? [];
  if (setName === undefined) {
    throw path.includes("(") ? querySyntax() : unknownSegment(path);
  }
  const table = catalog.set(setName);
  if (predicate === undefined) {
    return { kind: "set", table };
  }
  const decoded = decodeUrl(predicate);
  const id = canonicalGuid(decoded);
  if (id !== undefined) {
    return { kind: "id", table, id, echo: `${setName}(${id})` };
  }
  return keyAddress(table, parsePredicate(decoded), { echo: path, rules });
}

/** Percent-decodes a part of a URL. Throws the service's 400 for a malformed escape. */
export function decodeUrl(text: string): string {
  if (!text.includes("%")) {
    return text;
  }
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) {
      throw querySyntax();
    }
    throw error;
  }
}

/** A literal of a key: quoted text, or a bare word (number, GUID, boolean, date). */
type Literal = { readonly text: string; readonly quoted: boolean };

const part = /([A-Za-z_]\w*)\s*=\s*(?:'((?:[^']|'')*)'|([^',()\s]+))\s*(?:,\s*(?=[A-Za-z_])|$)/y;

/** The service's URL reader stumbles over these even when they are encoded. */
const reserved = /[/<>*%&:\\?+#]/;

function parsePredicate(predicate: string): ReadonlyMap<string, Literal> {
  const literals = new Map<string, Literal>();
  let end = 0;
  part.lastIndex = 0;
  for (let found = part.exec(predicate); found !== null; found = part.exec(predicate)) {
    const [, name = "", quoted, bare = ""] = found;
    if (quoted !== undefined && reserved.test(quoted)) {
      throw querySyntax();
    }
    literals.set(
      name,
      quoted === undefined ? { text: bare, quoted: false } : { text: quoted.replaceAll("''", "'"), quoted: true },
    );
    end = part.lastIndex;
  }
  if (literals.size === 0 || end !== predicate.length) {
    throw querySyntax();
  }
  return literals;
}

/** Users and teams are principals: the key that they inherit has a name of its own. */
const principals: ReadonlySet<string> = new Set(["systemuser", "team"]);

function keyAddress(
  table: Table,
  literals: ReadonlyMap<string, Literal>,
  { echo, rules }: { echo: string; rules: ValueRules },
): Address {
  const only = literals.get(principals.has(table.name) ? "ownerid" : table.primaryId.name);
  if (literals.size === 1 && only !== undefined) {
    return { kind: "id", table, id: guidOf(only), echo: `${table.setName}(${guidOf(only)})` };
  }
  const key = table.keys.find(
    (candidate) =>
      candidate.columns.length === literals.size && candidate.columns.every((column) => literals.has(readName(column))),
  );
  if (key === undefined) {
    throw new ServiceError(
      400,
      codes.keyNotDefined,
      `The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.${table.name}'. Ensure that the names and number of key properties match the declared or alternate key properties for the resource 'Microsoft.Dynamics.CRM.${table.name}'.`,
    );
  }
  if (key.status !== "Active") {
    throw new ServiceError(
      400,
      codes.keyNotDefined,
      `The key ${key.label} of ${table.name} is not active: ${key.status}.`,
    );
  }
  const parts = key.columns.map((column) => readLiteral({ table, column }, literals.get(readName(column)), rules));
  if (table.kind === "elastic") {
    const [id = null, partition = null] = parts;
    return { kind: "id", table, id: rowIdentity(String(id), partition), echo };
  }
  return { kind: "key", table, key, parts, echo };
}

function guidOf(literal: Literal): string {
  const id = canonicalGuid(literal.text);
  if (id === undefined || literal.quoted) {
    throw querySyntax();
  }
  return id;
}

/** A literal of a key or filter as a value of its column; `null` only where a filter may say so. */
function readLiteral(
  place: { readonly table: Table; readonly column: Column },
  literal: Literal | undefined,
  rules: ValueRules,
): Stored {
  if (literal === undefined) {
    throw querySyntax();
  }
  if (place.column.type === "lookup") {
    return { table: "", id: guidOf(literal) };
  }
  const value = readValue(place, jsonOf(place.column, literal), rules);
  if (value === null) {
    throw payloadError(place.table.setName, `The key property '${place.column.name}' has no value.`);
  }
  return value;
}

function jsonOf(column: Column, { text, quoted }: Literal): Json {
  switch (column.type) {
    case "text":
    case "memo":
      return quoted ? text : refuseLiteral();
    case "datetime":
    case "dateonly":
    case "guid":
      return quoted ? refuseLiteral() : text;
    case "boolean":
      return !quoted && (text === "true" || text === "false") ? text === "true" : refuseLiteral();
    default:
      return quoted ? refuseLiteral() : new NumberText(text);
  }
}

function refuseLiteral(): never {
  throw querySyntax();
}
