/** Short requests beside somebody else who uses nearly all that the service grants the principal, and obeys its throttles as we do. */
import { expect, it } from "vitest";
import { asSidecarError } from "../../server/core/errors.ts";
import type { Lane } from "../../server/schedule/lane.ts";
import type { Reply, Send } from "../../server/transport/http.ts";
import { repeating, schedulerOf, seatOf } from "../support/publish/scripted-lane.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { LimitedService } from "./limited-service.ts";

const request = { method: "POST", path: "0", headers: {} } as const;
/** Of the 20 requests a second that a window grants for ever. */
const othersASecond = 19.5;
const requestMs = 100;
const lanes = 16;
const minutes = 60;

interface Counts {
  answered: number;
  refused: number;
}

/** @param noted each reply in the second half of the time. */
function counted(send: Send, noted: (reply: Reply) => void): Send {
  return async (...sent) => {
    const reply = await send(...sent);
    noted(reply);
    return reply;
  };
}

async function beside(seed: number): Promise<Counts> {
  const clock = new VirtualClock({ seed });
  const settings = {
    seed,
    principals: 1,
    servers: 1,
    affinity: "on",
    hint: 8,
    requestMs,
    rowMs: 0,
    noise: true,
  } as const;
  const service = new LimitedService(settings, clock);
  const until = clock.now() + minutes * 60_000;
  const counts: Counts = { answered: 0, refused: 0 };
  const send = counted(service.sender("app"), ({ status }) => {
    if (clock.now() < until - minutes * 30_000 || clock.now() > until) return;
    if (status === 429) counts.refused += 1;
    else counts.answered += 1;
  });
  const scheduler = schedulerOf(clock, [{ name: "app", send }], { resend: repeating(clock) });
  const halt = new AbortController();
  const { signal } = halt;
  const work = { kind: "rows", rows: 1, seconds: requestMs / 1000, requestRows: 7 };
  const sendOne = async (lane: Lane): Promise<void> => {
    await lane.send(request, { signal, work }).catch((thrown: unknown) => {
      if (!signal.aborted && asSidecarError(thrown).code !== "deadline_passed") throw thrown;
    });
  };
  const seat = seatOf(requestMs / 1000);
  const ours = Array.from({ length: lanes }, async () => {
    while (clock.now() < until) await scheduler.turn(seat, sendOne, signal);
  });
  const over = clock.sleep(minutes * 60_000).then(() => halt.abort(new Error("over")));
  await clock.run(Promise.all([over, other(service.sender("app"), clock, until), ...ours]));
  return counts;
}

/** Somebody else, who sends on and on. */
async function other(send: Send, clock: VirtualClock, until: number): Promise<void> {
  let openAt = 0;
  const { signal } = new AbortController();
  const sendOne = async (): Promise<void> => {
    const { headers } = await send(request, { signal });
    openAt = Math.max(openAt, clock.now() + 1000 * Number(headers["retry-after"] ?? 0));
  };
  const sent: Promise<void>[] = [];
  while (clock.now() < until) {
    await clock.sleep((1000 / othersASecond) * (0.5 + clock.random()));
    if (clock.now() >= openAt) sent.push(sendOne());
  }
  await Promise.all(sent);
}

it.each([1, 2])("has its part, and is hardly refused, seed %i", async (seed) => {
  const counts = await beside(seed);
  const { answered, refused } = counts;
  expect(answered / (minutes * 30)).toBeGreaterThan(2.5);
  expect(refused / (answered + refused)).toBeLessThan(0.005);
});
