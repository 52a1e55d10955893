/** Which operations of a batch a fault refuses without running them. */
import type { BatchItem } from "../batch/parse.ts";
import type { Part } from "../wire/call.ts";
import type { PartReply } from "../wire/reply.ts";
import type { SetOf } from "./match.ts";
import { operationTest } from "./match.ts";
import { partReply } from "./refusal.ts";
import type { EffectOf, Fault } from "./script.ts";

/** Operations counted from 0, those of change sets included. `now`: milliseconds since 1970. */
export function refusedOperations(
  fault: Fault | undefined,
  items: readonly BatchItem[],
  { setOf, now }: { readonly setOf: SetOf; readonly now: number },
): ReadonlyMap<number, PartReply> {
  switch (fault?.effect) {
    case "part_status":
      return chosen(fault, items.flatMap(partsOf), { setOf, reply: partReply(fault, now) });
    case "fail_change_set":
      return new Map([[firstOf(items, fault.set ?? 0) + (fault.at ?? 0), partReply(fault, now)]]);
    default:
      return new Map();
  }
}

function chosen(
  { parts = [], where }: EffectOf<"part_status">,
  operations: readonly Part[],
  { setOf, reply }: { readonly setOf: SetOf; readonly reply: PartReply },
): ReadonlyMap<number, PartReply> {
  const test = where === undefined ? () => false : operationTest(where, setOf);
  const found = new Map(parts.map((part) => [part, reply]));
  for (const [index, operation] of operations.entries()) {
    if (test(operation)) {
      found.set(index, reply);
    }
  }
  return found;
}

/** The first operation of the nth change set; a number that no operation has where the batch has fewer. */
function firstOf(items: readonly BatchItem[], nth: number): number {
  let operations = 0;
  let sets = 0;
  for (const item of items) {
    if (item.kind === "changeSet" && sets === nth) {
      return operations;
    }
    sets += item.kind === "changeSet" ? 1 : 0;
    operations += partsOf(item).length;
  }
  return Number.NEGATIVE_INFINITY;
}

function partsOf(item: BatchItem): readonly Part[] {
  return item.kind === "changeSet" ? item.parts : [item.part];
}
