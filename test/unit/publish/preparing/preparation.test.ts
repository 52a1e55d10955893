import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import { Preparation } from "../../../../server/publish/preparing/preparation.ts";
import type { Slab } from "../../../../server/publish/rows/ledger.ts";
import { accountBatch, slabOf } from "../../../support/publish/scenes.ts";
import { ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const lane = new ScriptedLane(new VirtualClock(), () => new Error("asked"));

/** Record batches of two rows; those with an odd number need reading, which ends when the test says so. */
class Bench {
  readonly slabs: readonly Slab[];
  readonly ready: number[] = [];
  readonly stops: SidecarError[] = [];
  readonly preparation: Preparation;
  readonly #readings = new Map<Slab, PromiseWithResolvers<void>>();

  constructor(count: number) {
    this.slabs = Array.from({ length: count }, (_, i) =>
      slabOf(
        accountBatch([
          [`A${i}`, "x"],
          [`B${i}`, "x"],
        ]),
      ),
    );
    this.preparation = new Preparation({
      steps: [
        {
          needs: (slab) => this.slabs.indexOf(slab) % 2 === 1,
          prepare: (slab) => {
            const reading = Promise.withResolvers<void>();
            this.#readings.set(slab, reading);
            return reading.promise;
          },
        },
      ],
      ready: (slab) => this.ready.push(this.slabs.indexOf(slab)),
      stop: (reason) => this.stops.push(reason),
    });
    for (const slab of this.slabs) this.preparation.add(slab);
  }

  at(index: number): Slab {
    const slab = this.slabs[index];
    if (slab === undefined) throw new Error("no such record batch");
    return slab;
  }

  reading(index: number): PromiseWithResolvers<void> {
    const reading = this.#readings.get(this.at(index));
    if (reading === undefined) throw new Error(`record batch ${index} is not being read`);
    return reading;
  }
}

describe("record batches", () => {
  it("are counted until they have gone on", async () => {
    const bench = new Bench(3);
    const reading = bench.preparation.next(lane);
    expect(bench.preparation.open).toBe(2);
    bench.reading(1).resolve();
    await reading;
    expect(bench.preparation.open).toBe(0);
  });

  it("that need no reading go on at once", () => {
    expect(new Bench(1).ready).toEqual([0]);
  });

  it("never overtake an earlier one, whatever ends first", async () => {
    const bench = new Bench(5);
    expect([bench.ready, bench.preparation.waiting]).toEqual([[0], 2]);
    const first = bench.preparation.next(lane);
    const second = bench.preparation.next(lane);
    expect(bench.preparation.next(lane)).toBeUndefined();
    bench.reading(3).resolve();
    await second;
    expect(bench.ready).toEqual([0]);
    bench.reading(1).resolve();
    await first;
    expect(bench.ready).toEqual([0, 1, 2, 3, 4]);
  });

  it("that cannot be read fail in their turn, and may be replayed", async () => {
    const bench = new Bench(2);
    const reading = bench.preparation.next(lane);
    bench.reading(1).reject(new SidecarError("deadline_passed", "Busy."));
    await reading;
    expect(bench.ready).toEqual([0, 1]);
    expect(bench.at(1).found.unread).toMatchObject({ code: "deadline_passed", retryable: true });
    expect(bench.stops).toEqual([]);
  });

  it.each(["row_rejected", "row_forbidden"] as const)("that may not be read fail for good (%s)", async (code) => {
    const bench = new Bench(2);
    const reading = bench.preparation.next(lane);
    bench.reading(1).reject(new SidecarError(code, "No.", { remedy: "Ask." }));
    await reading;
    expect(bench.at(1).found.unread).toEqual({ code, message: "No. Ask.", retryable: false });
  });

  it.each(["credentials_rejected", "principal_forbidden"] as const)("stop the run on %s", async (code) => {
    const bench = new Bench(2);
    const reading = bench.preparation.next(lane);
    bench.reading(1).reject(new SidecarError(code, "No."));
    await reading;
    expect(bench.stops).toEqual([expect.objectContaining({ code })]);
  });

  it("make a defect of ours known", async () => {
    const bench = new Bench(2);
    const reading = bench.preparation.next(lane);
    bench.reading(1).reject(new TypeError("broken"));
    await expect(reading).rejects.toThrow("broken");
  });

  it("that were given up do not go on when their reading ends", async () => {
    const bench = new Bench(3);
    const skipped: (readonly [number, number])[] = [];
    const reading = bench.preparation.next(lane);
    bench.preparation.drain((slab, row) => skipped.push([bench.slabs.indexOf(slab), row]));
    bench.reading(1).resolve();
    await reading;
    expect(skipped).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
    ]);
    expect([bench.ready, bench.preparation.waiting]).toEqual([[0], 0]);
  });
});
