/** Mode × key × strategy × type, generated: each value is read back equal, under lost replies, resends and restarts at every request. */
import { describe, expect, it } from "vitest";
import type { Mode, PublishRequest } from "../../server/dataverse/request.ts";
import type { Trouble } from "./bad-wire.ts";
import { hours, settleLate } from "./client.ts";
import { typedColumns } from "./matrix-columns.ts";
import { keyKinds } from "./matrix-keys.ts";
import type { Point, Told } from "./matrix-world.ts";
import { matrixBreaches, matrixWorld, publishPoint } from "./matrix-world.ts";

const modes: readonly Mode[] = ["INSERT", "UPDATE", "UPSERT", "DELETE"];
const strategies: readonly PublishRequest["strategy"][] = ["BATCH", "BULK", "AUTO"];
const keys = [undefined, ...keyKinds];

const points = modes
  .flatMap((mode) => keys.flatMap((key) => strategies.map((strategy): Point => ({ mode, key, strategy }))))
  // Only an INSERT goes by content; a standard table has no DeleteMultiple.
  .filter(({ mode, key }) => mode === "INSERT" || key !== undefined)
  .filter(({ mode, strategy }) => mode !== "DELETE" || strategy !== "BULK")
  .map((point) => ({ ...point, name: `${point.mode} ${point.strategy} by ${point.key?.name ?? "content"}` }));

/** Until a run ends before its trouble; more would go in circles. */
const requestsMax = 40;

async function run(point: Point, script: (call: number) => Trouble | "none"): Promise<{ told: Told; found: string[] }> {
  const world = await matrixWorld(point, { script });
  const work = async (): Promise<{ told: Told; found: string[] }> => {
    const told = await publishPoint(world, point, { publisher: world.publisher, attempt: 0 });
    await settleLate(world);
    return { told, found: matrixBreaches(world, point, told) };
  };
  return await world.clock.run(work(), hours);
}

/** The client and the process vanish when the nth request leaves; a new process is given the same run. */
async function restart(point: Point, nth: number): Promise<{ hit: boolean; found: string[] }> {
  const dies = Promise.withResolvers<void>();
  let hit = false;
  const script = (call: number): "none" => {
    if (call === nth && !hit) dies.resolve();
    hit ||= call === nth;
    return "none";
  };
  const world = await matrixWorld(point, { script });
  const work = async (): Promise<{ hit: boolean; found: string[] }> => {
    const gone = hit;
    await publishPoint(world, point, { publisher: world.publisher, attempt: 1, dies: dies.promise });
    const reached = hit && !gone;
    const told = await publishPoint(world, point, { publisher: world.restart(), attempt: 2 });
    await settleLate(world);
    return { hit: reached, found: matrixBreaches(world, point, told) };
  };
  return await world.clock.run(work(), hours);
}

describe("every type", () => {
  it.each(points)("is read back equal: $name", async (point) => {
    const { told, found } = await run(point, () => "none");
    expect(told.error).toBeUndefined();
    expect(found).toEqual([]);
  });
});

const troubles = ["lost", "late", "damaged"] as const;

/** Fewer types at once, or most of the time would go into reading metadata: each point has others, and x_int tells old from new. */
const sweeps = points
  .filter(({ strategy }) => strategy !== "AUTO")
  .map((point, i) => {
    const some = [0, 7, 14].map((step) => typedColumns[(i + step) % typedColumns.length]);
    const columns = typedColumns.filter((column) => column.target === "x_int" || some.includes(column));
    return { ...point, columns, i };
  });

describe("no row is lost, doubled or regressed", () => {
  it.each(sweeps)("whichever reply is lost, late or damaged: $name", async ({ i, ...point }) => {
    for (let nth = 1, hit = true; hit; nth++) {
      expect(nth).toBeLessThan(requestsMax);
      hit = false;
      const trouble = troubles[(i + nth) % troubles.length] ?? "lost";
      const { found } = await run(point, (call) => {
        hit ||= call === nth;
        return call === nth ? trouble : "none";
      });
      expect(found, `request ${nth} ${trouble}`).toEqual([]);
    }
  });

  it.each(sweeps)("wherever the client and the process end: $name", async (point) => {
    for (let nth = 1, goesOn = true; goesOn && nth < requestsMax; nth++) {
      const { hit, found } = await restart(point, nth);
      expect(found, `request ${nth}`).toEqual([]);
      goesOn = hit;
    }
  });
});
