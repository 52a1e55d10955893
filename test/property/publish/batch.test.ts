/** However rows, refusals and repeats mix, what is sent is the parts of the operations and each part stays as it was encoded. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../server/dataverse/wire/batch-body.ts";
import type { Batch, Operation } from "../../../server/publish/rows/batch.ts";
import { Draft, partOf } from "../../../server/publish/rows/batch.ts";
import { accountBatch, hundred, operationOf, slabOf } from "../../support/publish/scenes.ts";

const slab = slabOf(accountBatch([]));

type Step =
  | { readonly kind: "fresh"; readonly length: number }
  | { readonly kind: "refused" }
  | { readonly kind: "again"; readonly pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("fresh"), length: fc.integer({ min: 1, max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refused") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("again"), pick: fc.nat() }) },
);
/** Without a capacity a draft takes what the one before suggests, as the batcher does. */
const drafts = fc.array(
  fc.record({ capacity: fc.option(fc.integer({ min: 1, max: 2_000 })), steps: fc.array(step, { maxLength: 12 }) }),
  { minLength: 1, maxLength: 6 },
);

/** Operations that were sent, each with the bytes that it was encoded to. */
class Sent {
  readonly texts = new Map<Operation, Buffer>();
  readonly bodies: { readonly batch: Batch; readonly expected: Buffer }[] = [];
  #rows = 0;

  fill(draft: Draft, steps: readonly Step[]): void {
    const known = [...this.texts.keys()];
    const added: Operation[] = [];
    for (const one of steps) {
      const operation = one.kind === "again" ? known[one.pick % known.length] : operationOf(slab, this.#rows++);
      if (operation === undefined || added.includes(operation)) continue;
      this.#add(draft, operation, one);
      if (one.kind !== "refused") added.push(operation);
    }
    const batch = draft.finish();
    expect(batch?.operations ?? []).toEqual(added);
    if (batch === undefined) return;
    const expected = assemble(added.map((operation) => this.texts.get(operation) ?? Buffer.from("none")));
    this.bodies.push({ batch, expected });
    const isFresh = added.every((operation) => !known.includes(operation));
    expect(batch.body !== undefined).toBe(isFresh);
  }

  #add(draft: Draft, operation: Operation, one: Step): void {
    const bytes = Buffer.alloc(one.kind === "fresh" ? one.length : 0, `${operation.row} of ${this.#rows};`);
    if (one.kind === "fresh") this.texts.set(operation, bytes);
    draft.add(operation, (out) => {
      out.raw(one.kind === "refused" ? Buffer.from("half a row") : bytes);
      if (one.kind === "refused") out.truncate(out.length - "half a row".length);
      return one.kind !== "refused";
    });
  }
}

describe("batches of fresh, refused and repeated operations", () => {
  it("are sent as assembled from their parts, whatever was drafted since", () => {
    fc.assert(
      fc.property(drafts, (all) => {
        const sent = new Sent();
        let capacity: number | undefined;
        for (const { capacity: own, steps } of all) {
          const draft = new Draft(hundred, own ?? capacity);
          sent.fill(draft, steps);
          capacity = draft.capacity;
        }
        for (const { batch, expected } of sent.bodies) {
          expect(assemble(batch.operations.map(partOf)).equals(expected)).toBe(true);
          expect(batch.body?.equals(expected) ?? true).toBe(true);
        }
        for (const [operation, bytes] of sent.texts) expect(bytes.equals(partOf(operation))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
