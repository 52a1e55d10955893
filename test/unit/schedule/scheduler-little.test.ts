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
 * @returns how long each of these took, its opening among it, seconds.
 */
async function smallStreams(): Promise<readonly number[]> {
  const clock = new VirtualClock();
  const principal = new ScriptedPrincipal(async (_request, { work }) => {
    await clock.sleep(1000 * (work?.seconds ?? 0.02));
    return jsonReply(200, {}, cookie);
  });
  const scheduler = schedulerOf(clock, [principal]);
  const over = new AbortController();
  const sender =
    (seconds: number) =>
    async (lane: Lane): Promise<void> => {
      const work = { kind: "rows", rows: 100 * seconds, seconds, requestRows: 7 };
      await lane.send(write, { signal, work });
    };
  const large = seatOf(8);
  const turns = Array.from({ length: 800 }, () => scheduler.turn(large, sender(8), over.signal));
  const took: number[] = [];
  for (let i = 0; i < 25; i += 1) {
    await clock.run(clock.sleep(20_000));
    const from = clock.now();
    const opened = clock.run(scheduler.opener.send(read, { signal }));
    expect((await opened).status).toBe(200);
    await clock.run(scheduler.turn(seatOf(0.2), sender(0.2), signal));
    took.push((clock.now() - from) / 1000);
  }
  over.abort(new Error("over"));
  await clock.run(Promise.allSettled(turns));
  return took;
}

describe("a stream of ten rows", () => {
  it("does not wait until what a large one spent in a volley has left the window", async () => {
    expect(Math.max(...(await smallStreams()))).toBeLessThan(15);
  });
});
