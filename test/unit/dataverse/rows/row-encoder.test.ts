import { describe, expect, it } from "vitest";
import type { Column } from "../../../../server/arrow/columns.ts";
import { Guid } from "../../../../server/core/guid.ts";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import type { RowEncoder } from "../../../../server/dataverse/rows/row-encoder.ts";
import { Bytes } from "../../../../server/dataverse/text/bytes.ts";
import { ROW_BYTES_MAX } from "../../../../server/dataverse/text/value.ts";
import { recordBatch } from "../../../support/columns.ts";
import { columnOf, decimal, int, utf8 } from "../../../support/dataverse/columns.ts";
import { attribute, encodeRow, ID, mappingOf, tableOf } from "../../../support/dataverse/tables.ts";

const table = tableOf(
  [
    attribute("code", "text", { maxLength: 10 }),
    attribute("line", "integer"),
    attribute("size", "decimal"),
    attribute("memo", "memo"),
    attribute("title", "text", { required: true }),
  ],
  { keys: [{ logicalName: "pair", attributes: ["code", "line"], active: true, indexStatus: "Active" }] },
);

function encoderOf(columns: readonly Column[], request: Partial<PublishRequest>): RowEncoder {
  const encoder = mappingOf({ columns, table, request }).encoder("batch");
  encoder.bind(recordBatch(...columns));
  return encoder;
}

const pair = { mode: "UPSERT", matchOn: ["code", "line"] } as const;

describe("a row", () => {
  it("may be as large as its request takes, all of it counted, and not a byte larger", () => {
    const memo = tableOf([attribute("memo", "memo")]);
    const memoOf = (length: number) =>
      encodeRow({ columns: [columnOf("memo", utf8, ["x".repeat(length)])], table: memo });
    const rest = String(memoOf(0)).length;
    expect(String(memoOf(ROW_BYTES_MAX - rest))).toHaveLength(ROW_BYTES_MAX);
    expect(memoOf(ROW_BYTES_MAX - rest + 1)).toMatchObject({ code: "row_too_large" });
  });
});

describe("a failed row", () => {
  it("names the attribute and the limit, never the value, and leaves nothing behind", () => {
    const columns = [columnOf("code", utf8, ["secret-secret"]), columnOf("line", int(8), [1n])];
    expect(encodeRow({ columns, table, request: pair })).toEqual({
      code: "value_not_mappable",
      column: "code",
      message: "The value for code is key text longer than its maximum of 10 UTF-16 units.",
      retryable: false,
    });
  });

  it("may have a null key part", () => {
    const columns = [columnOf("code", utf8, ["a"]), columnOf("line", int(8), [null])];
    expect(encodeRow({ columns, table, request: pair })).toMatchObject({ code: "value_not_mappable", column: "line" });
  });

  it("may lack what the service requires of a new row", () => {
    const scene = { columns: [columnOf("title", utf8, [null])], table };
    expect(encodeRow(scene)).toMatchObject({ message: "The value for title is null, but the service requires it." });
    expect(encodeRow({ ...scene, request: { nulls: "IGNORE" } })).toContain(`{"accountid":"${ID}"}`);
  });

  it("may lack its own id, without which a lost reply would make a second row", () => {
    const columns = [columnOf("accountid", utf8, [null]), columnOf("title", utf8, ["t"])];
    expect(encodeRow({ columns, table, request: { nulls: "IGNORE" } })).toMatchObject({ column: "accountid" });
  });

  it("may be too large in sum, though each of its values is not", () => {
    const columns = [columnOf("memo", utf8, ["x".repeat(2_400_000)]), columnOf("title", utf8, ["y".repeat(2_400_000)])];
    expect(encodeRow({ columns, table })).toEqual({
      code: "row_too_large",
      message: "The row is larger than 4194304 bytes when encoded, the most that is sent for one row.",
      retryable: false,
    });
  });
});

describe("an encoder", () => {
  it("follows from one record batch to the next", () => {
    const encoder = encoderOf([columnOf("title", utf8, ["first"])], {});
    const out = new Bytes(1);
    encoder.encode(0, 0, Guid.of(ID), out);
    encoder.bind(recordBatch(columnOf("title", utf8, ["second"])));
    encoder.encode(0, 0, Guid.of(ID), out);
    expect(out.view(0, out.length).toString()).toMatch(/"title":"first"[\s\S]*"title":"second"/);
  });

  it("must be bound first", () => {
    const encoder = mappingOf({ columns: [columnOf("title", utf8, [])], table }).encoder("batch");
    expect(() => encoder.encode(0, 0, Guid.of(ID), new Bytes(1))).toThrow("bind comes before");
  });

  it("that mints ids must be given one", () => {
    const encoder = encoderOf([columnOf("title", utf8, ["t"])], {});
    expect(() => encoder.encode(0, 0, undefined, new Bytes(1))).toThrow("needs the id of each row");
  });

  it("sends a mapped primary key and mints none", () => {
    const columns = [columnOf("accountid", utf8, [ID.toUpperCase()]), columnOf("title", utf8, ["t"])];
    expect(mappingOf({ columns, table }).mintsIds).toBe(false);
    expect(encodeRow({ columns, table })).toContain(`{"accountid":"${ID}","title":"t"}`);
  });
});

describe("foldedKey", () => {
  function keyOf(code: string | null, line: bigint, request: Partial<PublishRequest> = pair): number {
    return encoderOf([columnOf("code", utf8, [code]), columnOf("line", int(64), [line])], request).foldedKey(
      0,
      undefined,
    );
  }

  it("is one for keys that the service holds to be equal", () => {
    expect(keyOf("Ä-1 ", 1n)).toBe(keyOf("a-1", 1n));
  });

  it("tells the parts of a key apart", () => {
    expect(keyOf("a1", 1n)).not.toBe(keyOf("a", 11n));
  });

  it("is -1 where a part is null", () => {
    expect(keyOf(null, 1n)).toBe(-1);
  });

  it("is that of the id where ids are minted, and one for a mapped and a minted id", () => {
    const minted = encoderOf([columnOf("title", utf8, ["t"])], {});
    const mapped = encoderOf([columnOf("accountid", utf8, [ID]), columnOf("title", utf8, ["t"])], {});
    expect(minted.foldedKey(0, Guid.of(ID))).toBe(mapped.foldedKey(0, undefined));
    expect(minted.foldedKey(0, Guid.of(ID))).not.toBe(minted.foldedKey(0, Guid.of(ID.replace("6", "7"))));
  });

  it("does not depend on the type that brings the number", () => {
    const keys = tableOf([attribute("size", "decimal")], {
      keys: [{ logicalName: "k", attributes: ["size"], active: true, indexStatus: "Active" }],
    });
    const hashes = [columnOf("size", decimal(128, 4), [10_0000n]), columnOf("size", int(8), [10n])].map((column) => {
      const encoder = mappingOf({
        columns: [column],
        table: keys,
        request: { mode: "UPDATE", matchOn: ["size"] },
      }).encoder("batch");
      encoder.bind(recordBatch(column));
      return encoder.foldedKey(0, undefined);
    });
    expect(hashes[0]).toBe(hashes[1]);
  });
});
