/** Rows that a careless publisher would call done: each is looked for by name. What the emulator's ledger shows decides. */
import { describe, expect, it } from "vitest";
import type { Mode, PublishRequest } from "../../server/dataverse/request.ts";
import { int32, text } from "../support/columns.ts";
import { hours } from "./client.ts";
import type { Told } from "./lookup-world.ts";
import { create, publish } from "./lookup-world.ts";
import { ordersRefusing } from "./orders.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

/** A plug-in of the table makes a child row, and the child's insert meets a key that exists: the code is the one of our own key. */
const tables = ordersRefusing({ name: "Child", code: "0x80040237", message: "Cannot insert duplicate key." });

const strategies: readonly PublishRequest["strategy"][] = ["BATCH", "BULK", "AUTO"];
const ways = (["INSERT", "UPSERT", "UPDATE"] as const).flatMap((mode) =>
  strategies.map((strategy) => ({ mode, strategy })),
);
const rowCount = 40;
/** No row of the input has it. */
const countBefore = 1000;
const codes = Array.from({ length: rowCount }, (_, i) => `code ${i}`);

function requestOf(mode: Mode, strategy: PublishRequest["strategy"]): Partial<PublishRequest> {
  const key = mode === "INSERT" ? { rowKey: ["x_code"] } : { matchOn: ["x_code"] };
  return { table: "x_order", mode, strategy, ...key };
}

function newWorld(): World {
  return createWorld(31, { faultRate: 0, partFaultRate: 0, principals: 1, tables });
}

async function seed(world: World, mode: Mode): Promise<void> {
  if (mode === "INSERT") return;
  await create(world, "x_orders", ...codes.map((x_code) => ({ x_code, x_name: "before", x_count: countBefore })));
}

function counts(world: World): ReadonlyMap<string, unknown> {
  return new Map(world.emulator.rows("x_order").map((row) => [String(row["x_code"]), row["x_count"]]));
}

describe("a plug-in's child insert that fails with the code of a duplicate key", () => {
  it.each(ways)("fails its row, which is not there, and no other: $mode $strategy", async ({ mode, strategy }) => {
    const world = newWorld();
    const work = async (): Promise<Told> => {
      await seed(world, mode);
      return await publish(world, requestOf(mode, strategy), [
        text("x_code", codes),
        text(
          "x_name",
          codes.map((_, i) => (i % 13 === 5 ? "Child" : "fine")),
        ),
        int32(
          "x_count",
          codes.map((_, i) => i),
        ),
      ]);
    };
    const { outcomes } = await world.clock.run(work(), hours);
    const refused = codes.flatMap((_, i) => (i % 13 === 5 ? [i] : []));
    expect(outcomes.flatMap((code, i) => (code === "row_rejected" ? [i] : []))).toEqual(refused);
    const before = mode === "INSERT" ? undefined : countBefore;
    const stands = counts(world);
    for (const [i, code] of codes.entries()) expect(stands.get(code)).toBe(refused.includes(i) ? before : i);
  });
});

describe("a row between two of its key that are equal", () => {
  it.each(ways.filter(({ mode }) => mode !== "INSERT"))(
    "fails where it is refused, though what stands there is what comes after it: $mode $strategy",
    async ({ mode, strategy }) => {
      const world = newWorld();
      const thrice = ["fine", "Child", "fine"].flatMap((x_name) => codes.map((x_code) => ({ x_name, x_code })));
      const work = async (): Promise<Told> => {
        await seed(world, mode);
        return await publish(world, requestOf(mode, strategy), [
          text(
            "x_code",
            thrice.map(({ x_code }) => x_code),
          ),
          text(
            "x_name",
            thrice.map(({ x_name }) => x_name),
          ),
        ]);
      };
      const { outcomes } = await world.clock.run(work(), hours);
      expect(new Set(outcomes.slice(rowCount, 2 * rowCount))).toEqual(new Set(["row_rejected"]));
    },
  );
});

describe("keys that differ in case or trailing blanks alone", () => {
  const twins = codes.flatMap((code, i) => (i % 3 === 0 ? [code, code.toUpperCase(), `${code}  `] : [code]));
  const columns = [text("x_code", twins), int32("x_count", [...twins.keys()])];
  const folded = (code: string): string => code.trimEnd().toLowerCase();

  it.each(strategies)("make one row of an INSERT, and the others fail: %s", async (strategy) => {
    const world = newWorld();
    const { outcomes } = await world.clock.run(publish(world, requestOf("INSERT", strategy), columns), hours);
    const stands = counts(world);
    expect(stands.size).toBe(rowCount);
    for (const [code, count] of stands) {
      const claims = twins.flatMap((twin, at) => (folded(twin) === folded(code) ? [at] : []));
      const acknowledged = claims.filter((at) => outcomes[at] === "created");
      expect(acknowledged, code).toEqual([count]);
    }
  });

  it.each(ways.filter(({ mode }) => mode !== "INSERT"))(
    "are each applied, the last one last: $mode $strategy",
    async ({ mode, strategy }) => {
      const world = newWorld();
      const work = async (): Promise<Told> => {
        await seed(world, mode);
        return await publish(world, requestOf(mode, strategy), columns);
      };
      const { outcomes } = await world.clock.run(work(), hours);
      expect(new Set(outcomes)).toEqual(new Set([mode === "UPDATE" ? "updated" : outcomes[0]]));
      const applied = [...world.emulator.ledger.effects].map(({ values }) => Number(values?.["x_count"] ?? -1));
      const stands = counts(world);
      for (const [at, twin] of twins.entries()) {
        expect(
          applied.filter((count) => count === at),
          `${twin} was passed over`,
        ).toHaveLength(1);
        const last = twins.findLastIndex((other) => folded(other) === folded(twin));
        expect(stands.get(folded(twin))).toBe(last);
      }
    },
  );
});
