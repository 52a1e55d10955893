/** Rows of several operations, with each request of them going wrong in each way: one outcome a row, and what it says is so. */
import { describe, expect, it } from "vitest";
import type { Mode, PublishRequest } from "../../server/dataverse/request.ts";
import type { Summary } from "../../server/publish/publication.ts";
import { recordBatch, text } from "../support/columns.ts";
import type { Trouble } from "./bad-wire.ts";
import { hours, settleLate } from "./client.ts";
import { planBreaches, planRows, publishPlans } from "./plan-rows.ts";
import type { World } from "./world.ts";
import { createWorld, defaults } from "./world.ts";

const calm = { faultRate: 0, partFaultRate: 0, principals: 1 };
const rows = planRows(6);

/** Requests of a run in which nothing goes wrong. */
async function requestsOf(mode: Mode): Promise<number> {
  const world = createWorld(1, calm);
  const told = await world.clock.run(publishPlans(world, rows, { mode }), hours);
  return told.summary?.requests ?? 0;
}

describe("a row of several operations", () => {
  it.each(["INSERT", "UPSERT"] as const)("is whole at the end, by %s", async (mode) => {
    const world = createWorld(1, calm);
    const work = async (): Promise<void> => {
      const told = await publishPlans(world, rows, { mode });
      expect(told.error).toBeUndefined();
      expect(told.summary).toMatchObject({ received: 6, acknowledged: 6, failed: 0 });
      expect(await planBreaches(world, rows, told)).toEqual([]);
    };
    await world.clock.run(work(), hours);
  });

  it("is found by a business key, changed, and its file cleared", async () => {
    const world = createWorld(1, calm);
    const work = async (): Promise<void> => {
      await publishPlans(world, rows, { mode: "UPSERT", matchOn: ["name"] });
      const changed = rows.map((row) => ({ ...row, state: row.state === 1 ? 0 : 1, status: null, file: null }));
      const request = { mode: "UPDATE", matchOn: ["name"], nulls: "CLEAR", runId: "another" } as const;
      const told = await publishPlans(world, changed, request);
      expect(told.summary).toMatchObject({ acknowledged: 6, updated: 6 });
      expect(await planBreaches(world, changed, told)).toEqual([]);
      expect(world.emulator.rows("account").map((row) => row["new_contract"])).toEqual(rows.map(() => null));
    };
    await world.clock.run(work(), hours);
  });

  it.each(["lost", "reset", "late", "silent", "refused", "throttled", "gateway", "partly", "damaged"] as const)(
    "is whole whichever request meets: %s",
    async (trouble: Trouble) => {
      for (const mode of ["INSERT", "UPSERT"] as const) {
        const most = await requestsOf(mode);
        for (let nth = 1; nth <= most; nth++) {
          const world = createWorld(nth, { ...calm, script: (call) => (call === nth ? trouble : "none") });
          const work = async (): Promise<void> => {
            const told = await publishPlans(world, rows, { mode });
            expect(told.summary, `request ${nth}`).toMatchObject({ received: 6, acknowledged: 6 });
            expect(await planBreaches(world, rows, told), `${mode}, request ${nth}`).toEqual([]);
          };
          await world.clock.run(work(), hours);
        }
      }
    },
    60_000,
  );

  it.each(["forbidden", "unauthorized"] as const)(
    "is partly applied, and goes on there, where the run stops: %s",
    async (trouble: Trouble) => {
      for (const mode of ["INSERT", "UPSERT"] as const) {
        const most = await requestsOf(mode);
        for (let nth = 1; nth <= most; nth++) {
          let resumed = false;
          const world = createWorld(nth, { ...calm, script: (call) => (call === nth && !resumed ? trouble : "none") });
          const work = async (): Promise<void> => {
            const first = await publishPlans(world, rows, { mode, attempt: 1 });
            const { acknowledged = 0, failed = 0, notSent = 0 } = first.summary ?? {};
            expect(acknowledged + failed + notSent, `${mode}, request ${nth}`).toBe(6);
            const codes = new Set([...first.outcomes.values()].map(({ failure }) => failure?.code));
            for (const code of codes) expect([undefined, "partly_applied"]).toContain(code);
            expect(await planBreaches(world, rows, first), `${mode}, request ${nth}`).toEqual([]);
            resumed = true;
            const second = await publishPlans(world, rows, { mode, attempt: 2 });
            expect(second.summary, `${mode}, resumed after ${nth}`).toMatchObject({ acknowledged: 6 });
            expect(await planBreaches(world, rows, second), `${mode}, resumed after ${nth}`).toEqual([]);
          };
          await world.clock.run(work(), hours);
        }
      }
    },
    60_000,
  );
});

describe("an upsert with columns for one side", () => {
  const batch = () =>
    recordBatch(
      text("accountnumber", ["K0", "K1", "K2"]),
      text("made", ["a", "b", "c"]),
      text("changed", ["x", "y", "z"]),
    );
  const request: PublishRequest = {
    ...defaults,
    columns: [
      { sources: ["accountnumber"], target: "accountnumber" },
      { sources: ["made"], target: "name", onlyOn: "CREATE" },
      { sources: ["changed"], target: "description", onlyOn: "UPDATE" },
    ],
  };

  /** @param name of the row that stands there before. */
  async function run(world: World, name: string): Promise<Summary> {
    await world.emulator.handle({
      method: "POST",
      url: "/api/data/v9.2/accounts",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ accountnumber: "K1", name }),
    });
    const publication = await world.publisher.open(request, { fields: batch().columns.map(({ field }) => field) }, () =>
      Promise.resolve(),
    );
    await publication.accept(batch());
    return await publication.end();
  }

  // What it would be created with tells nothing of a row that has it already.
  const troubles = [undefined, "lost", "late", "reset", "throttled", "partly"] as const;
  const points = ["before", "b"].flatMap((name) => troubles.map((trouble) => ({ name, trouble })));

  it.each(points)(
    "sends each row its side, and once, whatever a request meets: $trouble, over $name",
    async ({ name, trouble }) => {
      for (let nth = 1; nth <= 4; nth++) {
        const world = createWorld(nth, { ...calm, script: (call) => (call === nth ? (trouble ?? "none") : "none") });
        const summary = await world.clock.run(run(world, name), hours);
        expect(summary, `request ${nth}`).toMatchObject({ acknowledged: 3, created: 2, updated: 1 });
        await world.clock.run(settleLate(world), hours);
        const rows = world.emulator
          .rows("account")
          .map((row) => [row["accountnumber"], row["name"], row["description"] ?? null]);
        expect(rows.sort(), `request ${nth}`).toEqual([
          ["K0", "a", null],
          ["K1", name, "y"],
          ["K2", "c", null],
        ]);
      }
    },
  );
});
