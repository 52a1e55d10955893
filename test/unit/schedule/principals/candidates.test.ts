import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import type { Candidate, Want } from "../../../../server/schedule/principals/candidates.ts";
import { anyone, candidates, mayGoOn } from "../../../../server/schedule/principals/candidates.ts";
import { Health } from "../../../../server/schedule/principals/health.ts";
import { Rights } from "../../../../server/schedule/principals/rights.ts";
import type { Reply } from "../../../../server/transport/http.ts";
import type { Script } from "../../../support/publish/scripted-lane.ts";
import {
  errorBody,
  jsonReply,
  ScriptedPrincipal,
  schedulerOf,
  seatOf,
} from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const scope = "account UPSERT";

function candidate(name: string): Candidate {
  return {
    principal: new ScriptedPrincipal(() => jsonReply(200, {}), name),
    health: new Health(),
    rights: new Rights(),
  };
}

const namesOf = (all: readonly Candidate[]): readonly string[] => all.map(({ principal }) => principal.name);
const wanted = (...spared: string[]): Want => ({ scope, spared: new Set(spared) });

describe("candidates", () => {
  it("are those that are let in, have the right and did not refuse", () => {
    const all = ["quarantined", "aside", "spared", "good"].map(candidate);
    all[0]?.health.refused(0);
    all[1]?.rights.refused(scope, 100, 0);
    expect(namesOf(candidates(all, wanted("spared"), 1))).toEqual(["good"]);
    expect(namesOf(candidates(all, anyone, 1))).toEqual(["aside", "spared", "good"]);
  });

  it("are those without the right where nobody has it: their answer tells why", () => {
    const all = ["quarantined", "aside"].map(candidate);
    all[0]?.health.refused(0);
    all[1]?.rights.refused(scope, 100, 0);
    expect(namesOf(candidates(all, wanted(), 1))).toEqual(["aside"]);
  });

  it("are all where nobody is let in: a single principal is never without requests", () => {
    const all = ["one"].map(candidate);
    all[0]?.health.refused(0);
    expect(namesOf(candidates(all, anyone, 1))).toEqual(["one"]);
  });
});

describe("mayGoOn", () => {
  it("tries whoever did not refuse a request, quarantined or not, before it gives up", () => {
    const all = ["a", "b"].map(candidate);
    all[1]?.health.refused(0);
    expect(mayGoOn(all, wanted("a"), "entry", 1)).toBe(true);
    expect(mayGoOn(all, wanted("a", "b"), "entry", 1)).toBe(false);
  });

  it("asks for a right nobody who is not let in", () => {
    const all = ["a", "b"].map(candidate);
    all[1]?.health.refused(0);
    expect(mayGoOn(all, wanted("a"), "right", 1)).toBe(false);
  });

  it("asks for a right only those that are let in and not known to lack it", () => {
    const all = ["a", "b"].map(candidate);
    expect(mayGoOn(all, wanted("a"), "right", 1)).toBe(true);
    all[1]?.rights.refused(scope, 10, 0);
    expect(mayGoOn(all, wanted("a"), "right", 1)).toBe(false);
    expect(mayGoOn(all, { spared: new Set("a") }, "request", 1)).toBe(true);
  });
});

const batch = { method: "POST", path: "$batch", headers: {}, body: Buffer.from("rows") } as const;
const read = { method: "GET", path: "WhoAmI", headers: {} } as const;
const fine = (): Reply => jsonReply(200, {});
const stranger = (): Reply => jsonReply(403, errorBody("0x80072560"));
const rejected = (): Error => new SidecarError("credentials_rejected", "The client secret is wrong.");
const { signal } = new AbortController();

/** Two principals of one scheduler, and a stream that sends one request at a time. */
function pairOf(first: Script, second: Script) {
  const clock = new VirtualClock();
  const principals = [new ScriptedPrincipal(first, "a"), new ScriptedPrincipal(second, "b")];
  const scheduler = schedulerOf(clock, principals);
  const seat = { ...seatOf(0.01), scope };
  const work = { kind: `${scope} batch`, rows: 100, seconds: 0.01, requestRows: 11 };
  const send = async (): Promise<number> => {
    let status = 0;
    const send = async (lane: Parameters<Parameters<typeof scheduler.turn>[1]>[0]): Promise<void> => {
      ({ status } = await lane.send(batch, { signal, work, scope }));
    };
    await scheduler.turn(seat, send, signal);
    return status;
  };
  const counts = (): readonly number[] => principals.map(({ requests }) => requests.length);
  return { clock, scheduler, send, counts };
}

/** On virtual time. */
function run<T>(clock: VirtualClock, work: () => Promise<T>): Promise<T> {
  return clock.run(work());
}

async function sendMany(send: () => Promise<number>, times: number): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i += 1) statuses.push(await send());
  return statuses;
}

describe("a principal that is refused, of several", () => {
  it.each([
    ["for its credentials", rejected],
    ["as a stranger", stranger],
    ["without a word that is known", () => ({ status: 403, headers: {}, body: Buffer.from("<html>") })],
  ])("%s costs no request: another one sends it, and it is left alone for 30 s", async (_name, refuse) => {
    const { clock, send, counts } = pairOf(refuse, fine);
    expect(await run(clock, () => sendMany(send, 10))).toEqual(Array(10).fill(200));
    expect(counts()).toEqual([1, 10]);
  });

  it("is tried by one request after that, and joins again when that is let in", async () => {
    let isIn = false;
    const { clock, send, counts } = pairOf(() => (isIn ? fine() : rejected()), fine);
    await run(clock, async () => {
      await sendMany(send, 4);
      await clock.sleep(30_000);
      await sendMany(send, 4);
      expect(counts()[0]).toBe(2);
      isIn = true;
      await clock.sleep(60_000);
      await sendMany(send, 8);
      expect(counts()[0]).toBeGreaterThan(4);
    });
  });

  it("stops a request only when nobody is left", async () => {
    const { clock, send, counts } = pairOf(rejected, rejected);
    await run(clock, async () => {
      await expect(send()).rejects.toMatchObject({ code: "credentials_rejected" });
    });
    expect(counts()).toEqual([1, 1]);
  });

  it("is told by its own reader, which goes by no other", async () => {
    const { clock, scheduler, counts } = pairOf(rejected, fine);
    const [own] = scheduler.readers();
    await run(clock, async () => {
      await expect(own?.lane.send(read, { signal })).rejects.toMatchObject({ code: "credentials_rejected" });
    });
    expect(counts()).toEqual([1, 0]);
  });
});

describe("a read that one principal is forbidden", () => {
  it("is made by another", async () => {
    const { clock, scheduler } = pairOf(() => jsonReply(403, errorBody("0x80040220")), fine);
    const statuses = await run(clock, async () => [
      (await scheduler.reader.send(read, { signal })).status,
      (await scheduler.reader.send(read, { signal })).status,
    ]);
    expect(statuses).toEqual([200, 200]);
  });
});

describe("a principal without the right to a table", () => {
  const forbidden = (): Reply => jsonReply(403, errorBody("0x80040220"));

  it("is not asked again for it, and its request goes by another", async () => {
    const { clock, send, counts } = pairOf(forbidden, fine);
    expect(await run(clock, () => sendMany(send, 10))).toEqual(Array(10).fill(200));
    expect(counts()).toEqual([1, 10]);
  });

  it("answers for all when nobody has it", async () => {
    const { clock, send } = pairOf(forbidden, forbidden);
    expect(await run(clock, () => sendMany(send, 3))).toEqual([403, 403, 403]);
  });

  it("does not make its streams wait any less while the other one is throttled", async () => {
    const throttled = (): Reply => jsonReply(429, {}, { "retry-after": "60" });
    const { clock, scheduler, send } = pairOf(forbidden, throttled);
    expect(await run(clock, send)).toBe(429);
    expect(scheduler.waitingFor(scope)).toMatchObject({ reason: "throttled by the service", principal: "b" });
    expect(scheduler.waitingFor()).toBeUndefined();
  });

  it("leaves fewer lanes of use to the stream", async () => {
    const { clock, scheduler, send } = pairOf(forbidden, fine);
    const seat = { ...seatOf(), scope };
    expect(scheduler.widthFor(seat)).toBe(scheduler.width);
    await run(clock, send);
    expect(scheduler.widthFor(seat)).toBe(scheduler.width / 2);
    expect(scheduler.widthFor(seatOf())).toBe(scheduler.width);
  });
});
