/** The time left, as progress tells it in the burst, in the pause after it and long after, beside the time that it took in the end. */
import { describe, expect, it } from "vitest";
import { lookMs, Pace } from "../../server/publish/runs/pace.ts";
import { repeating, schedulerOf } from "../support/publish/scripted-lane.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import type { Cell } from "./limited-run.ts";
import { EndlessStream, settingsOf } from "./limited-run.ts";
import { LimitedService } from "./limited-service.ts";

/** In the burst, in the pause after it, and in the long time at the pace that windows sustain. */
const looksAt = [60_000, 180_000, 400_000, 900_000, 1_800_000];
/** Told to what it was in the end. */
const least = 0.75;
const most = 1.3;
/** From one second to the next, while there is half a minute left at least. */
const leapMost = 2;
const leapFromMs = 30_000;

interface Told {
  readonly atMs: number;
  readonly etaMs: number | undefined;
}

/** What was told of the time left, and when all rows had been written, milliseconds from the start. */
async function runOf(
  cell: Cell,
  expectedRows: number,
): Promise<{ readonly told: readonly Told[]; readonly endMs: number }> {
  const clock = new VirtualClock({ seed: 1 });
  const service = new LimitedService(settingsOf(cell), clock);
  const principals = Array.from({ length: cell.principals }, (_, i) => ({
    name: `app ${i}`,
    send: service.sender(`app ${i}`),
  }));
  const scheduler = schedulerOf(clock, principals, { resend: repeating(clock) });
  const stream = new EndlessStream(scheduler, clock);
  const pace = new Pace({ clock, scheduler, expectedRows });
  const from = clock.now();
  const told: Told[] = [];
  const halt = new AbortController();
  let counted = 0;
  let settled = 0;
  let endMs = Number.NaN;
  const stop = clock.every(lookMs, () => {
    for (; counted < stream.written.length; counted += 1) settled += stream.written[counted]?.rows ?? 0;
    pace.look({ settled, unsettled: 1, isHeld: false });
    told.push({ atMs: clock.now() - from, etaMs: pace.figures(settled).etaMs });
    if (settled < expectedRows || halt.signal.aborted) return;
    // Now: what is still on the wire is of rows beyond those, since the stream has no end of its own.
    endMs = clock.now() - from;
    halt.abort(new Error("over"));
  });
  await clock.run(stream.run(halt.signal), { maxMs: 48 * 3_600_000 });
  stop();
  return { told, endMs };
}

describe("the time left", () => {
  it.each([
    ["one principal, one server", { principals: 1, servers: 1 }, 2_000_000],
    ["four principals on two servers", { principals: 4, servers: 2 }, 8_000_000],
    ["a capacity below the windows", { principals: 2, servers: 2, lanes: 8 }, 2_000_000],
  ])("of %s is told right to a quarter or so, without leaps", async (_name, cell, rows) => {
    const { told, endMs } = await runOf(cell, rows);
    const ratios = looksAt
      .filter((atMs) => atMs < 0.9 * endMs)
      .map((atMs) => {
        const { etaMs = Number.NaN } = told.find((each) => each.atMs >= atMs) ?? {};
        return etaMs / (endMs - atMs);
      });
    expect(ratios.filter((ratio) => !(ratio > least && ratio < most))).toEqual([]);
    const known = told.flatMap(({ atMs, etaMs }) => (atMs >= 60_000 && etaMs !== undefined ? [etaMs] : []));
    const leaps = known.map((etaMs, i) => Math.max(etaMs, leapFromMs) / Math.max(known[i - 1] ?? etaMs, leapFromMs));
    expect(leaps.filter((leap) => leap > leapMost)).toEqual([]);
  });

  it("of servers that cannot be told apart is told when the first refusal has said how many they are about", async () => {
    const { told, endMs } = await runOf({ principals: 1, servers: 4, affinity: "absent" }, 2_000_000);
    const ratios = told.flatMap(({ atMs, etaMs }) =>
      etaMs === undefined || atMs > 0.9 * endMs ? [] : [etaMs / (endMs - atMs)],
    );
    expect(ratios.length).toBeGreaterThan(800);
    expect(ratios.filter((ratio) => !(ratio > 0.7 && ratio < most))).toEqual([]);
  });

  it("of servers that cannot be told apart is told at once where one of them would do", async () => {
    const { told } = await runOf({ principals: 1, servers: 4, affinity: "absent" }, 100_000);
    expect(told.filter(({ atMs, etaMs }) => atMs >= 12_000 && etaMs === undefined)).toEqual([]);
    expect(told.length).toBeGreaterThan(20);
  });
});
