/** Rows of a many-to-many table: each associates two rows that exist, or takes them apart. The pair is all that there is of it. */
import type { RecordBatch } from "../arrow/columns.ts";
import type { RowFailure } from "../core/outcome.ts";
import type { KeyPart, WriteAddress } from "./address.ts";
import { bindAddress, bindFolded } from "./address.ts";
import { Bytes } from "./bytes.ts";
import { columnCodec } from "./column-resolution.ts";
import { didYouMean } from "./describe.ts";
import type { Intersect, Side } from "./intersect.ts";
import { hashBytes } from "./keys.ts";
import type { MappingContext } from "./mapping-context.ts";
import { inputFaults, requestedColumns } from "./mapping-faults.ts";
import { crlf, jsonHeader, partHeader, servicePath } from "./part.ts";
import type { RowEncoder } from "./row-encoder.ts";
import { notMappable } from "./row-encoder.ts";
import type { Table } from "./tables.ts";

export interface AssociationContext extends MappingContext {
  readonly intersect: Intersect;
}

/** The ids of the pair, the first side's first; what is wrong goes to `faults`. */
export function pairParts(context: AssociationContext, faults: string[]): readonly KeyPart[] {
  const { schema, request, table, intersect } = context;
  const { mode } = request;
  const sides = [intersect.first, intersect.second];
  const names = sides.map(({ attribute }) => attribute);
  const what = `${table.logicalName} holds the links between ${sides.map((side) => side.table).join(" and ")}`;
  if (mode !== "INSERT" && mode !== "DELETE") faults.push(`${what}: INSERT associates, DELETE takes apart`);
  if (mode === "DELETE" && !names.every((name) => request.matchOn.includes(name)))
    faults.push(`${what}: matchOn must be ${names.join(", ")}`);
  if (request.strategy === "BULK") faults.push(`"strategy" is BULK, but ${what}: use AUTO or BATCH`);
  faults.push(...inputFaults(context));
  const columns = requestedColumns(request, schema);
  for (const { target, lookup } of columns) {
    if (!names.includes(target))
      faults.push(`${target} is no part of a link: ${names.join(", ")} are.${didYouMean(target, names)}`);
    else if (lookup !== undefined) faults.push(`${target} takes the GUID of a row: leave "lookup" out`);
  }
  return names.flatMap((name) => {
    const column = columns.find(({ target }) => target === name);
    const source = schema.fields.findIndex((field) => field.name === column?.sources[0]);
    const field = schema.fields[source];
    const attribute = table.attributes.get(name);
    if (field === undefined || attribute === undefined) {
      faults.push(`${name} is one of the two ids of a link, but no input column maps to it`);
      return [];
    }
    const codec = columnCodec(field, attribute, { excess: "REFUSE", naive: undefined });
    if (typeof codec !== "string") return [{ attribute, source, codec }];
    faults.push(codec);
    return [];
  });
}

/** @param parts of `pairParts`, both. */
export function associationEncoder(parts: readonly KeyPart[], context: AssociationContext): RowEncoder {
  const { intersect, related, request } = context;
  const [first, second] = [intersect.first, intersect.second].map((side) => sideTable(side, related));
  const navigation = intersect.first.navigation;
  const head = (method: string): Buffer =>
    Buffer.concat([partHeader, Buffer.from(`${method} ${servicePath}${first?.entitySetName}`)]);
  const frame =
    request.mode === "INSERT"
      ? {
          head: head("POST"),
          between: Buffer.concat([
            Buffer.from(`/${navigation}/$ref`),
            jsonHeader,
            Buffer.from(`{"@odata.id":"${intersect.root}/${second?.entitySetName}`),
          ]),
          close: Buffer.concat([Buffer.from('"}'), crlf]),
        }
      : {
          head: head("DELETE"),
          between: Buffer.from(`/${navigation}`),
          close: Buffer.from("/$ref HTTP/1.1\r\n\r\n\r\n"),
        };
  return new PairEncoder(parts, frame);
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
}

class PairEncoder implements RowEncoder {
  readonly #parts: readonly KeyPart[];
  readonly #frame: PairFrame;
  readonly #folded = new Bytes(128);
  #addresses: readonly WriteAddress[] = [];
  #identity: WriteAddress = () => undefined;

  constructor(parts: readonly KeyPart[], frame: PairFrame) {
    this.#parts = parts;
    this.#frame = frame;
  }

  bind(batch: RecordBatch): void {
    this.#addresses = this.#parts.map((part) => bindAddress([part], true, batch));
    this.#identity = bindFolded(this.#parts, batch);
  }

  foldedKey(row: number): number {
    this.#folded.truncate(0);
    if (this.#identity(row, this.#folded) !== undefined) return -1;
    return hashBytes(this.#folded.buffer, 0, this.#folded.length);
  }

  stepAfter(): undefined {
    return undefined;
  }

  encode(row: number, _step: number, _id: string | undefined, out: Bytes): RowFailure | undefined {
    const start = out.length;
    const { head, between, close } = this.#frame;
    const [first, second] = this.#addresses;
    out.raw(head);
    let flaw = first?.(row, out);
    out.raw(between);
    flaw ??= second?.(row, out);
    out.raw(close);
    if (flaw === undefined) return undefined;
    out.truncate(start);
    return notMappable(flaw);
  }
}
