import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeySet } from "../../../server/publish/order/key-set.ts";

describe("KeySet", () => {
  it("behaves as a Set of numbers", () => {
    const key = fc.oneof(
      fc.nat(50),
      fc.nat(8).map((n) => n * 1024),
      fc.bigInt(0n, 2n ** 53n - 1n).map(Number),
    );
    const step = fc.record({ act: fc.constantFrom("add", "add", "add", "delete"), key });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 2000, size: "max" }),
        fc.array(key, { maxLength: 100 }),
        (steps, asked) => {
          const keys = new KeySet();
          const model = new Set<number>();
          for (const { act, key: one } of steps) {
            if (act === "delete") keys.delete(one);
            else expect(keys.add(one)).toBe(!model.has(one));
            if (act === "delete") model.delete(one);
            else model.add(one);
          }
          expect(keys.size).toBe(model.size);
          for (const one of [...steps.map((each) => each.key), ...asked]) expect(keys.has(one)).toBe(model.has(one));
        },
      ),
    );
  });
});
