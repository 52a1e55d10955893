/** Rows of a many-to-many table: each associates two rows that exist, or takes them apart. The pair is all that there is of it. */
import type { RecordBatch } from "../../arrow/columns.ts";
import type { Guid } from "../../core/guid.ts";
import type { RowFailure } from "../../core/outcome.ts";
import type { Finding } from "../finding/finding.ts";
import type { Flaw } from "../keys/address.ts";
import type { Found } from "../keys/found.ts";
import { nothingFound } from "../keys/found.ts";
import { hashBytes } from "../keys/hash.ts";
import type { ReadKey } from "../keys/key-texts.ts";
import type { Intersect, Side } from "../metadata/intersect.ts";
import type { Table } from "../metadata/tables.ts";
import type { MappingContext } from "../rows/mapping-context.ts";
import type { RowEncoder } from "../rows/row-encoder.ts";
import { notMappable } from "../rows/row-encoder.ts";
import { Bytes } from "../text/bytes.ts";
import { didYouMean } from "../text/describe.ts";
import { crlf, jsonHeader, partHeader, servicePath } from "../wire/part.ts";
import type { LinkEnd, WriteEnd } from "./link-end.ts";
import { linkEnd } from "./link-end.ts";
import { inputFaults, requestedColumns } from "./mapping-faults.ts";

export interface AssociationContext extends MappingContext {
  readonly intersect: Intersect;
}

/** Where a row is not there, no link of it is: nothing to take apart. */
const noLink: RowFailure = {
  code: "row_missing",
  message: "A row at one end of the link is not in Dataverse, so there is no link to take apart.",
  retryable: false,
};

/** The ends of the link, the first side's first; what is wrong goes to `faults`. */
export function linkEnds(context: AssociationContext, faults: string[]): readonly LinkEnd[] {
  const { schema, request, table, intersect } = context;
  const { mode } = request;
  const sides = [intersect.first, intersect.second];
  const names = sides.map(({ attribute }) => attribute);
  const what = `${table.logicalName} holds the links between ${sides.map((side) => side.table).join(" and ")}`;
  if (mode !== "INSERT" && mode !== "DELETE") faults.push(`${what}: INSERT associates, DELETE takes apart`);
  if (mode === "DELETE" && !names.every((name) => request.matchOn.includes(name)))
    faults.push(`${what}: matchOn must be ${names.join(", ")}`);
  if (request.strategy === "BULK") faults.push(`"strategy" is BULK, but ${what}: use AUTO or BATCH`);
  if (request.rowVersion !== "") faults.push(`${what}, which have no version: leave rowVersion out`);
  faults.push(...inputFaults(context));
  const columns = requestedColumns(request, schema);
  for (const { target } of columns) {
    if (!names.includes(target))
      faults.push(`${target} is no part of a link: ${names.join(", ")} are.${didYouMean(target, names)}`);
  }
  return sides.flatMap((side) => {
    const column = columns.find(({ target }) => target === side.attribute);
    const end = linkEnd(side, column, context);
    if (typeof end !== "string") return [end];
    faults.push(end);
    return [];
  });
}

/** How a link is read back: by both of its ids. */
export function linkFinding(ends: readonly LinkEnd[]): Finding {
  const keys: Finding["keys"] = (batch, found = nothingFound) => readEnds(ends, batch, found);
  return { by: ends.map(({ attribute }) => attribute), keys, wanted: () => undefined };
}

function readEnds(ends: readonly LinkEnd[], batch: RecordBatch, found: Found): ReadKey {
  const out = new Bytes(64);
  const writes = ends.map((end) => end.bind(batch, found));
  return (row) => {
    const ids: string[] = [];
    for (const [i, write] of writes.entries()) {
      out.truncate(0);
      const flaw = write(row, out);
      if (flaw !== undefined) return "is" in flaw ? flaw : unfound(ends[i]);
      ids.push(out.view(0, out.length).toString("latin1"));
    }
    return ids;
  };
}

function unfound(end: LinkEnd | undefined): Flaw {
  return { column: end?.attribute.logicalName ?? "", is: "a reference to a row that was not found" };
}

/** @param ends of `linkEnds`, both. */
export function associationEncoder(ends: readonly LinkEnd[], context: AssociationContext): RowEncoder {
  const { intersect, related, request } = context;
  const [first, second] = [intersect.first, intersect.second].map((side) => sideTable(side, related));
  const navigation = intersect.first.navigation;
  const head = (method: string): Buffer =>
    Buffer.concat([partHeader, Buffer.from(`${method} ${servicePath}${first?.entitySetName}(`)]);
  const frame =
    request.mode === "INSERT"
      ? {
          head: head("POST"),
          between: Buffer.concat([
            Buffer.from(`)/${navigation}/$ref`),
            jsonHeader,
            Buffer.from(`{"@odata.id":"${intersect.root}/${second?.entitySetName}(`),
          ]),
          close: Buffer.concat([Buffer.from(')"}'), crlf]),
          missing: undefined,
        }
      : {
          head: head("DELETE"),
          between: Buffer.from(`)/${navigation}(`),
          close: Buffer.from(")/$ref HTTP/1.1\r\n\r\n\r\n"),
          missing: noLink,
        };
  return new PairEncoder(ends, frame);
}

function sideTable({ table }: Side, related: ReadonlyMap<string, Table>): Table {
  const found = related.get(table);
  if (found === undefined) throw new RangeError(`the table ${table} was not read`);
  return found;
}

interface PairFrame {
  readonly head: Uint8Array;
  readonly between: Uint8Array;
  readonly close: Uint8Array;
  /** What a row fails with in place of `lookup_missing`. */
  readonly missing: RowFailure | undefined;
}

class PairEncoder implements RowEncoder {
  readonly #ends: readonly LinkEnd[];
  readonly #frame: PairFrame;
  readonly #folded = new Bytes(128);
  #writes: readonly WriteEnd[] = [];

  constructor(ends: readonly LinkEnd[], frame: PairFrame) {
    this.#ends = ends;
    this.#frame = frame;
  }

  bind(batch: RecordBatch, found: Found = nothingFound): void {
    this.#writes = this.#ends.map((end) => end.bind(batch, found));
  }

  foldedKey(row: number): number {
    this.#folded.truncate(0);
    for (const write of this.#writes) if (write(row, this.#folded) !== undefined) return -1;
    return hashBytes(this.#folded.words, 0, this.#folded.length);
  }

  stepAfter(): undefined {
    return undefined;
  }

  encode(row: number, _step: number, _id: Guid | undefined, out: Bytes): RowFailure | undefined {
    const start = out.length;
    const { head, between, close } = this.#frame;
    const [first, second] = this.#writes;
    out.raw(head);
    let flaw = first?.(row, out);
    out.raw(between);
    flaw ??= second?.(row, out);
    out.raw(close);
    if (flaw === undefined) return undefined;
    out.truncate(start);
    if ("is" in flaw) return notMappable(flaw);
    return flaw.code === "lookup_missing" ? (this.#frame.missing ?? flaw) : flaw;
  }
}
