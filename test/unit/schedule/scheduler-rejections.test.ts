import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Lane } from "../../../server/schedule/lane.ts";
import type { Answer } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
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

/** A throttle that says nothing of which limit it is about. */
const nameless = jsonReply(429, {}, { "retry-after": "1" });

describe.each([
  ["answers 503", unavailable],
  ["breaks off connections", brokenOff],
  ["answers 429 without a word", nameless],
])("a service that %s", (_, beyond) => {
  it("gets no more requests at once than it lets in", async () => {
    expect(await widthBefore(2, { beyond })).toBe(2);
  });
});

describe.each([
  ["answers 503", unavailable],
  ["breaks off connections", brokenOff],
])("a service that %s", (_, beyond) => {
  it("to all of them is away: nothing is known of how many it takes", async () => {
    expect(await widthBefore(0, { beyond, givenUpAfterMs: 600_000 })).toBe(4);
  });
});

describe("a service that refuses one request more than it has room for", () => {
  /** Requests beyond `room`, of reads that begin while work takes all of it and more waits. */
  async function refusedReads(room: number): Promise<{ readonly refused: number; readonly answered: number }> {
    const clock = new VirtualClock();
    const { signal } = new AbortController();
    const beyond = jsonReply(429, errorBody("0x80072326"), { "retry-after": "1" });
    const refused: string[] = [];
    let crowd = 0;
    const principal = new ScriptedPrincipal(async ({ method }) => {
      if (crowd >= room) {
        refused.push(method);
        return beyond;
      }
      crowd += 1;
      await clock.sleep(method === "GET" ? 20 : 5000);
      crowd -= 1;
      return jsonReply(200, {});
    });
    const scheduler = schedulerOf(clock, [principal]);
    const seat = seatOf();
    const post = async (lane: Lane): Promise<void> =>
      void (await lane.send({ method: "POST", path: "$batch", headers: {} }, { signal, work }));
    const turns = Array.from({ length: 60 }, () => scheduler.turn(seat, post, signal));
    let answered = 0;
    await clock.run(clock.sleep(20_000));
    for (let i = 0; i < 10; i += 1) {
      await clock.run(clock.sleep(1000));
      const read = scheduler.opener.send({ method: "GET", path: "EntityDefinitions", headers: {} }, { signal });
      const { status } = await clock.run(read);
      if (status === 200) answered += 1;
    }
    await clock.run(Promise.allSettled(turns));
    return { refused: refused.filter((method) => method === "GET").length, answered };
  }

  it("is asked nothing beside its lanes: a stream that opens has the next that is free", async () => {
    expect(await refusedReads(2)).toEqual({ refused: 0, answered: 10 });
  });
});
