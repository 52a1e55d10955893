/**
 * Settles a doubt by reading the row: what was sent is taken from the operation's own bytes, what is stored from the row read.
 * "same" is an acknowledgement, so it is said only when every attribute that can be read was compared and found equal.
 */
import { SidecarError } from "../../core/errors.ts";
import { keyProperty } from "../keys/find-key.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Attribute } from "../metadata/attributes.ts";
import type { Table } from "../metadata/tables.ts";
import { isElastic, partitionAttribute } from "../rows/elastic.ts";
import type { PartReply } from "../wire/batch-reply.ts";
import type { JsonObject, Operation } from "../wire/operation.ts";
import { asGuid, idNamed, keyPredicate, parseObject, readOperation } from "../wire/operation.ts";
import { servicePath } from "../wire/part.ts";
import { ruleFor } from "./fault-table.ts";
import { readServiceError } from "./faults.ts";
import { sameValue } from "./same-value.ts";

export type ReadBack =
  | { readonly kind: "absent" }
  | { readonly kind: "same" | "different"; readonly id: string }
  | { readonly kind: "unreadable" };

/** What stands there was written by later rows of the key, or by rows up to the last of these. */
export interface Superseded {
  readonly kind: "superseded";
  readonly id: string;
  /** The row and those after it of which nothing is left to write. */
  readonly rows: number;
  /** The last of them stands as it was sent. */
  readonly stands: boolean;
  /** Something of that one does not show. */
  readonly hides: boolean;
}

/** One property of the operation and the attribute that it sets. */
interface Sent {
  /** Undefined: no attribute of the table, so nothing can be said of the row. */
  readonly attribute: Attribute | undefined;
  readonly isLookup: boolean;
  readonly value: unknown;
}

/** What an operation asks of its row. */
export interface Asked {
  readonly operation: Operation;
  readonly sent: readonly Sent[];
  /** The row's GUID in lower case; undefined where a key names it. */
  readonly id: string | undefined;
}

/** The ids of rows that lookups name by key, by the URL in the lookup; empty where there is no such row. */
export type Referents = ReadonlyMap<string, string>;

export class ReadBackPlan {
  readonly #mapping: Mapping;
  readonly #attributes: ReadonlyMap<string, { readonly attribute: Attribute; readonly isLookup: boolean }>;

  constructor(mapping: Mapping) {
    const { table, targets } = mapping;
    this.#mapping = mapping;
    // A row that is created takes the lookups of its key along, which are no targets.
    const bound = [...table.navigation].flatMap(([name, properties]) => {
      const attribute = table.attributes.get(name);
      const names = [...properties.values()];
      return attribute === undefined ? [] : names.map((each) => [each, { attribute, isLookup: true }] as const);
    });
    this.#attributes = new Map([
      ...[...table.attributes].map(([name, attribute]) => [name, { attribute, isLookup: false }] as const),
      ...bound,
      ...targets.map(
        ({ attribute, property, lookup }) =>
          [propertyName(property), { attribute, isLookup: lookup !== undefined }] as const,
      ),
    ]);
  }

  /** @param id of a row that its operation does not name. */
  asked(part: Uint8Array, id: string | undefined): Asked {
    const operation = readOperation(part);
    const { table } = this.#mapping;
    // The partition is part of the address by which the row is found.
    const properties = Object.entries(operation.body).filter(
      // So is what a link names.
      ([name]) => name !== "@odata.id" && (name !== partitionAttribute || !isElastic(table)),
    );
    const sent = properties.map(([property, value]) => {
      const { attribute, isLookup = false } = this.#attributes.get(propertyName(property)) ?? {};
      return { attribute, isLookup, value };
    });
    return { operation, sent, id: idNamed(operation, table.primaryId) ?? asGuid(id) };
  }

  /** The properties to read for these operations. */
  columns(asked: readonly Asked[]): readonly string[] {
    const columns = new Set([this.#mapping.table.primaryId]);
    for (const { sent } of asked) {
      for (const { attribute, isLookup } of sent) {
        if (attribute !== undefined && isComparable(attribute)) columns.add(columnOf(attribute, isLookup));
      }
    }
    return [...columns];
  }

  /** The path of the row itself, relative to the host: for an elastic table, where a query would go through all partitions. */
  path({ operation, id }: Asked, columns: readonly string[]): string {
    return `${addressOf(operation, this.#mapping.table, id)}$select=${columns.join(",")}`;
  }

  /** What stands there. Never throws for what the service says. */
  compare({ operation, sent, id: asked }: Asked, row: JsonObject, referents: Referents): ReadBack {
    const { table, request } = this.#mapping;
    const id = asGuid(row[table.primaryId]);
    const addressed = idNamed(operation, table.primaryId) ?? asked;
    // Another row's reply, were the order of parts to change, must not speak for this one.
    if (id === undefined || (addressed !== undefined && addressed !== id)) return { kind: "unreadable" };
    // A row that is still there was not deleted: nothing was sent to compare, which must not pass for equal.
    if (request.mode === "DELETE") return { kind: "different", id };
    const kind = likeness(sent, row, referents);
    return kind === "unreadable" || (kind === "same" && this.#hides(sent)) ? { kind: "unreadable" } : { kind, id };
  }

  /**
   * What stands there of a row that others of its key followed. A row that was refused among them was not applied: each row is told
   * by its own values, and counts as overwritten where a later one wrote what stands.
   * @param chain the row's own operation, then theirs.
   */
  compareChain(chain: readonly [Asked, ...Asked[]], row: JsonObject, referents: Referents): ReadBack | Superseded {
    const own = this.compare(chain[0], row, referents);
    const id = asGuid(row[this.#mapping.table.primaryId]);
    if (id === undefined || (own.kind === "unreadable" && !this.#hides(chain[0].sent))) return own;
    const last = chain.findLastIndex(({ sent }) => likeness(sent, row, referents) === "same");
    const rows = overwritten(chain.slice(0, last + 1), row, referents);
    if (last <= 0 || rows === 0) return own;
    const { sent } = chain[rows - 1] ?? chain[0];
    return { kind: "superseded", id, rows, stands: rows === last + 1, hides: this.#hides(sent) };
  }

  /** Something of the operation does not show in the row. What a create has written, it has written with all the rest. */
  #hides(sent: readonly Sent[]): boolean {
    const { request, table, updateStep } = this.#mapping;
    if (request.mode === "INSERT" || updateStep !== undefined) return false;
    const erases = request.mode === "UPSERT" && isElastic(table) && request.replaceRow;
    return erases || sent.some(({ attribute }) => attribute !== undefined && !isComparable(attribute));
  }

  /** The rows that lookups of the operation name by key. */
  references({ sent }: Asked): readonly Reference[] {
    return sent.flatMap(({ isLookup, value }) => {
      if (!isLookup || typeof value !== "string" || boundId(value) !== undefined) return [];
      const path = value.replace(/^\//, "");
      const table = tableOf(path, this.#mapping);
      const key = table === undefined ? undefined : keyOf(path, table);
      return table === undefined || key === undefined ? [] : [{ url: value, table, ...key }];
    });
  }
}

export interface Reference {
  /** As the lookup has it. */
  readonly url: string;
  readonly table: Table;
  readonly by: readonly Attribute[];
  readonly key: readonly string[];
}

/** The row of a reply to `path`; undefined if it cannot be read. */
export function rowOf(reply: PartReply): JsonObject | "absent" | undefined {
  if (isAbsent(reply)) return "absent";
  const row = reply.status === 200 ? parseObject(reply.body.toString("utf8")) : undefined;
  return row !== undefined && "error" in row ? undefined : row;
}

/**
 * How many of these rows, from the first on, have no value that is neither there nor overwritten by what is. Values that do not show are by
 * those of the last row, which is sent again for them.
 */
function overwritten(chain: readonly Asked[], row: JsonObject, referents: Referents): number {
  const standing = new Set<Attribute | undefined>();
  for (const { attribute } of chain.at(-1)?.sent ?? []) if (!isReadable(attribute)) standing.add(attribute);
  const isTold = chain.toReversed().map(({ sent }) => {
    const readable = sent.filter(({ attribute }) => isReadable(attribute));
    for (const each of readable) if (likenessOf(each, row, referents) === "same") standing.add(each.attribute);
    return sent.every(({ attribute }) => standing.has(attribute));
  });
  // Without any, this is one more than the last index: all of them.
  return chain.length - 1 - isTold.lastIndexOf(false);
}

type Likeness = "same" | "different" | "unreadable";

/** One proven difference outweighs all else; without one, a single value that cannot be compared leaves the doubt. */
function likeness(sent: readonly Sent[], row: JsonObject, referents: Referents): Likeness {
  const readable = sent.filter(({ attribute }) => isReadable(attribute));
  const found = readable.map((each) => likenessOf(each, row, referents));
  if (found.includes("different")) return "different";
  const nothingCompared = readable.length === 0 && sent.length > 0;
  return found.includes("unreadable") || nothingCompared ? "unreadable" : "same";
}

/** What no attribute is known of may be one that shows. */
function isReadable(attribute: Attribute | undefined): boolean {
  return attribute === undefined || isComparable(attribute);
}

/** Files, images and parties are stored beside the row, and not as they were sent. */
function isComparable({ kind, validForRead }: Attribute): boolean {
  return validForRead && kind !== "file" && kind !== "image" && kind !== "partylist";
}

function likenessOf({ attribute, isLookup, value }: Sent, row: JsonObject, referents: Referents): Likeness {
  if (attribute === undefined) return "unreadable";
  const expected = isLookup && value !== null ? (boundId(value) ?? referents.get(String(value))) : value;
  if (expected === undefined) return "unreadable";
  return sameValue(attribute.kind, expected, row[columnOf(attribute, isLookup)]) ? "same" : "different";
}

function propertyName(property: string): string {
  return property.replace(/@odata\.bind$/, "");
}

function columnOf(attribute: Attribute, isLookup: boolean): string {
  return isLookup ? `_${attribute.logicalName}_value` : attribute.logicalName;
}

/** Where the row is, up to its query: an operation on a set made it with an id, any other names it in its URL. */
function addressOf({ url, body }: Operation, table: Table, id: string | undefined): string {
  if (keyPredicate(url) !== undefined) return `${url}?`;
  if (id === undefined) {
    throw new SidecarError("internal", "A row without an id cannot be read back.", {
      remedy: "This is a defect: please report it with the server's log.",
    });
  }
  const row = `${url === "" ? servicePath + table.entitySetName : url}(${id})?`;
  const partition = isElastic(table) ? (body[partitionAttribute] ?? "") : "";
  if (partition === "") return row;
  const literal = `'${String(partition).replaceAll("'", "''")}'`;
  return `${row}partitionId=${encodeURIComponent(literal)}&`;
}

/** The GUID of a lookup that was bound by it. */
function boundId(value: unknown): string | undefined {
  return typeof value === "string" ? asGuid(keyPredicate(value)) : undefined;
}

function tableOf(path: string, { table, related }: Mapping): Table | undefined {
  const set = path.slice(0, path.indexOf("("));
  return [table, ...related.values()].find(({ entitySetName }) => entitySetName === set);
}

/** The key of an address that we wrote: names, literals in quotes with quotes doubled, all percent-encoded. */
function keyOf(path: string, table: Table): Pick<Reference, "by" | "key"> | undefined {
  const parts = [...(keyPredicate(path) ?? "").matchAll(/(\w+)=('(?:[^']|'')*'|[^',]+)/g)];
  const by = parts.flatMap(([, name = ""]) => attributeNamed(name, table) ?? []);
  const key = parts.map(([, , literal = ""]) => decodeURIComponent(literal).replace(/^'(.*)'$/s, "$1"));
  if (by.length === 0 || by.length !== parts.length) return undefined;
  return { by, key: key.map((text) => text.replaceAll("''", "'")) };
}

function attributeNamed(name: string, table: Table): Attribute | undefined {
  const attribute = table.attributes.get(name) ?? table.attributes.get(name.replace(/^_(.*)_value$/, "$1"));
  return attribute !== undefined && keyProperty(attribute) === name ? attribute : undefined;
}

/** A 404 alone can also mean a wrong address: the code, or the text where the code is empty, must say that it is the row. */
function isAbsent({ status, body }: PartReply): boolean {
  if (status !== 404 && status !== 400) return false;
  const { code, message } = readServiceError(body);
  return code === ""
    ? status === 404 && /does not exist/i.test(message)
    : ruleFor(status, code, "").fault === "missing";
}
