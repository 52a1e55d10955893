/** Runs that stop for their failed rows, and runs that must not: by what share of all rows fails in the end, whatever refuses them. */
import { describe, expect, it } from "vitest";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { int32, text } from "../support/columns.ts";
import { seededRandom } from "../support/virtual-clock.ts";
import { hours } from "./client.ts";
import type { Told } from "./lookup-world.ts";
import { publish } from "./lookup-world.ts";
import { ordersRefusing } from "./orders.ts";
import { seedsOf } from "./seeds.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

const tables = ordersRefusing({ name: "Closed", code: "0x80040265", message: "The gate is closed." });
const rowsEach = 2000;
/** What a sample of a thousand rows may be off by. */
const margin = 0.06;
const strategies: readonly PublishRequest["strategy"][] = ["BATCH", "BULK", "AUTO"];

interface Settings {
  /** Shares of rows. */
  readonly unfit: number;
  readonly refused: number;
  readonly tolerance: number;
  readonly streams: number;
  readonly keys: number;
  readonly strategy: PublishRequest["strategy"];
}

function settingsOf(random: () => number): Settings {
  return {
    unfit: random() < 0.4 ? 0 : random() * 0.6,
    refused: random() < 0.4 ? 0 : random() * 0.6,
    tolerance: 0.02 + random() * 0.8,
    streams: 1 + Math.floor(random() * 3),
    keys: random() < 0.5 ? 50 : rowsEach,
    strategy: strategies[Math.floor(random() * strategies.length)] ?? "AUTO",
  };
}

interface Row {
  readonly key: number;
  readonly isUnfit: boolean;
  readonly isRefused: boolean;
}

function rowsOf({ unfit, refused, keys }: Settings, random: () => number): readonly Row[] {
  return Array.from({ length: rowsEach }, (_, nth) => ({
    key: keys < rowsEach ? Math.floor(random() * keys) : nth,
    isUnfit: random() < unfit,
    isRefused: random() < refused,
  }));
}

async function stream(
  world: World,
  {
    rows,
    partition,
    settings,
  }: { readonly rows: readonly Row[]; readonly partition: number; readonly settings: Settings },
): Promise<Told> {
  const { strategy, tolerance } = settings;
  const batches = Array.from({ length: 10 }, (_, nth) =>
    rows.slice((nth * rowsEach) / 10, ((nth + 1) * rowsEach) / 10),
  );
  const request = {
    table: "x_order",
    mode: "UPSERT",
    matchOn: ["x_code"],
    maxFailedRatio: tolerance,
    strategy,
  } as const;
  return await publish(
    world,
    { ...request, partition },
    ...batches.map((some) => [
      text(
        "x_code",
        some.map(({ key }) => `code ${partition} ${key}`),
      ),
      text(
        "x_name",
        some.map(({ isRefused }) => (isRefused ? "Closed" : "Open")),
      ),
      int32(
        "x_count",
        some.map(({ isUnfit }) => (isUnfit ? -1 : 1)),
      ),
    ]),
  );
}

describe("a run some of whose rows fail", () => {
  it.each(seedsOf(12))("stops where more of them fail than it tolerates, and only there, seed %i", async (seed) => {
    const random = seededRandom(seed * 15_485_863);
    const settings = settingsOf(random);
    const world = createWorld(seed, { faultRate: 0, partFaultRate: 0, principals: 1 + (seed % 3), tables });
    const inputs = Array.from({ length: settings.streams }, () => rowsOf(settings, random));
    const told = await world.clock.run(
      Promise.all(inputs.map((rows, partition) => stream(world, { rows, partition, settings }))),
      hours,
    );
    const all = inputs.flat();
    const share = all.filter(({ isUnfit, isRefused }) => isUnfit || isRefused).length / all.length;
    const stopped = told.some(({ summary }) => summary.stopped !== undefined);
    const is = `SEED=${seed} ${JSON.stringify(settings)}: ${share} of the rows fail`;
    if (share > settings.tolerance + margin) expect(stopped, is).toBe(true);
    if (share < settings.tolerance - margin) expect(stopped, is).toBe(false);
  });
});
