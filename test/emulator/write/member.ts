/** What is written below a row: single properties, references, collections, files. */
import type { Session } from "../environment.ts";
import type { Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import type { Call } from "../wire/call.ts";
import { unknownSegment } from "../wire/errors.ts";
import type { PartReply } from "../wire/reply.ts";
import { writeCollection } from "./collection.ts";
import { conditionOf } from "./condition.ts";
import { writeFile } from "./file-upload.ts";
import { writeProperty } from "./property.ts";
import type { Holder } from "./reference.ts";
import { writeMember, writeSingle } from "./reference.ts";
import { checkConditions, requireRow } from "./row.ts";

const form = /^(\w+)(?:\((.*)\))?$/s;

/** Throws the service's 404 for a path that names nothing. */
export function answerMember(
  session: Session,
  call: Call,
  address: RowAddress,
  segments: readonly string[],
): PartReply {
  const [first = "", ...rest] = segments;
  const [, name = "", predicate] = form.exec(first) ?? [];
  const { table } = address;
  const isReference = rest.length === 1 && rest[0] === "$ref";
  if ((rest.length > 0 && !isReference) || !isMember(table, name, predicate)) {
    throw unknownSegment(first);
  }
  const holder = { table, row: requireRow(session, address) };
  checkConditions(table, holder.row, conditionOf(call.part));
  return isReference
    ? onReference(session, call, holder, { name, predicate })
    : onMember(session, call, { ...holder, address }, name);
}

function isMember(table: Table, name: string, predicate: string | undefined): boolean {
  return predicate === undefined
    ? table.byName.has(name) || table.navigations.has(name) || table.collections.has(name)
    : table.collections.has(name);
}

function onReference(
  session: Session,
  call: Call,
  holder: Holder,
  { name, predicate }: { readonly name: string; readonly predicate: string | undefined },
): PartReply {
  const navigation = holder.table.navigations.get(name);
  if (navigation !== undefined && predicate === undefined) {
    return writeSingle(session, call, holder, navigation);
  }
  const collection = holder.table.collections.get(name);
  if (collection === undefined) {
    throw unknownSegment("$ref");
  }
  return writeMember(session, call, holder, { collection, predicate });
}

function onMember(
  session: Session,
  call: Call,
  holder: Holder & { readonly address: RowAddress },
  name: string,
): PartReply {
  const column = holder.table.byName.get(name);
  if (column?.type === "file") {
    return writeFile(session, call, holder, column);
  }
  if (column !== undefined && column.type !== "lookup") {
    return writeProperty(session, call, holder, column);
  }
  const collection = holder.table.collections.get(name);
  if (collection === undefined) {
    throw unknownSegment(name);
  }
  return writeCollection(session, call, holder, collection);
}
