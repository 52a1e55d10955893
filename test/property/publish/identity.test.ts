import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Identity, rowsByContentMax } from "../../../server/publish/identity.ts";
import { int32, recordBatch, text } from "../../support/columns.ts";

function idOf(...values: readonly (string | null)[]): string {
  const columns = values.map((value, i) => text(`k${i}`, [value]));
  const identity = new Identity({ runId: "run", table: "account", keyColumns: columns.map((_, i) => i) });
  identity.bind(recordBatch(...columns));
  return identity.mint(0);
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

  it("tells a million rows apart by content, and refuses the next", () => {
    const identity = new Identity({ runId: "run", table: "account", keyColumns: [0], byContent: { partition: 0 } });
    const values = Array.from({ length: rowsByContentMax + 1 }, (_, i) => i);
    identity.bind(recordBatch(int32("k", values)));
    const ids = new Set<string>();
    for (let row = 0; row < rowsByContentMax; row++) ids.add(identity.mint(row));
    expect(ids.size).toBe(rowsByContentMax);
    expect(() => identity.mint(rowsByContentMax)).toThrow(expect.objectContaining({ code: "limit_exceeded" }));
    // A row it has seen takes no more room.
    expect(ids.has(identity.mint(0))).toBe(false);
  });
});
