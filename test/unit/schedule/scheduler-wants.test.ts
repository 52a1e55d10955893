import { expect, it } from "vitest";
import {
  errorBody,
  jsonReply,
  repeating,
  ScriptedPrincipal,
  schedulerOf,
  seatOf,
} from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const { signal } = new AbortController();
const work = { kind: "rows", rows: 10, seconds: 1, requestRows: 7 };

it("a request that one principal alone may be sent by goes as soon as its throttle is over, though another is free all the while", async () => {
  const clock = new VirtualClock();
  const without = new ScriptedPrincipal(() => jsonReply(403, errorBody("0x80040220")), "a");
  const throttled = new ScriptedPrincipal(
    (_request, _trip, nth) => (nth === 0 ? jsonReply(429, {}, { "retry-after": "60" }) : jsonReply(200, {})),
    "b",
  );
  const scheduler = schedulerOf(clock, [without, throttled], { resend: repeating(clock) });
  const seat = { ...seatOf(), scope: "account UPSERT" };
  const from = clock.now();
  const statuses: number[] = [];
  const turn = scheduler.turn(
    seat,
    async (lane) => {
      const trip = { signal, work, scope: seat.scope };
      statuses.push((await lane.send({ method: "POST", path: "$batch", headers: {} }, trip)).status);
    },
    signal,
  );
  await clock.run(turn);
  expect([statuses, clock.now() - from]).toEqual([[200], 60_000]);
  expect([without, throttled].map(({ requests }) => requests.length)).toEqual([1, 2]);
});
