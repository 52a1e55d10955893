import { describe, expect, it } from "vitest";
import { assemble } from "../../../../server/dataverse/wire/batch-body.ts";
import { assembleTargets } from "../../../../server/dataverse/wire/bulk-body.ts";
import type { Operation } from "../../../../server/publish/rows/batch.ts";
import { bodyOf, Draft, operationsMax, partOf } from "../../../../server/publish/rows/batch.ts";
import { accountBatch, hundred, operationOf, slabOf } from "../../../support/publish/scenes.ts";

const slab = slabOf(accountBatch([]));

const operation = (row: number, part?: Uint8Array): Operation => operationOf(slab, row, part);

function add(draft: Draft, one: Operation, part: string): void {
  draft.add(one, (out) => {
    out.ascii(part);
    return true;
  });
}

function text(one: Operation): string {
  return Buffer.from(partOf(one)).toString("latin1");
}

describe("Draft", () => {
  it("makes no batch of nothing", () => {
    expect(new Draft(hundred).finish()).toBeUndefined();
  });

  it("gives each operation its own bytes, though the buffer moves while it grows", () => {
    const draft = new Draft(hundred);
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
    const draft = new Draft(hundred);
    const [again, fresh] = [operation(0, Buffer.from("again")), operation(1)];
    draft.add(again, () => expect.unreachable());
    draft.add(fresh, (out) => {
      out.ascii("fresh");
      return true;
    });
    expect(draft.finish()?.operations.map(text)).toEqual(["again", "fresh"]);
  });

  it("encodes anew what went another way before", () => {
    const draft = new Draft({ way: "bulk", size: 10 });
    const again = operation(0, Buffer.from("a part of a batch"));
    add(draft, again, ',{"name":"x"}');
    expect([draft.finish()?.body?.toString(), again.way]).toEqual(['{"Targets":[{"name":"x"}]}', "bulk"]);
  });

  it("leaves out what cannot be encoded", () => {
    const draft = new Draft(hundred);
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
    const draft = new Draft(hundred);
    for (let row = 0; row < operationsMax; row++) {
      expect(draft.full).toBe(false);
      draft.add(operation(row, Buffer.from("x")), () => true);
    }
    expect(draft.full).toBe(true);
  });

  it("is full at four mebibytes, of parts sent before and of fresh ones together", () => {
    const draft = new Draft(hundred);
    draft.add(operation(0, new Uint8Array(2 << 20)), () => true);
    expect(draft.full).toBe(false);
    draft.add(operation(1), (out) => {
      out.raw(new Uint8Array(2 << 20));
      return true;
    });
    expect(draft.full).toBe(true);
  });
});

describe("a batch's body", () => {
  it("is its parts and the closing delimiter, without a copy", () => {
    const draft = new Draft(hundred);
    const operations = [operation(0), operation(1)];
    for (const one of operations) add(draft, one, `part ${one.row}`);
    const body = draft.finish()?.body;
    expect(body).toEqual(assemble(operations.map(partOf)));
    expect(operations.map(({ bytes }) => bytes === body)).toEqual([true, true]);
  });

  it("has nothing of a row refused between two others", () => {
    const draft = new Draft(hundred);
    const [first, bad, last] = [operation(0), operation(1), operation(2)];
    add(draft, first, "first");
    draft.add(bad, () => false);
    add(draft, last, "last");
    expect(draft.finish()?.body).toEqual(assemble([Buffer.from("first"), Buffer.from("last")]));
    expect(partOf(bad)).toHaveLength(0);
  });

  it("is absent when one goes again that stands in no buffer of this draft", () => {
    const draft = new Draft(hundred);
    add(draft, operation(0), "fresh");
    draft.add(operation(1, Buffer.from("again")), () => expect.unreachable());
    expect(draft.finish()).toEqual({ way: "batch", operations: [expect.anything(), expect.anything()] });
  });

  it.each([
    ["batch", assemble],
    ["bulk", assembleTargets],
  ] as const)("is put together from the parts as sent, by their way, where one goes again: %s", (way, assembled) => {
    const parts = [Buffer.from("one"), Buffer.from("two")];
    const operations = parts.map((part, row) => operation(row, part));
    expect(bodyOf({ way, operations })).toEqual(assembled(parts));
  });

  it("is sent as it was encoded where all is fresh", () => {
    const body = Buffer.from("encoded");
    expect(bodyOf({ way: "batch", operations: [operation(0, Buffer.from("one"))], body })).toBe(body);
  });

  it("leaves the closing delimiter out of the last part, which may go again before others", () => {
    const first = new Draft(hundred);
    const again = operation(0);
    add(first, again, "again");
    first.finish();
    const second = new Draft(hundred, first.capacity);
    second.add(again, () => expect.unreachable());
    add(second, operation(1), "fresh");
    expect(second.finish()?.operations.map(text)).toEqual(["again", "fresh"]);
  });
});

describe("the next draft", () => {
  it("begins with room for one like the last and an eighth more", () => {
    const draft = new Draft(hundred);
    add(draft, operation(0), "x".repeat(80_000));
    expect(draft.capacity).toBe(90_000);
  });

  it("begins with no less than a hundred small rows need", () => {
    const draft = new Draft(hundred);
    add(draft, operation(0), "x");
    expect(draft.capacity).toBe(65_536);
  });
});
