/**
 * The parties of an activity: lists of structs, each of which becomes a row of `activityparty` in the one collection that is written
 * with the activity when it is created, and never again. The fields of a struct are attributes of that table; `table` tells where `partyid` leads.
 */
import type { Field } from "../../arrow/columns.ts";
import { namedTables, resolveLookup } from "../lookups/lookups.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Table } from "../metadata/tables.ts";
import type { ColumnRequest } from "../request.ts";
import type { MappingContext, ResolvedColumn } from "../rows/mapping-context.ts";
import type { Party, PartyProperty } from "../rows/party-writer.ts";
import { bindParties } from "../rows/party-writer.ts";
import { describeType, didYouMean } from "../text/describe.ts";
import { columnAt } from "../text/value.ts";
import { chooseCodec } from "../values/codecs.ts";

const partyTable = "activityparty";
const roleAttribute = "participationtypemask";
/** What is checked of a party before it is sent. */
export const partyAttributes = ["addressused", roleAttribute] as const;
const companionField = "table";
const expected = `a list of structs with "partyid" and "${companionField}", or "addressused"`;

/** What the attribute of a list makes of its parties. */
const roles: ReadonlyMap<string, number> = new Map([
  ["from", 1],
  ["to", 2],
  ["cc", 3],
  ["bcc", 4],
  ["requiredattendees", 5],
  ["optionalattendees", 6],
  ["organizer", 7],
  ["resources", 10],
  ["customers", 11],
]);

/** Parties are of these where nothing else is said; an attribute's own targets name tables that are none, and many. */
const usualTables = ["account", "contact", "lead", "queue", "systemuser"];

/** The collection of all parties, which is no attribute; undefined for another name, and where rows have no parties. */
export function partyCollection(target: string, table: Table): Attribute | undefined {
  const lists = [...table.attributes.values()].filter(({ kind }) => kind === "partylist");
  const [first] = lists;
  if (first === undefined || target !== collectionOf(table)) return undefined;
  return { ...first, logicalName: target, targets: [...new Set(lists.flatMap(({ targets }) => targets))] };
}

/** Tables whose metadata is needed. */
export function partyTables(column: ColumnRequest | undefined, { targets }: Attribute): readonly string[] {
  const named = namedTables(column);
  return [partyTable, ...(named.length > 0 ? named : usualTables.filter((table) => targets.includes(table)))];
}

interface Parts {
  readonly attribute: Attribute;
  readonly source: { readonly index: number; readonly field: Field };
  readonly context: MappingContext;
}

/** @returns the column, whose `bind` writes a comma and an object for each party, or what is wrong with it. */
export function resolveParties(column: ColumnRequest, parts: Parts): ResolvedColumn | string {
  const { attribute, source, context } = parts;
  const { table } = context;
  const target = attribute.logicalName;
  const refusal = refuseChange(column, context);
  if (refusal !== undefined) return refusal;
  if (column.lookup !== undefined && (column.lookup.by.length > 0 || column.lookup.tableFrom !== undefined)) {
    return `${target}: parties are named by their GUID, and a field of each struct tells its table: only "table" may be in "lookup"`;
  }
  const party = resolveParty(column, parts);
  if (typeof party === "string") return party;
  return {
    request: column,
    attribute,
    property: collectionOf(table),
    sources: [source.index],
    bind: (batch) => bindParties(party, columnAt(batch, source.index)),
  };
}

/**
 * Microsoft's page on associations once had a PUT of the whole collection, and took it out again because it does not work
 * (powerapps-docs, comment in associate-disassociate-entities-using-web-api.md, issue 952); a PATCH with rows in it is a deep update.
 */
function refuseChange({ target, onlyOn }: ColumnRequest, { request }: MappingContext): string | undefined {
  if (request.mode === "INSERT" || onlyOn === "CREATE") return undefined;
  const what = `${target}: no request is documented that changes the parties of an activity that exists`;
  return request.mode === "UPSERT"
    ? `${what}: say "onlyOn": "CREATE", so that new activities get theirs and the others keep their own`
    : `${what}: leave the column out, or delete the activity and INSERT it anew`;
}

function collectionOf({ logicalName }: Table): string {
  return `${logicalName}_activity_parties`;
}

function resolveParty(column: ColumnRequest, { attribute, source, context }: Parts): Party | string {
  const target = attribute.logicalName;
  const { field } = source;
  const [struct] = field.children;
  if (field.type.kind !== "list" || struct?.type.kind !== "struct") {
    return `${field.name} (${describeType(field.type, field.children)}) cannot be sent to ${target} (${attribute.typeName}): expected ${expected}`;
  }
  const table = context.related.get(partyTable);
  if (table === undefined) return `the table ${partyTable} of ${target} is not known: name the column in "columns"`;
  const nested: Nested = { column, attribute, table, fields: struct.children, context };
  const properties: PartyProperty[] = [];
  const faults: string[] = [];
  for (const [index, child] of struct.children.entries()) {
    if (child.name === companionField) continue;
    const property = resolveProperty(nested, index, child);
    if (typeof property === "string") faults.push(property);
    else properties.push(property);
  }
  const role = roleOf(attribute, properties);
  if (typeof role === "string") faults.push(role);
  if (!properties.some(({ name }) => name === "partyid" || name === "addressused") && faults.length === 0) {
    faults.push(`the structs in ${field.name} name no party: expected ${expected}`);
  }
  if (faults.length > 0 || typeof role === "string") return faults.join("; ");
  return { role, properties: properties.filter((property) => property !== role) };
}

interface Nested {
  readonly column: ColumnRequest;
  /** Of the activity. */
  readonly attribute: Attribute;
  readonly table: Table;
  readonly fields: readonly Field[];
  readonly context: MappingContext;
}

function resolveProperty(nested: Nested, index: number, field: Field): PartyProperty | string {
  const { table, column, context } = nested;
  const attribute = table.attributes.get(field.name);
  if (attribute === undefined || !attribute.validForCreate) {
    const hint = didYouMean(field.name, [companionField, ...table.attributes.keys()]);
    return `the structs for ${column.target} have ${field.name}, which no party takes: expected ${expected}.${hint}`;
  }
  if (field.name === "partyid") return resolvePartyId(nested, index, field);
  const options = { excess: context.request.excess, naive: column.timestamp?.naive };
  const codec = chooseCodec(field, attribute, options);
  if (typeof codec === "string") {
    return `${field.name} (${describeType(field.type, field.children)}) of the structs for ${column.target} cannot be sent: expected ${codec}`;
  }
  return {
    name: field.name,
    index,
    opening: `,"${field.name}":`,
    bind: (parties) => codec.json(columnAt(parties, index)),
  };
}

function resolvePartyId(
  { column, attribute, table, fields, context }: Nested,
  index: number,
  field: Field,
): PartyProperty | string {
  const partyId = table.attributes.get(field.name) ?? attribute;
  const [, ...tables] = partyTables(column, attribute);
  const hasCompanion = fields.some(({ name }) => name === companionField);
  const lookup = { by: [], table: tables.join(","), ...(hasCompanion ? { tableFrom: companionField } : {}) };
  const reference = resolveLookup({
    column: { sources: [field.name], target: field.name, lookup },
    sources: [{ index, field }],
    attribute: partyId,
    schema: { fields },
    table,
    related: context.related,
  });
  if (typeof reference === "string") return `parties of ${column.target}: ${reference}`;
  const opening = reference.tableFrom === undefined ? `,"${reference.property}":` : "";
  return { name: field.name, index, opening, bind: reference.bind };
}

/** The role of all parties of a list, or the property that tells each one's. */
function roleOf({ logicalName }: Attribute, properties: readonly PartyProperty[]): Party["role"] | string {
  const given = properties.find(({ name }) => name === roleAttribute);
  const implied = roles.get(logicalName);
  if (implied !== undefined) {
    return given === undefined ? implied : `${logicalName} tells the role of its parties: leave ${roleAttribute} out`;
  }
  return given ?? `${logicalName} does not tell the role of its parties: each struct needs ${roleAttribute}`;
}
