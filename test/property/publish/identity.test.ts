import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Identity } from "../../../server/publish/identity/identity.ts";
import { int32, recordBatch, text } from "../../support/columns.ts";

function idOf(...values: readonly (string | null)[]): string | undefined {
  const columns = values.map((value, i) => text(`k${i}`, [value]));
  const identity = new Identity({ runId: "run", table: "account", keyColumns: columns.map((_, i) => i) });
  identity.bind(recordBatch(...columns));
  return identity.mint(0)?.toString();
}

describe("Identity", () => {
  it("gives two keys one id only if they are the same key", () => {
    const part = fc.option(fc.string({ unit: fc.constantFrom("a", "b", "\0", "t", "0", "\u0001"), maxLength: 4 }));
    const key = fc.array(part, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(idOf(...a) === idOf(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it("mints ids by content up to its bound, and none for the next", () => {
    const rowsMax = 1000;
    const byContent = { partition: 0, rowsMax };
    const identity = new Identity({ runId: "run", table: "account", keyColumns: [0], byContent });
    identity.bind(
      recordBatch(
        int32(
          "k",
          Array.from({ length: rowsMax + 1 }, (_, i) => i),
        ),
      ),
    );
    const ids = Array.from({ length: rowsMax }, (_, row) => identity.mint(row)?.toString());
    expect(new Set(ids).size).toBe(rowsMax);
    expect(identity.mint(rowsMax)).toBeUndefined();
    // A row it has seen takes no more room, and is another occurrence.
    expect(identity.mint(0)?.toString()).not.toBe(ids[0]);
  });
});
