/** A service that is away, for an hour or for good: the stream ends within a bound, with the right words, and a replay finishes it. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../support/virtual-clock.ts";
import type { Trouble } from "./bad-wire.ts";
import { evidence, hours, publish, seedRows, settleLate } from "./client.ts";
import { breaches, breachesWhenStopped } from "./oracle.ts";
import { createScenario } from "./scenario.ts";
import { seedsOf } from "./seeds.ts";
import { createWorld } from "./world.ts";

/** What goes wrong -> codes that rows may fail with. */
const always: readonly (readonly [Trouble, readonly string[]])[] = [
  ["throttled", ["deadline_passed"]],
  ["internal", ["outcome_unknown"]],
  ["silent", ["outcome_unknown"]],
  ["damaged", ["outcome_unknown"]],
  ["cut", ["outcome_unknown"]],
];
/** Nobody is let in, or nobody is answered: a service that is away, as during maintenance. */
const doors = ["refused", "unavailable", "gateway", "reset", "lost", "late"] as const satisfies readonly Trouble[];
const modes = ["UPSERT", "INSERT"] as const;
const strategies = ["BATCH", "BULK"] as const;
const ways = modes.flatMap((mode) => strategies.map((strategy) => ({ mode, strategy })));
// Rows that would be written over others are read first, and not sent where nobody answers.
const unread = { UPSERT: ["deadline_passed"], INSERT: [] };
const cases = always.flatMap(([trouble, codes]) =>
  ways.map((way) => ({ trouble, codes: [...codes, ...unread[way.mode]], ...way })),
);

const closedDoors = doors.flatMap((trouble) => ways.map((way) => ({ trouble, ...way })));

/** Rows that the metadata forbids fail of that, whatever the service does. */
const anyway = ["value_not_mappable", "blocked_by_earlier_row"];

/** Four batches go at once; each is tried for some 40 minutes at most, a silent service for 300 s an attempt. */
const longestMs = 3 * 3_600_000;

describe("a service that is away for good", () => {
  it.each(cases)("ends the stream: $mode $strategy, always $trouble", async ({ trouble, codes, ...way }) => {
    const scenario = createScenario(seededRandom(7), { ...way, rowsMax: 200 });
    const world = createWorld(11, { faultRate: 0, partFaultRate: 0, principals: 1, script: () => trouble });
    const from = world.clock.now();
    const work = async (): Promise<void> => {
      const { summary, outcomes } = await publish(world, { scenario });
      expect(world.clock.now() - from).toBeLessThan(longestMs);
      expect(summary?.acknowledged).toBe(0);
      const told = new Set([...outcomes.values()].map(({ failure }) => failure?.code ?? "no failure"));
      expect([...told].filter((code) => !codes.includes(code) && !anyway.includes(code))).toEqual([]);
      expect([...told].some((code) => codes.includes(code))).toBe(true);
      const unmended = [...outcomes.values()].filter(({ failure }) => failure?.retryable === false);
      expect(unmended.filter(({ failure }) => failure?.code !== "value_not_mappable")).toEqual([]);
      await settleLate(world);
    };
    await world.clock.run(work(), hours);
    expect([world.wire.early, world.permits.used]).toEqual([0, 0]);
  });

  it.each([...ways, { mode: "UPDATE", strategy: "BULK" }, { mode: "DELETE", strategy: "BATCH" }] as const)(
    "ends the stream though every part, or bulk message, is refused for its own sake: $mode $strategy",
    async (way) => {
      const scenario = createScenario(seededRandom(5), { ...way, rowsMax: 120 });
      const world = createWorld(3, { faultRate: 0, partFaultRate: 1, principals: 2 });
      const from = world.clock.now();
      const { summary } = await world.clock.run(publish(world, { scenario }), hours);
      expect(world.clock.now() - from).toBeLessThan(longestMs);
      expect(summary).toMatchObject({ acknowledged: 0, failed: scenario.rows.length });
      expect(world.wire.early).toBe(0);
    },
  );
});

describe("a service that lets nobody in", () => {
  it.each(closedDoors)(
    "for 8 minutes fails no row, is hardly knocked at, and is used again at once: $mode $strategy, $trouble",
    async ({ trouble, ...way }) => {
      const scenario = createScenario(seededRandom(31), { ...way, uniqueKeys: true, rowsMax: 400 });
      const away = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
      let knocks = 0;
      const world = createWorld(37, {
        faultRate: 0,
        partFaultRate: 0,
        principals: 2,
        script: () => {
          const now = world.clock.now();
          const isAway = now >= away.from && now < away.to;
          if (isAway) knocks += 1;
          return isAway ? trouble : "none";
        },
      });
      const work = async (): Promise<void> => {
        away.from = world.clock.now() + 700;
        away.to = away.from + 480_000;
        const { outcomes, summary } = await publish(world, { scenario });
        const failed = [...outcomes.values()].flatMap(({ failure }) => failure?.code ?? []);
        expect(failed.filter((code) => code !== "value_not_mappable")).toEqual([]);
        expect([summary?.stopped, summary?.received]).toEqual([undefined, scenario.rows.length]);
        expect(breaches({ ...evidence(world, scenario, new Set()), outcomes })).toEqual([]);
        expect(knocks).toBeGreaterThan(10);
        expect(knocks).toBeLessThanOrEqual(60);
        expect(world.clock.now() - away.to, "the last question was asked up to 30 s before").toBeLessThan(40_000);
      };
      await world.clock.run(work(), hours);
    },
  );

  it.each(closedDoors)(
    "for longer than the progress timeout stops the run; what did not leave counts as not sent: $mode $strategy, $trouble",
    async ({ trouble, ...way }) => {
      const scenario = createScenario(seededRandom(7), { ...way, rowsMax: 200 });
      const world = createWorld(11, { faultRate: 0, partFaultRate: 0, principals: 1, script: () => trouble });
      const from = world.clock.now();
      const work = async (): Promise<void> => {
        const { outcomes, summary } = await publish(world, { scenario });
        expect(summary?.stopped?.code).toBe("progress_timeout");
        expect(world.clock.now() - from).toBeLessThan(960_000);
        const { received = 0, acknowledged = 0, failed = 0, notSent = 0 } = summary ?? {};
        expect([acknowledged, notSent > 0]).toEqual([0, true]);
        expect([received, outcomes.size]).toEqual([failed + notSent, failed]);
        const codes = new Set([...outcomes.values()].map(({ failure }) => failure?.code));
        expect([...codes].filter((code) => code !== "outcome_unknown" && !anyway.includes(code ?? ""))).toEqual([]);
        expect(breachesWhenStopped({ ...evidence(world, scenario, new Set()), outcomes })).toEqual([]);
        expect(world.wire.calls).toBeLessThanOrEqual(80);
      };
      await world.clock.run(work(), hours);
      expect(world.permits.used).toBe(0);
    },
  );
});

describe("a service that fails nine times out of ten", () => {
  it.each(seedsOf(40))("gets no row out of order, seed %i", async (seed) => {
    const random = seededRandom(seed * 2_038_074_743);
    const scenario = createScenario(random, { rowsMax: 120 });
    const world = createWorld(seed, { faultRate: 0.9, partFaultRate: 0.05, principals: 1 + (seed % 2) });
    const work = async (): Promise<void> => {
      const seeded = await seedRows(world, scenario, random);
      const { outcomes, summary } = await publish(world, { scenario });
      await settleLate(world);
      const all = { ...evidence(world, scenario, seeded), outcomes };
      const stopped = summary?.stopped?.code === "progress_timeout";
      const found = stopped ? breachesWhenStopped(all) : breaches(all);
      expect(found, `SEED=${seed} ${scenario.mode} ${scenario.strategy}`).toEqual([]);
    };
    await world.clock.run(work(), hours);
    expect(world.wire.early).toBe(0);
  });
});

describe("a service that is away for an hour", () => {
  it.each([...cases, ...closedDoors.map((each) => ({ ...each, codes: [] }))])(
    "loses nothing, and a replay finishes it: $mode $strategy, $trouble",
    async ({ trouble, codes: _, ...way }) => {
      const random = seededRandom(23);
      const scenario = createScenario(random, { ...way, uniqueKeys: true, rowsMax: 200 });
      const start = { ms: 0 };
      const world = createWorld(29, {
        faultRate: 0,
        partFaultRate: 0.02,
        principals: 2,
        script: () => (world.clock.now() - start.ms < 3_600_000 ? trouble : "none"),
      });
      start.ms = world.clock.now();
      const work = async (): Promise<void> => {
        await publish(world, { scenario });
        await world.clock.sleep(3_600_000);
        const { outcomes } = await publish(world, { scenario, request: { attempt: 1 } });
        await settleLate(world);
        const found = { ...evidence(world, scenario, new Set()), outcomes };
        expect(breaches(found), `${way.mode} ${way.strategy} ${trouble}`).toEqual([]);
        const failed = [...outcomes.values()].filter(({ failure }) => failure !== undefined);
        expect(new Set(failed.map(({ failure }) => failure?.code))).toEqual(
          new Set(failed.length > 0 ? ["value_not_mappable"] : []),
        );
      };
      await world.clock.run(work(), hours);
      expect(world.wire.early).toBe(0);
    },
  );
});
