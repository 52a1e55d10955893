/**
 * Settles a doubt by reading the row: what was sent is taken from the operation's own bytes, what is stored from the reply.
 * "same" is an acknowledgement, so it is said only when every attribute that can be read was compared and found equal.
 */
import { SidecarError } from "../core/errors.ts";
import type { Attribute } from "./attributes.ts";
import { getPart } from "./batch-body.ts";
import type { PartReply } from "./batch-reply.ts";
import { isElastic, partitionAttribute } from "./elastic.ts";
import { ruleFor } from "./fault-table.ts";
import { readServiceError } from "./faults.ts";
import type { Mapping } from "./mapping.ts";
import type { JsonObject, Operation } from "./operation.ts";
import { asGuid, idNamed, keyPredicate, parseObject, readOperation } from "./operation.ts";
import { servicePath } from "./part.ts";
import { sameValue } from "./same-value.ts";
import type { Table } from "./tables.ts";

export type ReadBack =
  | { readonly kind: "absent" }
  | { readonly kind: "same" | "different"; readonly id: string }
  | { readonly kind: "unreadable" };

/** One property of the operation and the attribute that it sets. */
interface Sent {
  /** Undefined: no attribute of the table, so nothing can be said of the row. */
  readonly attribute: Attribute | undefined;
  readonly isLookup: boolean;
  readonly value: unknown;
}

/**
 * GET parts: first the row by the address it was written to (an INSERT's by `id`), with the attributes that were sent; then
 * each row that a lookup named by key.
 * @throws SidecarError `internal` for an INSERT without any id.
 */
export function readBackParts(part: Uint8Array, mapping: Mapping, id: string | undefined): readonly Buffer[] {
  const operation = readOperation(part);
  const { table } = mapping;
  const sent = sentBy(operation, mapping);
  const columns = new Set([table.primaryId]);
  for (const { attribute, isLookup } of sent) {
    if (attribute?.validForRead === true) columns.add(columnOf(attribute, isLookup));
  }
  const row = getPart(`${addressOf(operation, table, id)}$select=${Array.from(columns).join(",")}`);
  return [row, ...sent.filter(isBoundByKey).map((each) => referentPart(each, mapping))];
}

/** @param replies to the parts of `readBackParts`, in their order. Never throws for what the service says. */
export function compareReadBack(part: Uint8Array, mapping: Mapping, replies: readonly PartReply[]): ReadBack {
  const operation = readOperation(part);
  const { table } = mapping;
  const sent = sentBy(operation, mapping);
  const byKey = sent.filter(isBoundByKey);
  const [first, ...others] = replies;
  if (first === undefined || others.length !== byKey.length) return { kind: "unreadable" };
  if (isAbsent(first)) return { kind: "absent" };
  const row = rowOf(first);
  const id = asGuid(row?.[table.primaryId]);
  const addressed = idNamed(operation, table.primaryId);
  // Another row's reply, were the order of parts to change, must not speak for this one.
  if (row === undefined || id === undefined || (addressed !== undefined && addressed !== id))
    return { kind: "unreadable" };
  // A row that is still there was not deleted: nothing was sent to compare, which must not pass for equal.
  if (mapping.request.mode === "DELETE") return { kind: "different", id };
  const referents = new Map<Sent, string>();
  for (const [index, each] of byKey.entries()) {
    const referent = referentId(each, others[index], mapping);
    if (referent !== undefined) referents.set(each, referent);
  }
  const kind = likeness(sent, row, referents);
  return kind === "unreadable" ? { kind } : { kind, id };
}

type Likeness = "same" | "different" | "unreadable";

/** One proven difference outweighs all else; without one, a single value that cannot be compared leaves the doubt. */
function likeness(sent: readonly Sent[], row: JsonObject, referents: ReadonlyMap<Sent, string>): Likeness {
  const readable = sent.filter(({ attribute }) => attribute?.validForRead !== false);
  const found = readable.map((each) => likenessOf(each, row, referents));
  if (found.includes("different")) return "different";
  const nothingCompared = readable.length === 0 && sent.length > 0;
  return found.includes("unreadable") || nothingCompared ? "unreadable" : "same";
}

function likenessOf(each: Sent, row: JsonObject, referents: ReadonlyMap<Sent, string>): Likeness {
  const { attribute, isLookup, value } = each;
  if (attribute === undefined) return "unreadable";
  const expected = isLookup && value !== null ? (boundId(value) ?? referents.get(each)) : value;
  if (expected === undefined) return "unreadable";
  return sameValue(attribute.kind, expected, row[columnOf(attribute, isLookup)]) ? "same" : "different";
}

/** What each property of the body sets; a minted id is the one that no target names. */
function sentBy({ body }: Operation, { table, targets }: Mapping): readonly Sent[] {
  const named = new Map(targets.map((target) => [propertyName(target.property), target]));
  // The partition is part of the address by which the row is found.
  const properties = Object.entries(body).filter(([name]) => name !== partitionAttribute || !isElastic(table));
  return properties.map(([property, value]) => {
    const target = named.get(propertyName(property));
    const attribute = target?.attribute ?? table.attributes.get(property);
    return { attribute, isLookup: target?.lookup !== undefined, value };
  });
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
  const key = asGuid(id ?? body[table.primaryId]);
  if (key === undefined) {
    throw new SidecarError("internal", "A row without an id cannot be read back.", {
      remedy: "This is a defect: please report it with the server's log.",
    });
  }
  const row = `${url === "" ? servicePath + table.entitySetName : url}(${key})?`;
  const partition = isElastic(table) ? (body[partitionAttribute] ?? "") : "";
  if (partition === "") return row;
  const literal = `'${String(partition).replaceAll("'", "''")}'`;
  return `${row}partitionId=${encodeURIComponent(literal)}&`;
}

function isBoundByKey({ isLookup, value }: Sent): boolean {
  return isLookup && typeof value === "string" && boundId(value) === undefined;
}

/** The GUID of a lookup that was bound by it. */
function boundId(value: unknown): string | undefined {
  return typeof value === "string" ? asGuid(keyPredicate(value)) : undefined;
}

function referentPart({ value }: Sent, mapping: Mapping): Buffer {
  const path = String(value).replace(/^\//, "");
  return getPart(`${servicePath}${path}?$select=${targetOf(path, mapping)?.primaryId ?? ""}`);
}

function targetOf(path: string, { table, related }: Mapping): Table | undefined {
  const set = path.slice(0, path.indexOf("("));
  return [table, ...related.values()].find(({ entitySetName }) => entitySetName === set);
}

/** The id that a lookup's key leads to. Absent: the row cannot be as sent, which the empty id brings to light. */
function referentId({ value }: Sent, reply: PartReply | undefined, mapping: Mapping): string | undefined {
  if (reply === undefined) return undefined;
  if (isAbsent(reply)) return "";
  const target = targetOf(String(value).replace(/^\//, ""), mapping);
  return target === undefined ? undefined : asGuid(rowOf(reply)?.[target.primaryId]);
}

function rowOf(reply: PartReply): JsonObject | undefined {
  const row = reply.status === 200 ? parseObject(reply.body.toString("utf8")) : undefined;
  return row !== undefined && "error" in row ? undefined : row;
}

/** A 404 alone can also mean a wrong address: the code, or the text where the code is empty, must say that it is the row. */
function isAbsent({ status, body }: PartReply): boolean {
  if (status !== 404 && status !== 400) return false;
  const { code, message } = readServiceError(body);
  return code === ""
    ? status === 404 && /does not exist/i.test(message)
    : ruleFor(status, code, "").fault === "missing";
}
