import { describe, expect, it } from "vitest";
import { PlanQueue } from "../../../../server/publish/batching/plan-queue.ts";
import { accountMapping, byNumberRequest, operationsOf } from "../../../support/publish/scenes.ts";

const file = { name: "a", bytes: undefined };
const operations = operationsOf(
  accountMapping(byNumberRequest),
  Array.from({ length: 101 }, (_, i) => [`A${i}`, "x"] as const),
);

describe("PlanQueue", () => {
  it("counts a request for a hundred parts, and one for each file", () => {
    const queue = new PlanQueue();
    expect([queue.requests, queue.hasParts]).toEqual([0, false]);
    for (const operation of operations) queue.add(operation, undefined);
    for (const operation of operations.slice(0, 3)) queue.add(operation, file);
    expect([queue.requests, queue.hasParts]).toEqual([5, true]);
  });

  it("gives them back in their order, each kind by itself", () => {
    const queue = new PlanQueue();
    const [first, second, third] = operations;
    if (first === undefined || second === undefined || third === undefined) throw new Error("too few operations");
    queue.add(first, undefined);
    queue.add(second, file);
    queue.add(third, undefined);
    expect([queue.nextPart(), queue.nextPart(), queue.nextPart()]).toEqual([first, third, undefined]);
    expect([queue.nextUpload(), queue.nextUpload()]).toEqual([{ operation: second, file }, undefined]);
  });

  it("hands out all that is left at once", () => {
    const queue = new PlanQueue();
    for (const [i, operation] of operations.slice(0, 4).entries()) queue.add(operation, i % 2 === 0 ? undefined : file);
    expect(queue.drain().map(({ row }) => row)).toEqual([0, 2, 1, 3]);
    expect(queue.requests).toBe(0);
  });
});
