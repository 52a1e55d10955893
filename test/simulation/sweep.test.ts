/** One fixed run, in which the nth request fails: for each n until the run ends before its fault; once, and from then on. */
import { describe, expect, it } from "vitest";
import type { Mode } from "../../server/dataverse/request.ts";
import { seededRandom } from "../support/virtual-clock.ts";
import type { Trouble } from "./bad-wire.ts";
import { evidence, hours, publish, seedRows, settleLate } from "./client.ts";
import { breaches, breachesWhenStopped } from "./oracle.ts";
import { createScenario } from "./scenario.ts";
import { createWorld } from "./world.ts";

const modes: readonly Mode[] = ["INSERT", "UPSERT", "UPDATE", "DELETE"];
const troubles: readonly Trouble[] = ["lost", "late", "partly", "damaged", "unavailable", "silent"];
const ways = [
  { strategy: "BATCH", rowsMax: 60, missing: 0.2 },
  // The first bulk request takes 50 rows; a few twins or missing rows are enough to have one refused.
  { strategy: "BULK", rowsMax: 180, keysPerRow: 20, missing: 0.02 },
] as const;
type Way = (typeof ways)[number] & { readonly mode: Mode };
const cases = modes.flatMap((mode) =>
  ways
    .filter(({ strategy }) => strategy === "BATCH" || mode !== "DELETE")
    .flatMap((way) => troubles.map((trouble) => ({ mode, ...way, trouble }))),
);
/** A run of so few rows that needs more requests than this goes in circles. */
const requestsMax = 400;

/**
 * Rows settle too late, or not at all: a silent service holds each attempt for minutes, one that lets nobody in, or whose answers never
 * come, holds all of them, and an INSERT is read after each.
 */
function endsRuns({ mode, strategy }: Way, trouble: Trouble): boolean {
  return trouble !== "damaged" || (mode === "INSERT" && strategy === "BULK");
}

/** @returns whether the run came to its fault. */
async function reaches(
  nth: number,
  { trouble, on, ...way }: (typeof cases)[number] & { on: boolean },
): Promise<boolean> {
  let hit = false;
  const script = (call: number): Trouble | "none" => {
    const fails = on ? call >= nth : call === nth;
    hit ||= fails;
    return fails ? trouble : "none";
  };
  const random = seededRandom(3);
  const scenario = createScenario(random, way);
  const world = createWorld(17, { faultRate: 0, partFaultRate: 0, principals: 1, script });
  const work = async (): Promise<void> => {
    const seeded = await seedRows(world, scenario, random, way.missing);
    const { outcomes, summary } = await publish(world, { scenario });
    await settleLate(world);
    const all = { ...evidence(world, scenario, seeded), outcomes };
    // A service that answers nothing any more stops the run before each row has had its turn.
    const found = summary?.stopped?.code === "progress_timeout" ? breachesWhenStopped(all) : breaches(all);
    expect(found, `${way.mode} ${way.strategy}, request ${nth} ${trouble}${on ? " and all after" : ""}`).toEqual([]);
    const { received = -1, acknowledged = -1, failed = -1, notSent = -1 } = summary ?? {};
    expect([received, acknowledged + failed + notSent]).toEqual([scenario.rows.length, scenario.rows.length]);
    if (notSent > 0)
      expect([summary?.stopped?.code, endsRuns(way, trouble), on]).toEqual(["progress_timeout", true, true]);
  };
  await world.clock.run(work(), hours);
  return hit;
}

describe("the nth request fails", () => {
  it.each(cases)("once: $mode $strategy, $trouble", async (one) => {
    let nth = 1;
    while (await reaches(nth, { ...one, on: false })) nth += 1;
    expect(nth).toBeGreaterThan(2);
    expect(nth).toBeLessThan(requestsMax);
  });

  it.each(cases)("and all after it: $mode $strategy, $trouble", async (one) => {
    let nth = 1;
    while (await reaches(nth, { ...one, on: true })) nth += 1;
    expect(nth).toBeGreaterThan(2);
    expect(nth).toBeLessThan(requestsMax);
  });
});
