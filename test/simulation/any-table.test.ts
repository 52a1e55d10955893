/**
 * Any table, any input, any faults: what is told of each row, and what stands in the table in the end, is what a model says that
 * applies one row at a time. The seed is printed with a failure; `SEED=…` replays it, `INPUTS=…` looks at more of them.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mode } from "../../server/dataverse/request.ts";
import { applied, misstatements, publish, regressions, worldOf } from "./any-run.ts";
import type { AnyInput } from "./any-table.ts";
import { anyInput, isToldByReading } from "./any-table.ts";
import { hours, settleLate } from "./client.ts";
import type { World } from "./world.ts";

const seed = Number(process.env["SEED"] ?? 1);
/** Of each kind; some hundred milliseconds each. */
const inputs = Number(process.env["INPUTS"] ?? 20);

async function holds(
  arbitrary: fc.Arbitrary<AnyInput>,
  differences: (world: World, input: AnyInput) => Promise<readonly string[]>,
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (input) => {
    const world = await worldOf(input, seed);
    expect(await world.clock.run(differences(world, input), hours)).toEqual([]);
  });
  await fc.assert(property, { seed, numRuns: inputs, endOnFailure: true });
}

const modes: readonly Mode[] = ["INSERT", "UPDATE", "UPSERT", "DELETE"];
const points = modes.flatMap((mode) => [false, true].map((isFaulty) => ({ mode, isFaulty })));

describe("any input for any table", () => {
  it.each(points)("comes to what the model says: $mode, faults: $isFaulty", async ({ mode, isFaulty }) => {
    await holds(anyInput(mode, isFaulty), async (world, input) => {
      const outcomes = await publish(world, input, { publisher: world.publisher });
      await settleLate(world);
      const { model, found } = applied(input, outcomes);
      return [...found, ...(await misstatements(world, input, model)), ...regressions(world)];
    });
  });

  it.each(modes)("comes to the same in two streams at once: %s", async (mode) => {
    await holds(anyInput(mode, true), async (world, input) => {
      const places = [0, 1].map((part) =>
        [...input.rows.keys()].filter((at) => (input.rows[at]?.key ?? 0) % 2 === part),
      );
      const told = await Promise.all(
        places.map((some, partition) => publish(world, input, { publisher: world.publisher, places: some, partition })),
      );
      await settleLate(world);
      const { model, found } = applied(input, new Map(told.flatMap((outcomes) => [...outcomes])));
      return [...found, ...(await misstatements(world, input, model)), ...regressions(world)];
    });
  });

  it.each(modes)("leaves the table as it is when it is published again by a new process: %s", async (mode) => {
    await holds(anyInput(mode, false), async (world, input) => {
      const { model } = applied(input, await publish(world, input, { publisher: world.publisher }));
      await publish(world, input, { publisher: world.restart() });
      return [...(await misstatements(world, input, model)), ...(isToldByReading(input) ? regressions(world) : [])];
    });
  });
});
