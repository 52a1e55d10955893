import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Lane } from "../../../server/schedule/lane.ts";
import type { Scheduler } from "../../../server/schedule/scheduler.ts";
import type { Answer } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const work = { kind: "rows", rows: 10, seconds: 1, requestRows: 7.5 };

const { signal: live } = new AbortController();

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
  const read = { method: "GET", path: "EntityDefinitions", headers: {} } as const;
  const few = { method: "POST", path: "few", headers: {} } as const;
  const opened = async ({ opener }: Scheduler): Promise<void> => void (await opener.send(read, { signal: live }));
  const published = async (scheduler: Scheduler): Promise<void> => {
    const send = async (lane: Lane): Promise<void> =>
      void (await lane.send(few, { signal: live, work: { ...work, rows: 1, seconds: 0.02 } }));
    await scheduler.turn(seatOf(0.02), send, live);
  };

  /** Requests beyond `room`, of those that begin while work takes all of it and more waits. */
  async function refusedBeside(
    room: number,
    ask: (scheduler: Scheduler) => Promise<void>,
  ): Promise<{ readonly refused: number; readonly answered: number }> {
    const clock = new VirtualClock();
    const beyond = jsonReply(429, errorBody("0x80072326"), { "retry-after": "1" });
    const [refused, answered]: [string[], string[]] = [[], []];
    let crowd = 0;
    const principal = new ScriptedPrincipal(async ({ path }) => {
      if (crowd >= room) {
        refused.push(path);
        return beyond;
      }
      crowd += 1;
      await clock.sleep(path === "$batch" ? 5000 : 20);
      crowd -= 1;
      answered.push(path);
      return jsonReply(200, {});
    });
    const scheduler = schedulerOf(clock, [principal]);
    const seat = seatOf();
    const post = async (lane: Lane): Promise<void> =>
      void (await lane.send({ method: "POST", path: "$batch", headers: {} }, { signal: live, work }));
    const turns = Array.from({ length: 60 }, () => scheduler.turn(seat, post, live));
    await clock.run(clock.sleep(20_000));
    for (let i = 0; i < 10; i += 1) {
      await clock.run(clock.sleep(1000));
      await clock.run(ask(scheduler));
    }
    await clock.run(Promise.allSettled(turns));
    const those = (path: string): boolean => path !== "$batch";
    return { refused: refused.filter(those).length, answered: answered.filter(those).length };
  }

  it("is asked nothing beside its lanes: a stream that opens has the next that is free", async () => {
    expect(await refusedBeside(2, opened)).toEqual({ refused: 0, answered: 10 });
  });

  it("gets no stream of ten rows beside its lanes either", async () => {
    expect(await refusedBeside(2, published)).toEqual({ refused: 0, answered: 10 });
  });
});
