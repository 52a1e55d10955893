/** Reads the columns of one batch out of its body, in the order of the schema, and believes no number before it was compared. */
import type { Column } from "./columns.ts";
import { bitmapBytes, layoutOf, noBytes, noOffsets } from "./layout.ts";
import type { Allowance } from "./limits.ts";
import { malformed, nestedValuesMax, within } from "./limits.ts";
import type { BatchLayout } from "./message.ts";
import { exact } from "./message.ts";
import { checkedValidity, checkOffsets, checkText, prefix } from "./verify.ts";
import { flattenViews } from "./views.ts";
import type { EncodedField, WireField } from "./wire-schema.ts";
import { isEncoded } from "./wire-schema.ts";

/** Turns a column of indexes into a column of values. */
export type Resolve = (wire: EncodedField, indexes: Column) => Column;

export class ColumnReader {
  readonly #layout: BatchLayout;
  readonly #body: Uint8Array;
  readonly #allowance: Allowance;
  readonly #resolve: Resolve;
  #nodesAt = 0;
  #buffersAt = 0;
  #viewsAt = 0;
  #bytesLeft: number;
  #nestedValues = 0;

  constructor(layout: BatchLayout, body: Uint8Array, allowance: Allowance, resolve: Resolve) {
    this.#layout = layout;
    this.#body = body;
    this.#allowance = allowance;
    this.#resolve = resolve;
    this.#bytesLeft = body.byteLength;
  }

  /** @throws SidecarError malformed_arrow, limit_exceeded */
  readAll(fields: readonly WireField[]): readonly Column[] {
    const columns = fields.map((wire) => this.#read(wire, true));
    const { nodes, buffers } = this.#layout;
    if (this.#nodesAt !== nodes.byteLength || this.#buffersAt !== buffers.byteLength) {
      throw malformed("The record batch has more columns than the schema.");
    }
    return columns;
  }

  #read(wire: WireField, top: boolean): Column {
    const { rows, nulls } = this.#node(top);
    return isEncoded(wire) ? this.#indexes(wire, rows, nulls) : this.#plain(wire, rows, nulls);
  }

  #indexes(wire: EncodedField, rows: number, nulls: number): Column {
    const field = { ...wire.field, type: wire.dictionary.index, children: [] };
    return this.#resolve(wire, this.#plain({ field, view: false, dictionary: undefined, children: [] }, rows, nulls));
  }

  #plain(wire: WireField, rows: number, nulls: number): Column {
    const { field } = wire;
    const layout = layoutOf(field.type);
    const validity = layout.kind === "none" ? undefined : checkedValidity(this.#buffer(), rows, nulls);
    const column = { field, rows, validity, values: noBytes, offsets: noOffsets, children: [] };
    switch (layout.kind) {
      case "none":
        return column;
      case "bits":
        return { ...column, values: prefix(this.#buffer(), bitmapBytes(rows)) };
      case "fixed":
        return { ...column, values: prefix(this.#buffer(), rows * layout.width) };
      case "bytes":
        return this.#bytes(column, wire.view);
      case "list": {
        const offsets = this.#offsets(column);
        const children = wire.children.map((child) => this.#read(child, false));
        checkOffsets(offsets, children[0]?.rows ?? 0);
        return { ...column, offsets, children };
      }
      case "fixed_list":
        return { ...column, children: this.#children(wire, rows * layout.width) };
      case "struct":
        return { ...column, children: this.#children(wire, rows) };
    }
  }

  #children(wire: WireField, rows: number): readonly Column[] {
    const children = wire.children.map((child) => this.#read(child, false));
    if (children.some((child) => child.rows !== rows))
      throw malformed("A nested column has another number of rows than its parent.");
    return children;
  }

  #bytes(column: Column, view: boolean): Column {
    const flat = view ? this.#views(column) : { offsets: this.#offsets(column), values: this.#buffer() };
    checkOffsets(flat.offsets, flat.values.byteLength);
    if (column.field.type.kind === "utf8") checkText(flat.values, flat.offsets);
    return { ...column, ...flat };
  }

  #views(column: Column): Pick<Column, "offsets" | "values"> {
    const views = prefix(this.#buffer(), 16 * column.rows);
    const { viewBuffers, buffers } = this.#layout;
    if (this.#viewsAt === viewBuffers.byteLength)
      throw malformed("A view column does not say how many buffers it has.");
    const count = exact(viewBuffers, this.#viewsAt);
    this.#viewsAt += 8;
    if (count > (buffers.byteLength - this.#buffersAt) / 16)
      throw malformed("A view column has fewer buffers than it declares.");
    const texts = Array.from({ length: count }, () => this.#buffer());
    return flattenViews({ ...column, values: views }, texts, this.#allowance);
  }

  /** Offsets of rows + 1 entries as 32-bit numbers; not yet checked. The buffer may be empty if there are no rows. */
  #offsets(column: Column): Int32Array {
    const { field, rows } = column;
    const buffer = this.#buffer();
    if (rows === 0 && buffer.byteLength === 0) return new Int32Array(1);
    const { type } = field;
    if (!("large" in type && type.large)) {
      const bytes = this.#aligned(prefix(buffer, 4 * (rows + 1)));
      return new Int32Array(bytes.buffer, bytes.byteOffset, rows + 1);
    }
    const bytes = prefix(buffer, 8 * (rows + 1));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#allowance.take(4 * (rows + 1));
    const offsets = new Int32Array(rows + 1);
    for (let row = 0; row <= rows; row++) {
      const offset = exact(view, 8 * row);
      if (offset > 0x7fff_ffff) throw malformed("The offsets of a column point outside of its values.");
      offsets[row] = offset;
    }
    return offsets;
  }

  #node(top: boolean): { readonly rows: number; readonly nulls: number } {
    const { nodes } = this.#layout;
    if (this.#nodesAt === nodes.byteLength) throw malformed("The record batch has fewer columns than the schema.");
    const rows = exact(nodes, this.#nodesAt);
    const nulls = exact(nodes, this.#nodesAt + 8);
    this.#nodesAt += 16;
    if (top && rows !== this.#layout.rows)
      throw malformed("A column has another number of rows than its record batch.");
    if (!top) this.#nestedValues += rows;
    within(this.#nestedValues, nestedValuesMax, "values in nested columns");
    return { rows, nulls };
  }

  #buffer(): Uint8Array {
    const { buffers } = this.#layout;
    if (this.#buffersAt === buffers.byteLength)
      throw malformed("The record batch has fewer buffers than its columns need.");
    const offset = exact(buffers, this.#buffersAt);
    const length = exact(buffers, this.#buffersAt + 8);
    this.#buffersAt += 16;
    if (length === 0) return noBytes;
    if (offset + length > this.#body.byteLength) throw malformed("A buffer lies outside of the body.");
    // Buffers over the same bytes would let a small body cost the work of a large one.
    this.#bytesLeft -= length;
    if (this.#bytesLeft < 0) throw malformed("The buffers together are longer than the body.");
    return this.#body.subarray(offset, offset + length);
  }

  /** A copy, if the bytes do not start at a multiple of 4: numbers cannot lie over such bytes, and gRPC cuts bodies anywhere. */
  #aligned(bytes: Uint8Array): Uint8Array {
    if (bytes.byteOffset % 4 === 0) return bytes;
    this.#allowance.take(bytes.byteLength);
    return new Uint8Array(bytes);
  }
}
