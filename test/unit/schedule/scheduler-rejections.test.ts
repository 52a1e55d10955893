import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Answer } from "../../support/publish/scripted-lane.ts";
import { jsonReply, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const work = { kind: "rows", rows: 10, seconds: 1, requestRows: 7.5 };

const unavailable = jsonReply(503, {});
const brokenOff = new SidecarError("outcome_unknown", "The connection was reset.");

/** Requests at once before a service that has room for so many, and `beyond` for the others, after a hundred or when they are given up. */
async function widthBefore(
  room: number,
  { beyond, givenUpAfterMs }: { beyond: Answer; givenUpAfterMs?: number },
): Promise<number> {
  const clock = new VirtualClock();
  const over = new AbortController();
  const { signal } = over;
  let crowd = 0;
  const principal = new ScriptedPrincipal(async () => {
    await clock.sleep(100);
    if (crowd >= room) return beyond;
    crowd += 1;
    await clock.sleep(1000);
    crowd -= 1;
    return jsonReply(200, {});
  });
  const scheduler = schedulerOf(clock, [principal]);
  const seat = seatOf();
  const turn = (): Promise<void> =>
    scheduler.turn(
      seat,
      async (lane) => void (await lane.send({ method: "POST", path: "$batch", headers: {} }, { signal, work })),
      signal,
    );
  const all = Promise.allSettled(Array.from({ length: 100 }, turn));
  if (givenUpAfterMs !== undefined) {
    await clock.run(clock.sleep(givenUpAfterMs));
    over.abort(new Error("given up"));
  }
  await clock.run(all);
  return scheduler.width;
}

describe.each([
  ["answers 503", unavailable],
  ["breaks off connections", brokenOff],
])("a service that %s", (_, beyond) => {
  it("gets no more requests at once than it lets in", async () => {
    expect(await widthBefore(2, { beyond })).toBe(2);
  });

  it("to all of them is away: nothing is known of how many it takes", async () => {
    expect(await widthBefore(0, { beyond, givenUpAfterMs: 600_000 })).toBe(4);
  });
});
