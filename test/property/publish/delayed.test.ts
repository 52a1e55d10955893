import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Delayed } from "../../../server/publish/batching/delayed.ts";

describe("Delayed", () => {
  it("behaves as a list that is kept sorted by time, then by arrival", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("add" as const), at: fc.nat(20) }),
      fc.record({ kind: fc.constant("due" as const), at: fc.nat(25) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const delayed = new Delayed<number>();
        const model: { at: number; item: number }[] = [];
        for (const [item, { kind, at }] of steps.entries()) {
          if (kind === "add") {
            delayed.add(at, item);
            model.push({ at, item });
            model.sort((a, b) => a.at - b.at || a.item - b.item);
          } else {
            const [first] = model;
            const expected = first !== undefined && first.at <= at ? model.shift()?.item : undefined;
            expect(delayed.due(at)).toBe(expected);
          }
          expect(delayed.next).toBe(model[0]?.at);
          expect(delayed.size).toBe(model.length);
        }
        expect(delayed.drain().sort((a, b) => a - b)).toEqual(model.map(({ item }) => item).sort((a, b) => a - b));
      }),
    );
  });
});
