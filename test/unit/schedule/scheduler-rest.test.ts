import { expect, it } from "vitest";
import type { Lane } from "../../../server/schedule/lane.ts";
import { jsonReply, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
import { seededRandom, VirtualClock } from "../../support/virtual-clock.ts";

const { signal } = new AbortController();
const write = { method: "POST", path: "$batch", headers: {} } as const;

it("has no more lanes than memory lets be used: what they would do to the service could not be compared", async () => {
  const [memory, roomySeconds, seconds] = [24, 10, 40];
  const clock = new VirtualClock();
  const random = seededRandom(3);
  const from = clock.now();
  let running = 0;
  const principal = new ScriptedPrincipal(async () => {
    running += 1;
    // At first nothing that memory lets run makes anything slower, and later all of it does.
    const capacity = clock.now() < from + roomySeconds * 1000 ? memory : 4;
    await clock.sleep(200 * (0.8 + 0.4 * random()) * Math.max(1, running / capacity));
    running -= 1;
    return jsonReply(200, {});
  });
  const scheduler = schedulerOf(clock, [principal]);
  let bodies = 0;
  const waiting: (() => void)[] = [];
  const work = async (lane: Lane): Promise<void> => {
    if (bodies === memory) {
      lane.rest();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else bodies += 1;
    await lane.send(write, { signal, work: { kind: "rows", rows: 100, seconds: 1, requestRows: 7.5 } });
    const next = waiting.shift();
    if (next === undefined) bodies -= 1;
    else next();
  };
  const stream = async (): Promise<void> => {
    while (clock.now() < from + seconds * 1000) await scheduler.turn(seatOf(), work, signal);
  };
  await clock.run(Promise.all(Array.from({ length: 512 }, stream)), { maxMs: 3_600_000 });
  expect(scheduler.width).toBeLessThanOrEqual(memory);
});
