import { describe, expect, it } from "vitest";
import type { Operation } from "../../../server/publish/batch.ts";
import { Draft, operationsMax } from "../../../server/publish/batch.ts";
import { accountBatch, slabOf } from "../../support/publish/scenes.ts";

const slab = slabOf(accountBatch([]));

function operation(row: number, part = new Uint8Array(0)): Operation {
  return { slab, row, step: 0, id: undefined, key: -1, part, attempts: 0, uncertainAt: 0 };
}

function text({ part }: Operation): string {
  return Buffer.from(part).toString("latin1");
}

describe("Draft", () => {
  it("makes no batch of nothing", () => {
    expect(new Draft().finish()).toBeUndefined();
  });

  it("gives each operation its own bytes, though the buffer moves while it grows", () => {
    const draft = new Draft();
    const operations = Array.from({ length: 50 }, (_, row) => operation(row));
    const parts = operations.map((_, row) => `${row}:`.padEnd(5000, "x"));
    for (const [row, one] of operations.entries()) {
      draft.add(one, (out) => {
        out.ascii(parts[row] ?? "");
        return true;
      });
    }
    expect(draft.finish()?.operations.map(text)).toEqual(parts);
  });

  it("sends an operation that goes again as it was sent before", () => {
    const draft = new Draft();
    const [again, fresh] = [operation(0, Buffer.from("again")), operation(1)];
    draft.add(again, () => expect.unreachable());
    draft.add(fresh, (out) => {
      out.ascii("fresh");
      return true;
    });
    expect(draft.finish()?.operations.map(text)).toEqual(["again", "fresh"]);
  });

  it("leaves out what cannot be encoded", () => {
    const draft = new Draft();
    const [bad, good] = [operation(0), operation(1)];
    draft.add(bad, () => false);
    draft.add(good, (out) => {
      out.ascii("good");
      return true;
    });
    expect(draft.finish()?.operations).toEqual([good]);
    expect(text(good)).toBe("good");
  });

  it("is full at a hundred operations", () => {
    const draft = new Draft();
    for (let row = 0; row < operationsMax; row++) {
      expect(draft.full).toBe(false);
      draft.add(operation(row, Buffer.from("x")), () => true);
    }
    expect(draft.full).toBe(true);
  });

  it("is full at four mebibytes, of parts sent before and of fresh ones together", () => {
    const draft = new Draft();
    draft.add(operation(0, new Uint8Array(2 << 20)), () => true);
    expect(draft.full).toBe(false);
    draft.add(operation(1), (out) => {
      out.raw(new Uint8Array(2 << 20));
      return true;
    });
    expect(draft.full).toBe(true);
  });
});
