import { expect, it } from "vitest";
import type { Lane } from "../../../server/schedule/lane.ts";
import { errorBody, jsonReply, ScriptedPrincipal, schedulerOf, seatOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const { signal: live } = new AbortController();

it("grants no place to a request that was stopped in the very moment in which one became free: nobody would free it", async () => {
  const clock = new VirtualClock();
  const scheduler = schedulerOf(clock, [new ScriptedPrincipal(() => jsonReply(200, {}))]);
  const lanes: Lane[] = [];
  const hold = Promise.withResolvers<void>();
  const work = async (lane: Lane): Promise<void> => {
    lanes.push(lane);
    await hold.promise;
  };
  const turns = Array.from({ length: scheduler.width }, () => scheduler.turn(seatOf(), work, live));
  await clock.turn();
  const over = new AbortController();
  const trip = { signal: over.signal, work: { kind: "rows", rows: 10, seconds: 1, requestRows: 7.5 } };
  const stopped = scheduler.reader.send({ method: "POST", path: "$batch", headers: {} }, trip);
  await clock.turn();
  expect([lanes.length, scheduler.figures().inFlight]).toEqual([4, 4]);
  over.signal.addEventListener("abort", () => lanes[0]?.rest());
  over.abort(new Error("the run has stopped"));
  await expect(stopped).rejects.toThrow("the run has stopped");
  expect(scheduler.figures().inFlight).toBe(3);
  hold.resolve();
  await clock.run(Promise.all(turns));
});

it("goes on where calm widens the windows in the very decision that found them full, while nothing is under way: nobody else would look again", async () => {
  const clock = new VirtualClock();
  const full = jsonReply(429, errorBody("0x80072321"), { "retry-after": "5" });
  let [executed, refused] = [0, 0];
  // Refused once, so that the width is a guess, and never again.
  const principal = new ScriptedPrincipal(async () => {
    if (executed >= 900 && refused === 0) {
      refused += 1;
      return full;
    }
    await clock.sleep(2000);
    executed += 1;
    return jsonReply(200, {});
  });
  const scheduler = schedulerOf(clock, [principal]);
  const seat = seatOf(2);
  const trip = { signal: live, work: { kind: "rows", rows: 20, seconds: 2, requestRows: 7.5 } };
  const post = async (lane: Lane): Promise<void> =>
    void (await lane.send({ method: "POST", path: "$batch", headers: {} }, trip));
  await clock.run(Promise.all(Array.from({ length: 3000 }, () => scheduler.turn(seat, post, live))));
  expect([executed, refused]).toEqual([2999, 1]);
});
