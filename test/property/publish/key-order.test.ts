import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyOrder } from "../../../server/publish/order/key-order.ts";

/** What KeyOrder means, said as plainly as can be: per key the rows in the order they came, the first of them under way. */
class Model {
  readonly rows = new Map<number, number[]>();
  readonly blocked = new Set<number>();

  claim(key: number, row: number): string {
    if (this.blocked.has(key)) return "blocked";
    const queue = this.rows.get(key) ?? [];
    this.rows.set(key, [...queue, row]);
    return queue.length === 0 ? "granted" : "held";
  }

  release(key: number): number | undefined {
    const rest = this.rows.get(key)?.slice(1) ?? [];
    if (rest.length === 0) this.rows.delete(key);
    else this.rows.set(key, rest);
    return rest[0];
  }

  block(key: number): number[] {
    const rest = this.rows.get(key)?.slice(1) ?? [];
    this.rows.delete(key);
    this.blocked.add(key);
    return rest;
  }

  drain(): number[] {
    const waiting = [...this.rows.values()].flatMap((queue) => queue.slice(1));
    for (const [key, queue] of this.rows) this.rows.set(key, queue.slice(0, 1));
    return waiting;
  }

  get held(): number {
    return [...this.rows.values()].reduce((sum, queue) => sum + queue.length - 1, 0);
  }
}

const step = fc.record({
  act: fc.constantFrom("claim", "claim", "claim", "release", "release", "block", "drain"),
  key: fc.nat(3),
});

function apply(to: KeyOrder<number> | Model, { act, key }: { act: string; key: number }, row: number): unknown {
  switch (act) {
    case "claim":
      return to.claim(key, row);
    case "release":
      return to.release(key);
    case "block":
      return to.block(key);
    default:
      return to.drain().sort((a, b) => a - b);
  }
}

describe("KeyOrder", () => {
  it("behaves as a queue per key whose first is under way", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const keys = new KeyOrder<number>();
        const model = new Model();
        for (const [row, one] of steps.entries()) {
          expect(apply(keys, one, row)).toEqual(apply(model, one, row));
          expect(keys.held).toBe(model.held);
        }
      }),
    );
  });
});
