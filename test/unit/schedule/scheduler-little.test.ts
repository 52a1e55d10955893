import { describe, expect, it } from "vitest";
import type { Lane } from "../../../server/schedule/lane.ts";
import { jsonReply, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const { signal } = new AbortController();
const read = { method: "GET", path: "EntityDefinitions", headers: {} } as const;
const write = { method: "POST", path: "$batch", headers: {} } as const;
const cookie = { "set-cookie": "ARRAffinity=a; path=/" };

/**
 * A large stream without end on one server that has the capacity for a volley, and from then on a stream of ten rows every 20 s.
 * @param inRow requests of each of the large one's turns. @returns how long each of these took, its opening among it, seconds.
 */
async function smallStreams(inRow: number): Promise<readonly number[]> {
  const clock = new VirtualClock();
  const principal = new ScriptedPrincipal(async (_request, { work }) => {
    await clock.sleep(1000 * (work?.seconds ?? 0.02));
    return jsonReply(200, {}, cookie);
  });
  const scheduler = schedulerOf(clock, [principal]);
  const over = new AbortController();
  const sender =
    (seconds: number, requests: number) =>
    async (lane: Lane): Promise<void> => {
      const work = { kind: "rows", rows: 100 * seconds, seconds, requestRows: 7 };
      for (let i = 0; i < requests; i += 1) await lane.send(write, { signal, work });
    };
  const large = seatOf(8);
  const turns = Array.from({ length: 800 }, () => scheduler.turn(large, sender(8, inRow), over.signal));
  const took: number[] = [];
  for (let i = 0; i < 25; i += 1) {
    await clock.run(clock.sleep(20_000));
    const from = clock.now();
    const opened = clock.run(scheduler.opener.send(read, { signal }));
    expect((await opened).status).toBe(200);
    await clock.run(scheduler.turn(seatOf(0.2), sender(0.2, 1), signal));
    took.push((clock.now() - from) / 1000);
  }
  over.abort(new Error("over"));
  await clock.run(Promise.allSettled(turns));
  return took;
}

describe("a stream of ten rows", () => {
  it("does not wait until what a large one spent in a volley has left the window", async () => {
    expect(Math.max(...(await smallStreams(1)))).toBeLessThan(15);
  });

  it("does not wait behind a large one's turns that have begun and wait for the window", async () => {
    expect(Math.max(...(await smallStreams(3)))).toBeLessThan(30);
  });

  it("waits for no lane with its second request either", async () => {
    const clock = new VirtualClock();
    const principal = new ScriptedPrincipal(async (_request, { work }) => {
      await clock.sleep(1000 * (work?.seconds ?? 0.02));
      return jsonReply(200, {});
    });
    const scheduler = schedulerOf(clock, [principal]);
    const large = seatOf(60);
    const long = async (lane: Lane): Promise<void> =>
      void (await lane.send(write, { signal, work: { kind: "rows", rows: 6000, seconds: 60, requestRows: 7 } }));
    const turns = Array.from({ length: 30 }, () => scheduler.turn(large, long, signal));
    await clock.run(clock.sleep(70_000));
    const from = clock.now();
    const twice = async (lane: Lane): Promise<void> => {
      const work = { kind: "rows", rows: 20, seconds: 0.2, requestRows: 7 };
      for (let i = 0; i < 2; i += 1) await lane.send(write, { signal, work });
    };
    await clock.run(scheduler.turn(seatOf(0.2), twice, signal));
    expect(clock.now() - from).toBeLessThan(1000);
    await clock.run(Promise.allSettled(turns));
  });
});
