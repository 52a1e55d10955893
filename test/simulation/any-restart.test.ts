/**
 * Any input, cut off at any moment by a client or a server that dies, and published again by a new process: the table comes to what it
 * would have come to at once, and no older row of a key goes over a newer one. `SEED=…` replays a failure.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mode } from "../../server/dataverse/request.ts";
import { misstatements, publish, regressions, worldOf } from "./any-run.ts";
import type { AnyInput } from "./any-table.ts";
import { anyInput, isToldByReading, modelRowOf, rulesOf } from "./any-table.ts";
import { hours, settleLate } from "./client.ts";
import { Model } from "./model.ts";
import type { World } from "./world.ts";

const seed = Number(process.env["SEED"] ?? 1);
/** Of each mode. */
const inputs = Number(process.env["INPUTS"] ?? 15);
const modes: readonly Mode[] = ["INSERT", "UPDATE", "UPSERT", "DELETE"];

interface Cut {
  readonly input: AnyInput;
  /** Virtual milliseconds. */
  readonly diesAfterMs: number;
  /** The second try is given to the process that saw the first one. */
  readonly isSameProcess: boolean;
}

function anyCut(mode: Mode): fc.Arbitrary<Cut> {
  // What a row that was created is given only when it is changed, it is given by the second try.
  const input = anyInput(mode, true).filter(({ sides }) => sides.every((side) => side === undefined));
  return fc.record({ input, diesAfterMs: fc.integer({ min: 0, max: 4000 }), isSameProcess: fc.boolean() });
}

async function differences(world: World, { input, diesAfterMs, isSameProcess }: Cut): Promise<readonly string[]> {
  await publish(world, input, { publisher: world.publisher, diesAfterMs });
  // Another process knows nothing of requests that are still under way.
  if (!isSameProcess) await settleLate(world);
  const publisher = isSameProcess ? world.publisher : world.restart();
  const outcomes = await publish(world, input, { publisher, attempt: 1 });
  await settleLate(world);
  const model = new Model({ ...rulesOf(input), isDoubtful: true }, input.seeded);
  for (const [i, row] of input.rows.entries()) model.apply(modelRowOf(input, row, i), outcomes.get(i));
  const untold = input.rows.flatMap((_, i) => (outcomes.has(i) ? [] : [`row ${i} is told nothing`]));
  // An operation that reading cannot show to be needless is sent again, and its row's first one with it.
  const older = isToldByReading(input) ? regressions(world) : [];
  return [...untold, ...(await misstatements(world, input, model)), ...older];
}

describe("any input that is published again after it was cut off", () => {
  it.each(modes)("comes to the same: %s", async (mode) => {
    const property = fc.asyncProperty(anyCut(mode), async (cut) => {
      const world = await worldOf(cut.input, seed);
      expect(await world.clock.run(differences(world, cut), hours)).toEqual([]);
    });
    await fc.assert(property, { seed, numRuns: inputs, endOnFailure: true });
  });
});
