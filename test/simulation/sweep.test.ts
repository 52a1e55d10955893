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
const cases = modes.flatMap((mode) => troubles.map((trouble) => ({ mode, trouble })));
/** A run of so few rows that needs more requests than this goes in circles. */
const requestsMax = 400;

/** @returns whether the run came to its fault. */
async function reaches(
  nth: number,
  { mode, trouble, on }: { mode: Mode; trouble: Trouble; on: boolean },
): Promise<boolean> {
  let hit = false;
  const script = (call: number): Trouble | "none" => {
    const fails = on ? call >= nth : call === nth;
    hit ||= fails;
    return fails ? trouble : "none";
  };
  const random = seededRandom(3);
  const scenario = createScenario(random, { mode, rowsMax: 60 });
  const world = createWorld(17, { faultRate: 0, partFaultRate: 0, principals: 1, script });
  const work = async (): Promise<void> => {
    const seeded = await seedRows(world, scenario, random);
    const { outcomes, summary } = await publish(world, { scenario });
    await settleLate(world);
    const all = { ...evidence(world, scenario, seeded), outcomes };
    // A service that answers nothing any more stops the run before each row has had its turn.
    const found = summary?.stopped?.code === "progress_timeout" ? breachesWhenStopped(all) : breaches(all);
    expect(found, `${mode}, request ${nth} ${trouble}${on ? " and all after" : ""}`).toEqual([]);
    const { received = -1, acknowledged = -1, failed = -1, notSent = -1 } = summary ?? {};
    expect([received, acknowledged + failed + notSent]).toEqual([scenario.rows.length, scenario.rows.length]);
    if (notSent > 0) expect([summary?.stopped?.code, trouble, on]).toEqual(["progress_timeout", "silent", true]);
  };
  await world.clock.run(work(), hours);
  return hit;
}

describe("the nth request fails", () => {
  it.each(cases)("once: $mode, $trouble", async ({ mode, trouble }) => {
    let nth = 1;
    while (await reaches(nth, { mode, trouble, on: false })) nth += 1;
    expect(nth).toBeGreaterThan(2);
    expect(nth).toBeLessThan(requestsMax);
  });

  it.each(cases)("and all after it: $mode, $trouble", async ({ mode, trouble }) => {
    let nth = 1;
    while (await reaches(nth, { mode, trouble, on: true })) nth += 1;
    expect(nth).toBeGreaterThan(2);
    expect(nth).toBeLessThan(requestsMax);
  });
});
