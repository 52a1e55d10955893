import { describe, expect, it } from "vitest";
import { messageBytesMax, rowsMax } from "../../../server/arrow/limits.ts";
import { exact, readMessage } from "../../../server/arrow/message.ts";
import { schemaHeader } from "../../../server/arrow/schema-writer.ts";
import { int32 } from "../../support/columns.ts";
import { batchOf, codeOf, place, withByte, withInt64 } from "../../support/messages.ts";

const batch = batchOf(int32("n", [1, 2, 3]));

function codeAfter(changed: typeof batch): unknown {
  return codeOf(() => readMessage(changed.header, changed.body.byteLength));
}

function errorOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

describe("a message", () => {
  it("says what it is and how many rows it has", () => {
    const message = readMessage(batch.header, batch.body.byteLength);
    expect(message).toMatchObject({ kind: "record_batch", batch: { rows: 3 } });
  });

  it("may be a schema", () => {
    expect(readMessage(schemaHeader({ fields: [] }), 0)).toMatchObject({ kind: "schema" });
  });

  it("of a dictionary without values is refused", () => {
    const { header } = withByte(batchOf(), place.kind, 2);
    // One of its bytes says where the values are.
    const said = [...header.keys()].map((at) => errorOf(() => readMessage(header.with(at, 0), 0)));
    expect(said).toContainEqual(expect.objectContaining({ message: "A dictionary batch has no values." }));
  });

  it("of another metadata version is refused", () => {
    expect(codeAfter(withByte(batch, place.version, 2))).toBe("malformed_arrow");
  });

  it("of another kind is refused", () => {
    expect(codeAfter(withByte(batch, place.kind, 4))).toBe("malformed_arrow");
  });

  it("with a body shorter than declared is refused", () => {
    expect(codeAfter(withInt64(batch, place.bodyLength, 17n))).toBe("malformed_arrow");
  });

  it("with a negative number of rows is refused", () => {
    expect(codeAfter(withInt64(batch, place.rows, -1n))).toBe("malformed_arrow");
  });

  it("with too many rows is refused, though they may take no bytes", () => {
    expect(codeAfter(withInt64(batch, place.rows, BigInt(rowsMax + 1)))).toBe("limit_exceeded");
  });

  it("that is too large is refused before it is looked at", () => {
    expect(codeOf(() => readMessage(new Uint8Array(0), messageBytesMax + 1))).toBe("limit_exceeded");
  });

  it("with more nodes than bytes is refused", () => {
    expect(codeAfter(withByte(batch, place.nodeCount + 3, 0xff))).toBe("malformed_arrow");
  });
});

describe("a 64-bit count", () => {
  const view = new DataView(new ArrayBuffer(8));

  it.each([-1n, 2n ** 53n, 2n ** 63n - 1n])("of %s is refused", (value) => {
    view.setBigInt64(0, value, true);
    expect(codeOf(() => exact(view, 0))).toBe("malformed_arrow");
  });

  it("of 2^53 - 1 is exact", () => {
    view.setBigInt64(0, 2n ** 53n - 1n, true);
    expect(exact(view, 0)).toBe(Number.MAX_SAFE_INTEGER);
  });
});
