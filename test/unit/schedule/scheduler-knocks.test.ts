import { describe, expect, it } from "vitest";
import type { Lane } from "../../../server/schedule/lane.ts";
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
const read = { method: "GET", path: "EntityDefinitions", headers: {} } as const;
const write = { method: "POST", path: "$batch", headers: {} } as const;
const work = { kind: "rows", rows: 10, seconds: 0.1, requestRows: 7 };
const reads = 25;
const everyMs = 5000;
/** The windows that were empty are full by then, and what is learned of refusals is learned. */
const learned = 90;
const streams = 120;

/** A stream of ten rows each 5 s, one of whose requests is refused. @returns how long each took, seconds. */
async function smallStreams(code: string, headers: Record<string, string>): Promise<readonly number[]> {
  const clock = new VirtualClock();
  const principal = new ScriptedPrincipal(async (_request, _trip, nth) => {
    await clock.sleep(80);
    const isRefused = nth % (reads + 2) === 5;
    return isRefused ? jsonReply(429, errorBody(code), { "retry-after": "2" }) : jsonReply(200, {}, headers);
  });
  const scheduler = schedulerOf(clock, [principal], { resend: repeating(clock) });
  const send = async (lane: Lane): Promise<void> => void (await lane.send(write, { signal, work }));
  const all = Array.from({ length: streams }, async (_, nth) => {
    await clock.sleep(nth * everyMs);
    const from = clock.now();
    for (let i = 0; i < reads; i += 1) await scheduler.reader.send(read, { signal });
    await scheduler.turn(seatOf(0.1), send, signal);
    return (clock.now() - from) / 1000;
  });
  return await clock.run(Promise.all(all));
}

describe.each([
  ["requests", "0x80072322"],
  ["seconds of execution", "0x80072321"],
])("a stream of ten rows, one of whose requests is refused for its %s", (_, code) => {
  it.each([
    ["can", { "set-cookie": "ARRAffinity=a; path=/" }],
    ["cannot", {}],
  ])(
    "waits for hardly more than its Retry-After, after hundreds of such, where servers %s be addressed",
    async (__, headers) => {
      const late = (await smallStreams(code, headers)).slice(learned);
      expect(Math.max(...late)).toBeLessThan(10);
    },
  );
});
