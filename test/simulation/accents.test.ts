/** Two streams at once, whose keys differ in accents, case and trailing blanks alone, in environments of both kinds of collation. */
import { describe, expect, it } from "vitest";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { parseTables } from "../emulator/schema/load.ts";
import { int32, text } from "../support/columns.ts";
import { hours } from "./client.ts";
import type { Told } from "./lookup-world.ts";
import { publish } from "./lookup-world.ts";
import { seedsOf } from "./seeds.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

const tables = parseTables(`
tables:
  x_person:
    primary_name: x_name
    columns:
      x_name: {type: text, max_length: 100}
      x_count: {type: integer}
`);
const count = 30;
const strategies: readonly PublishRequest["strategy"][] = ["BATCH", "BULK", "AUTO"];

/** To an environment of such a language, é is e: it sees no accent in what is written or asked. */
function withoutAccents(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body).toString("utf8");
  return Buffer.from(text.replaceAll(/é|%C3%A9/gi, "e").replaceAll(/è|%C3%A8/gi, "e"));
}

async function race(seed: number, isSensitive: boolean): Promise<{ world: World; told: readonly Told[] }> {
  const wire = { faultRate: 0, partFaultRate: 0, principals: 1 + (seed % 2) };
  const world = createWorld(seed, { ...wire, tables, ...(isSensitive ? {} : { takenFor: withoutAccents }) });
  const strategy = strategies[seed % strategies.length] ?? "AUTO";
  const spellings = [(n: number) => `Hélène ${n}`, (n: number) => `HELENE ${n}  `];
  const told = await world.clock.run(
    Promise.all(
      spellings.map((spelt, nth) =>
        publish(world, { table: "x_person", mode: "UPSERT", matchOn: ["x_name"], strategy, runId: `run ${nth}` }, [
          text(
            "x_name",
            Array.from({ length: count }, (_, n) => spelt(n)),
          ),
          int32(
            "x_count",
            Array.from({ length: count }, (_, n) => nth * count + n),
          ),
        ]),
      ),
    ),
    hours,
  );
  return { world, told };
}

describe("two streams that find no row of their keys", () => {
  it.each(seedsOf(6))("make one row where the service takes é for e, seed %i", async (seed) => {
    const { world, told } = await race(seed, false);
    expect(told.map(({ summary }) => summary.failed)).toEqual([0, 0]);
    expect(world.emulator.rows("x_person")).toHaveLength(count);
  });

  it.each(seedsOf(6))("make two where é is a letter of its own, seed %i", async (seed) => {
    const { world, told } = await race(seed, true);
    expect(told.map(({ summary }) => summary.failed)).toEqual([0, 0]);
    const counts = world.emulator.rows("x_person").map((row) => Number(row["x_count"]));
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2 * count }, (_, n) => n));
  });
});
