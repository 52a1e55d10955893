/** Rows that only the service can refuse, from none to one in ten: each fails alone, and every other is applied once. */
import { describe, expect, it } from "vitest";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { readCosts } from "../emulator/limits/cost.ts";
import { int32, text } from "../support/columns.ts";
import { hours } from "./client.ts";
import type { Told } from "./lookup-world.ts";
import { create, publish } from "./lookup-world.ts";
import { ordersRefusing } from "./orders.ts";
import { createWorld } from "./world.ts";

const tables = ordersRefusing({ name: "Bad", code: "0x80040265", message: "The plug-in wants another name." });

const rowCount = 1000;
const codes = Array.from({ length: rowCount }, (_, i) => `code ${i}`);
const strategies: readonly PublishRequest["strategy"][] = ["AUTO", "BULK", "BATCH"];
const cases = [0, 0.001, 0.01, 0.1].flatMap((density) =>
  strategies.flatMap((strategy) =>
    (["INSERT", "UPSERT", "UPDATE"] as const).map((mode) => ({ percent: 100 * density, density, strategy, mode })),
  ),
);

describe("rows that a plug-in refuses", () => {
  it.each(cases)("fail alone: $percent % by $mode $strategy", async ({ density, strategy, mode }) => {
    const every = Math.round(1 / density);
    const bad = codes.map((_, i) => density > 0 && i % every === every >> 1);
    const costs = readCosts("noise=on,failed=part");
    const world = createWorld(37, { faultRate: 0, partFaultRate: 0, principals: 1, tables, costs });
    const key = mode === "INSERT" ? { rowKey: ["x_code"] } : { matchOn: ["x_code"] };
    const work = async (): Promise<Told> => {
      if (mode === "UPDATE") await create(world, "x_orders", ...codes.map((x_code) => ({ x_code })));
      return await publish(
        world,
        { table: "x_order", mode, strategy, ...key },
        ...[0, 500].map((from) => [
          text("x_code", codes.slice(from, from + 500)),
          text(
            "x_name",
            bad.slice(from, from + 500).map((isBad) => (isBad ? "Bad" : "fine")),
          ),
          int32(
            "x_count",
            codes.slice(from, from + 500).map((_, i) => from + i),
          ),
        ]),
      );
    };
    const { outcomes } = await world.clock.run(work(), hours);
    expect(outcomes.map((code) => code === "logic_rejected")).toEqual(bad);
    expect(outcomes.filter((code) => code !== "logic_rejected" && !/^(created|updated|upserted)$/.test(code))).toEqual(
      [],
    );
    const effects = Map.groupBy(world.emulator.ledger.effects, ({ values }) => values?.["x_count"]);
    const applied = codes.map((_, i) => effects.get(i)?.length ?? 0);
    expect(applied).toEqual(bad.map((isBad) => (isBad ? 0 : 1)));
  });
});
