/** Runs that stop at a random moment: nothing is lost from the count, nothing is sent afterwards, and the same run resumes to its end. */
import { describe, expect, it } from "vitest";
import { SidecarError } from "../../server/core/errors.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { seededRandom } from "../support/virtual-clock.ts";
import type { Trouble } from "./bad-wire.ts";
import type { Told } from "./client.ts";
import { evidence, hours, publish, seedRows, settleLate } from "./client.ts";
import { breaches, breachesWhenStopped } from "./oracle.ts";
import type { Scenario } from "./scenario.ts";
import { createScenario } from "./scenario.ts";
import { seedsOf } from "./seeds.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

const causes = ["principal_forbidden", "credentials_rejected", "too_many_failed_rows", "draining"] as const;
type Cause = (typeof causes)[number];

const ends: Partial<Record<Cause, Trouble>> = {
  principal_forbidden: "forbidden",
  credentials_rejected: "unauthorized",
};

interface Stop {
  readonly cause: Cause;
  readonly request: Partial<PublishRequest>;
  /** Virtual milliseconds until the server drains. */
  readonly drainsAfterMs: number;
}

/** The first try, in which the run may stop; the requests that left until its end. */
async function stopped(
  world: World,
  scenario: Scenario,
  { cause, request, drainsAfterMs }: Stop,
): Promise<Told & { calls: number }> {
  if (cause === "draining") void world.clock.sleep(drainsAfterMs).then(() => world.publisher.drain());
  const told = await publish(world, { scenario, request });
  return { ...told, calls: world.wire.calls };
}

describe("a run that stops", () => {
  it.each(seedsOf(80))("says what became of each row and can be resumed, seed %i", async (seed) => {
    const random = seededRandom(seed * 15_485_863);
    const scenario = createScenario(random, { uniqueKeys: true });
    const cause = causes[seed % causes.length] ?? "draining";
    const nth = 1 + Math.floor(random() * 8);
    const end = ends[cause];
    let resumed = false;
    const world = createWorld(seed, {
      faultRate: random() * 0.4,
      partFaultRate: 0.03,
      principals: 1 + (seed % 2),
      script: (call) => (end !== undefined && !resumed && call >= nth ? end : undefined),
    });
    const maxFailedRows = cause === "too_many_failed_rows" ? 1 + Math.floor(random() * 5) : 0;
    const work = async (): Promise<void> => {
      const seeded = await seedRows(world, scenario, random);
      const stop = { cause, request: { attempt: 1, maxFailedRows }, drainsAfterMs: 100 + random() * 6000 };
      const first = await stopped(world, scenario, stop);
      if (first.summary === undefined) {
        // Draining came before the stream was open.
        expect(first.error).toBeInstanceOf(SidecarError);
        expect([first.error, cause]).toEqual([expect.objectContaining({ code: "draining" }), "draining"]);
      } else {
        const { received, acknowledged, failed, notSent, stopped: why } = first.summary;
        expect([received, acknowledged + failed + notSent]).toEqual([scenario.rows.length, scenario.rows.length]);
        expect(first.outcomes.size).toBe(acknowledged + failed);
        if (notSent > 0) expect(why?.code).toBe(cause);
      }
      await settleLate(world);
      expect(world.wire.calls, "requests after the end").toBe(first.calls);
      const told = { ...evidence(world, scenario, seeded), outcomes: first.outcomes };
      expect(breachesWhenStopped(told), `SEED=${seed} ${scenario.mode} ${cause}`).toEqual([]);
      resumed = true;
      const publisher = cause === "draining" ? world.restart() : world.publisher;
      const second = await publish(world, { scenario, request: { attempt: 2 }, publisher });
      await settleLate(world);
      const last = { ...evidence(world, scenario, seeded), outcomes: second.outcomes };
      expect(breaches(last), `SEED=${seed} ${scenario.mode} resumed after ${cause}`).toEqual([]);
      expect(second.summary).toMatchObject({ received: scenario.rows.length, notSent: 0 });
    };
    await world.clock.run(work(), hours);
    expect([world.wire.early, world.permits.used, world.runs.streams]).toEqual([0, 0, 0]);
  });
});

describe("a client", () => {
  it.each(seedsOf(24))("that reads slowly is told of every row, seed %i", async (seed) => {
    const random = seededRandom(seed * 31_337);
    const scenario = createScenario(random);
    // Two bodies and some rows: where one alone fits, one that meets silence until its time is over stops the run.
    const world = createWorld(seed, { faultRate: 0.2, partFaultRate: 0.02, principals: 1, permits: 144 << 10 });
    const work = async (): Promise<void> => {
      const seeded = await seedRows(world, scenario, random);
      const told = await publish(world, { scenario, take: () => world.clock.sleep(random() * 60_000) });
      await settleLate(world);
      const all = { ...evidence(world, scenario, seeded), outcomes: told.outcomes };
      expect(breaches(all), `SEED=${seed} ${scenario.mode}`).toEqual([]);
    };
    await world.clock.run(work(), hours);
    expect(world.permits.used).toBe(0);
  });

  it.each(seedsOf(24))("that refuses its rows ends its stream and no other, seed %i", async (seed) => {
    const random = seededRandom(seed * 27_644_437);
    const scenario = createScenario(random);
    const other = createScenario(random, { first: 1000 });
    const world = createWorld(seed, { faultRate: 0.2, partFaultRate: 0.02, principals: 1, permits: 8192 });
    let left = 1 + Math.floor(random() * 3);
    const take = async (): Promise<void> => {
      left -= 1;
      await world.clock.sleep(random() * 1000);
      if (left <= 0) throw new Error("gone");
    };
    const work = async (): Promise<void> => {
      const seeded = await seedRows(world, other, random);
      const [broken, whole] = await Promise.all([
        publish(world, { scenario, take, request: { partition: 1 } }),
        publish(world, { scenario: other, request: { partition: 2 } }),
      ]);
      await settleLate(world);
      if (left <= 0) expect(broken.error).toMatchObject({ code: "cancelled" });
      const all = { ...evidence(world, other, seeded), outcomes: whole.outcomes };
      expect(breaches(all), `SEED=${seed} ${other.mode}`).toEqual([]);
    };
    await world.clock.run(work(), hours);
    expect([world.permits.used, world.runs.streams]).toEqual([0, 0]);
  });
});
