import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Slab, Verdict } from "../../../server/publish/rows/ledger.ts";
import { Ledger } from "../../../server/publish/rows/ledger.ts";
import { int32, recordBatch } from "../../support/columns.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const verdict = fc.constantFrom<Verdict | "skip">(
  "skip",
  { kind: "created" },
  { kind: "unchanged" },
  { kind: "failed", failure: { code: "row_rejected", message: "no", retryable: false } },
);

interface Row {
  readonly slab: Slab;
  readonly row: number;
  readonly verdict: Verdict | "skip";
}

describe("Ledger", () => {
  it("gives every row one outcome, delivers each asked for once, and releases each batch once", async () => {
    const plan = fc.record({
      batches: fc.array(fc.array(verdict, { maxLength: 12 }), { maxLength: 6 }),
      seed: fc.integer(),
      returning: fc.constantFrom("FAILED" as const, "ALL" as const),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ batches, seed, returning }) => {
        const clock = new VirtualClock({ seed });
        const delivered: number[] = [];
        const released = new Set<Slab>();
        const ledger = new Ledger({
          returning,
          clock,
          deliver: async (_batch, settled) => {
            await clock.sleep(clock.random() * 10);
            delivered.push(...settled.map(({ streamRow }) => streamRow));
          },
          release: (slab) => {
            expect(released.has(slab)).toBe(false);
            expect(slab.left).toBe(0);
            released.add(slab);
          },
          undeliverable: (reason) => expect.unreachable(String(reason)),
        });
        const rows = batches.flatMap((verdicts): Row[] => {
          const slab = ledger.add(
            recordBatch(
              int32(
                "n",
                verdicts.map(() => 0),
              ),
            ),
          );
          return verdicts.map((one, row) => ({ slab, row, verdict: one }));
        });
        const shuffled = rows.map((row) => ({ row, at: clock.random() })).sort((a, b) => a.at - b.at);
        for (const { row: one } of shuffled) {
          if (one.verdict === "skip") ledger.skip(one.slab, one.row);
          else ledger.settle(one.slab, one.row, one.verdict, 1);
        }
        await clock.run(ledger.drained());
        const { received, failed, notSent } = ledger.counts;
        expect(received).toBe(rows.length);
        expect(ledger.acknowledged + failed + notSent).toBe(received);
        expect(released.size).toBe(batches.length);
        const asked = rows.flatMap(({ verdict: one }, i) =>
          one !== "skip" && (returning === "ALL" || one.kind === "failed") ? [i] : [],
        );
        expect(delivered.sort((a, b) => a - b)).toEqual(asked);
      }),
    );
  });
});
