import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import type { LogFields } from "../../../../server/core/log.ts";
import type { Script } from "../../../support/publish/scripted-lane.ts";
import {
  errorBody,
  jsonReply,
  ScriptedPrincipal,
  schedulerOf,
  seatOf,
} from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const { signal } = new AbortController();
const batch = { method: "POST", path: "$batch", headers: {}, body: Buffer.from("rows") } as const;

/** A scheduler whose decisions are noted, and a request of 100 rows that takes `ms`. */
function sceneOf(script: Script, more: { readonly ms?: number; readonly scope?: string } = {}) {
  const clock = new VirtualClock();
  const said: (readonly [string, LogFields | undefined])[] = [];
  const tell = (event: string, fields?: LogFields): void => {
    said.push([event, fields]);
  };
  const slow: Script = async (...asked) => {
    await clock.sleep(more.ms ?? 1000);
    return await script(...asked);
  };
  const principals = [new ScriptedPrincipal(slow, "a"), new ScriptedPrincipal(() => jsonReply(200, {}), "b")];
  const scheduler = schedulerOf(clock, principals, { log: { debug: tell, info: tell, warn: tell } });
  const scope = more.scope ?? "account INSERT";
  const work = { kind: "k", rows: 100, seconds: 1, requestRows: 11 };
  const send = async (): Promise<void> => {
    await clock.run(
      scheduler.turn(
        { ...seatOf(), scope },
        async (lane) => {
          await lane.send(batch, { signal, work, scope });
        },
        signal,
      ),
    );
  };
  return { clock, scheduler, send, said };
}

describe("the figures of a scheduler", () => {
  it("tell what each principal has done and has left, by server", async () => {
    const cookie = { "set-cookie": "ARRAffinity=secret-cookie;Path=/" };
    const { scheduler, send } = sceneOf(() => jsonReply(200, {}, cookie));
    await send();
    const { principals, servers, lanes, inFlight } = scheduler.figures();
    const [a, b] = principals;
    expect([servers, inFlight, lanes > 0]).toEqual([1, 0, true]);
    expect(a).toMatchObject({ name: "a", isQuarantined: false, executedSeconds: 1, operationsToday: 100 });
    expect(a?.budgets).toMatchObject([{ server: "1", inFlight: 0 }]);
    expect(a?.budgets[0]?.secondsLeft).toBeCloseTo(1200 * 0.985 - 1, 3);
    expect(a?.budgets[0]?.requestsLeft).toBeCloseTo(6000 * 0.985 - 1, 3);
    expect(b).toMatchObject({ name: "b", executedSeconds: 0, operationsToday: 0 });
    expect(JSON.stringify(scheduler.figures())).not.toContain("cookie");
  });

  it("tell for how long work waited for lanes, all of which were taken", async () => {
    const clock = new VirtualClock();
    const principal = new ScriptedPrincipal(async () => {
      await clock.sleep(1000);
      return jsonReply(200, {});
    });
    const scheduler = schedulerOf(clock, [principal]);
    const work = { kind: "k", rows: 100, seconds: 1, requestRows: 11 };
    const turn = () =>
      scheduler.turn(seatOf(), async (lane) => void (await lane.send(batch, { signal, work })), signal);
    await clock.run(Promise.all(Array.from({ length: scheduler.width * 4 }, turn)));
    const { throttled, limits, lanes } = scheduler.figures().waitedSeconds;
    expect([throttled, limits, lanes > 1.5]).toEqual([0, 0, true]);
  });

  it("tell each second in which work waited, however seldom anything happens", async () => {
    const clock = new VirtualClock();
    const principal = new ScriptedPrincipal(async (_request, { work }) => {
      await clock.sleep(1000 * (work?.seconds ?? 0));
      return jsonReply(200, {}, { "set-cookie": "ARRAffinity=a" });
    });
    const scheduler = schedulerOf(clock, [principal]);
    const over = new AbortController();
    const work = { kind: "k", rows: 1000, seconds: 8, requestRows: 7 };
    const turns = Array.from({ length: 400 }, () =>
      scheduler.turn(seatOf(8), async (lane) => void (await lane.send(batch, { signal, work })), over.signal),
    );
    const told = (): number => Object.values(scheduler.figures().waitedSeconds).reduce((sum, each) => sum + each, 0);
    await clock.run(clock.sleep(20_000));
    const first = told();
    await clock.run(clock.sleep(600_000));
    expect([first, told()]).toEqual([20, 620].map((seconds) => expect.closeTo(seconds, 1)));
    expect(scheduler.figures().waitedSeconds.limits).toBeGreaterThan(100);
    over.abort(new Error("over"));
    await clock.run(Promise.allSettled(turns));
  });

  it("tell who is quarantined", async () => {
    const { scheduler, send } = sceneOf(() => jsonReply(403, errorBody("0x80072560")));
    await send();
    expect(scheduler.figures().principals.map(({ isQuarantined }) => isQuarantined)).toEqual([true, false]);
  });

  it.each([502, 503, 504])(
    "tell who is still quarantined after an answer of a service that is away: %i",
    async (status) => {
      const replies = [jsonReply(403, errorBody("0x80072560")), jsonReply(status, {})];
      const { clock, scheduler, send } = sceneOf((_request, _trip, nth) => replies[nth] ?? jsonReply(200, {}));
      const told: (boolean | undefined)[] = [];
      for (let i = 0; i < 3; i += 1) {
        await send();
        told.push(scheduler.figures().principals[0]?.isQuarantined);
        await clock.run(clock.sleep(31_000));
      }
      expect(told).toEqual([true, true, false]);
    },
  );
});

describe("decisions", () => {
  it("are told without a cookie: a server that is found, and one whose cookie led elsewhere", async () => {
    const cookies = ["one", "two", "one"];
    const script: Script = (_request, _trip, nth) =>
      jsonReply(200, {}, { "set-cookie": `ARRAffinity=${cookies[nth] ?? "one"}` });
    const { send, said } = sceneOf(script, { ms: 1 });
    for (let i = 0; i < 40; i += 1) await send();
    const events = said.map(([event]) => event);
    expect(events).toContain("a web server is found");
    expect(events).toContain("a cookie led elsewhere");
    expect(JSON.stringify(said)).not.toMatch(/ARRAffinity|one|two/);
  });

  it.each([
    ["a principal is refused", "0x80072560", { principal: "a", seconds: 30 }],
    ["a principal lacks a privilege", "0x80040220", { principal: "a", scope: "account INSERT" }],
  ])("tell that %s", async (event, code, fields) => {
    const { send, said } = sceneOf(() => jsonReply(403, errorBody(code)));
    await send();
    expect(said).toContainEqual([event, fields]);
  });

  it("tell of a budget that was overdrawn", async () => {
    const { send, said } = sceneOf((_request, _trip, nth) =>
      nth === 0 ? jsonReply(429, errorBody("0x80072321"), { "retry-after": "5" }) : jsonReply(200, {}),
    );
    await send();
    expect(said.map(([event]) => event)).toContain("a budget is overdrawn");
  });

  it("tell of a reply that was lost, and how long was waited for it", async () => {
    const { send, said } = sceneOf(() => {
      throw new SidecarError("outcome_unknown", "cut off");
    });
    await expect(send()).rejects.toThrow("cut off");
    expect(said).toContainEqual(["a reply is lost", { principal: "a", server: 0, seconds: 1 }]);
  });

  it("tell how wide windows without cookies are taken to be, by a refusal and by calm, and what work waited for", async () => {
    const clock = new VirtualClock();
    const said: (readonly [string, LogFields | undefined])[] = [];
    const log = (event: string, fields?: LogFields): void => void said.push([event, fields]);
    // Of a window of 1,200 s somebody else has half.
    let freeAt = 600;
    const principal = new ScriptedPrincipal(async (_request, { work }) => {
      await clock.sleep(1000 * (work?.seconds ?? 0));
      freeAt -= work?.seconds ?? 0;
      return freeAt > 0 ? jsonReply(200, {}) : jsonReply(429, errorBody("0x80072321"), { "retry-after": "30" });
    });
    const scheduler = schedulerOf(clock, [principal], { log: { debug: log, info: log, warn: log } });
    const over = new AbortController();
    const work = { kind: "k", rows: 250, seconds: 2, requestRows: 7 };
    const turns = Array.from({ length: 900 }, () =>
      scheduler.turn(seatOf(2), async (lane) => void (await lane.send(batch, { signal: over.signal, work })), signal),
    );
    const settled = Promise.allSettled(turns);
    await clock.run(clock.sleep(200_000));
    freeAt = Number.POSITIVE_INFINITY;
    await clock.run(clock.sleep(900_000));
    over.abort(new Error("over"));
    await clock.run(settled);
    const width = (event: string): unknown => said.find(([told]) => told === event)?.[1]?.width;
    expect(width("a budget is overdrawn")).toBeCloseTo(0.5, 1);
    expect(width("a principal may have more")).toBeGreaterThan(0.3);
    const waits = said.filter(([event]) => event === "a wait is over").map(([, fields]) => fields);
    expect(waits).toContainEqual({ reason: "throttled", seconds: expect.closeTo(30, 0) });
    expect(waits.some((fields) => fields?.reason === "limits" && (fields.seconds ?? 0) >= 1)).toBe(true);
  });

  it("tell of lanes, and what they rest on", async () => {
    const { send, said } = sceneOf(() => jsonReply(200, {}, { "x-ms-dop-hint": "9" }));
    await send();
    const [, fields] = said.find(([event]) => event === "lanes changed") ?? [];
    expect(fields).toMatchObject({ lanes: 8, before: 4, phase: "start" });
  });
});
