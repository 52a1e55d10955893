/** Time goes on between any two looks of the scheduler at the clock, and timers ring a little early: nobody may wait for ever for that. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Lane } from "../../../server/schedule/lane.ts";
import { assertMayLeave } from "../../../server/transport/http.ts";
import type { Script } from "../../support/publish/scripted-lane.ts";
import {
  errorBody,
  jsonReply,
  repeating,
  ScriptedPrincipal,
  schedulerOf,
  seatOf,
} from "../../support/publish/scripted-lane.ts";
import { seededRandom, VirtualClock } from "../../support/virtual-clock.ts";

/** Between two looks, at most. */
const lookMs = 0.05;
/** As timers of whole milliseconds do. */
const earlyMs = 1;

/** The longest that an answer takes. */
const answeredMostMs = 200;

class RestlessClock extends VirtualClock {
  readonly #chance: () => number;
  #passedMs = 0;

  constructor(seed: number) {
    super({ seed });
    this.#chance = seededRandom(seed + 1);
  }

  override now(): number {
    this.#passedMs += this.#chance() * lookMs;
    return super.now() + this.#passedMs;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(Math.max(0, ms - this.#chance() * earlyMs), signal);
  }
}

const answers = {
  done: () => jsonReply(200, {}),
  throttled: () => jsonReply(429, errorBody("0x80072321"), { "retry-after": "1" }),
  told: () => jsonReply(429, {}, { "retry-after": "2" }),
  untold: () => jsonReply(429, errorBody("0x80072326")),
  away: () => jsonReply(503, {}),
  unreachable: () => new SidecarError("unavailable", "Nothing listens there."),
  lost: () => new SidecarError("outcome_unknown", "No reply came."),
  refused: () => jsonReply(403, errorBody("0x80040220")),
  stranger: () => jsonReply(403, errorBody("0x80072560")),
} as const;
const kinds = Object.keys(answers) as (keyof typeof answers)[];

const streams = fc.record({
  requests: fc.integer({ min: 1, max: 6 }),
  seconds: fc.constantFrom(0.05, 1, 8),
  /** It begins so late, and stops after so long. */
  fromMs: fc.integer({ min: 0, max: 4000 }),
  stopMs: fc.option(fc.integer({ min: 1, max: 20_000 })),
});
const worlds = fc.record({
  seed: fc.nat(),
  principals: fc.integer({ min: 1, max: 3 }),
  /** 0: none can be addressed. */
  servers: fc.constantFrom(0, 0, 1, 3),
  replies: fc.array(fc.constantFrom(...kinds, "done" as const, "throttled" as const), { minLength: 1, maxLength: 12 }),
  streams: fc.array(streams, { minLength: 1, maxLength: 4 }),
  /** All streams stop with such an answer, so many promises later. */
  stop: fc.option(fc.record({ nth: fc.integer({ min: 1, max: 8 }), promises: fc.nat(24) })),
});
type World = typeof worlds extends fc.Arbitrary<infer Of> ? Of : never;

const read = { method: "GET", path: "EntityDefinitions", headers: {} } as const;
const write = { method: "POST", path: "$batch", headers: {} } as const;

/** Until all streams are over. @returns requests that nobody ended, and timers that are left. */
async function play(world: World): Promise<readonly number[]> {
  const clock = new RestlessClock(world.seed);
  const stops = world.streams.map(() => new AbortController());
  const stopAll = async (promises: number): Promise<void> => {
    for (let i = 0; i < promises; i += 1) await Promise.resolve();
    for (const stop of stops) stop.abort(new Error("stopped"));
  };
  let nth = 0;
  const script: Script = async (_request, trip) => {
    // A token, a connection: meanwhile a gate may close.
    await clock.sleep(clock.random() * 10);
    assertMayLeave(trip);
    await clock.sleep(20 + clock.random() * 100);
    nth += 1;
    if (nth === world.stop?.nth) void stopAll(world.stop.promises);
    // What it begins with, it goes on without.
    const reply = answers[world.replies[nth - 1] ?? "done"]();
    if (reply instanceof Error || world.servers === 0) return reply;
    return { ...reply, headers: { ...reply.headers, "set-cookie": `ARRAffinity=${nth % world.servers}; path=/` } };
  };
  const principals = Array.from({ length: world.principals }, (_, i) => new ScriptedPrincipal(script, `app ${i}`));
  const scheduler = schedulerOf(clock, principals, { resend: repeating(clock) });
  const all = world.streams.map(async ({ requests, seconds, fromMs, stopMs }, i) => {
    const stop = stops[i] ?? new AbortController();
    const { signal } = stop;
    const seat = { ...seatOf(seconds), scope: "account UPSERT" };
    const work = { kind: "rows", rows: 10, seconds, requestRows: 7 };
    await clock.sleep(fromMs);
    const over = new AbortController();
    const timer =
      stopMs === null
        ? undefined
        : clock.sleep(stopMs, over.signal).then(
            () => stop.abort(new Error("stopped")),
            () => undefined,
          );
    const send = async (lane: Lane): Promise<void> =>
      void (await lane.send(write, { signal, work, scope: seat.scope }));
    await Promise.allSettled([
      scheduler.reader.send(read, { signal }),
      ...Array.from({ length: requests }, () => scheduler.turn(seat, send, signal)),
    ]);
    over.abort();
    await timer;
  });
  await clock.run(Promise.all(all), { maxMs: 3_600_000 });
  // A question whether the service is back may still be under way.
  await clock.run(clock.sleep(answeredMostMs));
  return [scheduler.figures().inFlight, clock.pending];
}

describe("a scheduler whose time goes on between two looks", () => {
  it("lets every request through or fails it, and leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        expect(await play(world)).toEqual([0, 0]);
      }),
      { numRuns: Number(process.env["INPUTS"] ?? 2000) },
    );
  });
});
