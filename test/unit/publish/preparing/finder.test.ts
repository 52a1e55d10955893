import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import { batchHeaders, getPart } from "../../../../server/dataverse/wire/batch-body.ts";
import { Finder } from "../../../../server/publish/preparing/finder.ts";
import { SendFailure } from "../../../../server/transport/retry.ts";
import { attribute } from "../../../support/dataverse/tables.ts";
import type { PartAnswer } from "../../../support/publish/batch-service.ts";
import { answerEach, batchReply, partsOf } from "../../../support/publish/batch-service.ts";
import type { Script } from "../../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, ScriptedLane, trailOf } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const by = {
  table: { entitySetName: "accounts", primaryId: "accountid" },
  by: [attribute("accountid", "guid")],
  select: [],
} as const;

/** About 360 of them fill a query. */
function ids(count: number): readonly (readonly [string])[] {
  return Array.from({ length: count }, (_, i) => [`00000000-0000-4000-8000-${String(i).padStart(12, "0")}`]);
}

/** Every row that is asked for. */
function everyRow({ url }: { readonly url: string }): PartAnswer {
  const asked = decodeURIComponent(url).match(/[0-9a-f]{8}-0000-4000-8000-\d{12}/g) ?? [];
  return { status: 200, body: { value: asked.map((accountid) => ({ accountid })) } };
}

const all: Script = (request) => answerEach(request, everyRow);
const busy: PartAnswer = { status: 503, body: errorBody("0x80072324") };

class Bench {
  readonly clock = new VirtualClock();
  readonly halt = new AbortController();
  readonly lane: ScriptedLane;
  readonly finder: Finder;
  requests = 0;

  constructor(script: Script, patience: "patient" | "short" = "patient") {
    this.lane = new ScriptedLane(this.clock, script);
    this.finder = new Finder({
      clock: this.clock,
      signal: this.halt.signal,
      patience,
      learn: (trail) => {
        this.requests += trail.attempts;
      },
    });
  }

  /** Rows of each key. */
  async find(count: number): Promise<readonly number[]> {
    const found = await this.clock.run(this.finder.find(by, ids(count), this.lane));
    return found.map((rows) => rows.length);
  }
}

describe("a finder", () => {
  it("asks for thousands of keys in one request", async () => {
    const bench = new Bench(all);
    expect(new Set(await bench.find(5000))).toEqual(new Set([1]));
    expect(bench.lane.requests.map((request) => partsOf(request).length)).toEqual([14]);
    expect(bench.requests).toBe(1);
    expect(bench.lane.requests).toMatchObject([{ method: "POST", path: "$batch", headers: batchHeaders }]);
  });

  it("asks in several when there are more queries than a request takes", async () => {
    const bench = new Bench(all);
    await bench.find(8000);
    expect(bench.lane.requests.map((request) => partsOf(request).length)).toEqual([16, 6]);
  });

  it("asks nothing for no keys", async () => {
    const bench = new Bench(all);
    expect(await bench.find(0)).toEqual([]);
    expect(bench.requests).toBe(0);
  });

  it("asks again for queries that the service failed, and only for those", async () => {
    const bench = new Bench((request, _trip, nth) =>
      answerEach(request, (part, index) => (nth === 0 && index === 1 ? busy : everyRow(part))),
    );
    expect(new Set(await bench.find(1000))).toEqual(new Set([1]));
    expect(bench.lane.requests.map((request) => partsOf(request).length)).toEqual([3, 1]);
  });

  it.each([
    ["patient", 4],
    ["short", 2],
  ] as const)("with %s patience gives up after %i requests without any answer", async (patience, requests) => {
    const bench = new Bench((request) => answerEach(request, () => busy), patience);
    await expect(bench.find(10)).rejects.toMatchObject({ code: "deadline_passed" });
    expect(bench.requests).toBe(requests);
  });

  it("asks for short patience of the layers below it too", async () => {
    const trips: unknown[] = [];
    const script: Script = (request, trip, nth) => {
      trips.push(trip.patience);
      return all(request, trip, nth);
    };
    await new Bench(script, "short").find(1);
    await new Bench(script).find(1);
    expect(trips).toEqual(["short", undefined]);
  });

  it("closes the gate when a query is throttled", async () => {
    const throttled = { status: 429, headers: { "Retry-After": "17" }, body: errorBody("0x80072321") };
    const bench = new Bench((request, _trip, nth) =>
      answerEach(request, (part) => (nth === 0 ? throttled : everyRow(part))),
    );
    const before = bench.clock.now();
    await bench.find(1);
    expect(bench.lane.gate.openAt).toBe(before + 17_000);
  });

  it.each([
    ["a query that is refused", () => batchReply([{ status: 400, body: errorBody("0x80060888") }]), "row_rejected"],
    [
      "a table that may not be read",
      () => batchReply([{ status: 403, body: errorBody("0x80040220") }]),
      "row_forbidden",
    ],
    ["a request that is forbidden", () => jsonReply(403, errorBody("0x80040220")), "principal_forbidden"],
    ["a request that is refused", () => jsonReply(400, errorBody("0x80048d19")), "row_rejected"],
    ["replies that cannot be read", () => batchReply([]), "deadline_passed"],
    ["a failing service", () => jsonReply(503, ""), "deadline_passed"],
    ["an answer that is no list", () => batchReply([{ status: 200, body: {} }]), "deadline_passed"],
  ] as const)("tells of %s", async (_name, script, code) => {
    await expect(new Bench(script).find(1)).rejects.toMatchObject({ code });
  });

  it("asks another application user for what one may not read, and fails when nobody may", async () => {
    const lacking: PartAnswer = { status: 403, body: errorBody("0x80040220") };
    const script: Script = (request, trip, nth) =>
      nth === 0 ? answerEach(request, () => lacking) : all(request, trip, nth);
    const bench = new Bench(script);
    bench.lane.spared = ["app"];
    expect(await bench.find(1)).toEqual([1]);
    expect(bench.lane.trips.map(({ spared }) => spared)).toEqual([[], ["app"]]);
    await expect(new Bench(script).find(1)).rejects.toMatchObject({ code: "row_forbidden" });
  });

  it("tells what the layers below it tell, and accounts for it", async () => {
    const failure = new SendFailure("deadline_passed", "No.", { trail: trailOf({ attempts: 8 }), cause: undefined });
    const bench = new Bench(() => failure);
    await expect(bench.find(1)).rejects.toBe(failure);
    expect(bench.requests).toBe(8);
  });

  it("ends when the stream does", async () => {
    const bench = new Bench(all);
    bench.halt.abort(new SidecarError("cancelled", "Gone."));
    await expect(bench.find(1)).rejects.toMatchObject({ code: "cancelled" });
  });

  it("lets a defect of our own through", async () => {
    await expect(new Bench(() => new TypeError("broken")).find(1)).rejects.toThrow("broken");
  });
});

describe("GETs of single rows", () => {
  const get = async (script: Script, count: number): Promise<readonly number[]> => {
    const bench = new Bench(script);
    const gets = Array.from({ length: count }, (_, i) => getPart(`/api/data/v9.2/accounts(${i})`));
    const replies = await bench.clock.run(bench.finder.get(gets, bench.lane));
    expect(bench.lane.requests).toHaveLength(Math.ceil(count / 200));
    return replies.map(({ status }) => status);
  };

  it("come back in their order, as they are", async () => {
    const script: Script = (request) =>
      answerEach(request, ({ url }) => ({ status: url === "accounts(3)" ? 404 : 200 }));
    const statuses = await get(script, 401);
    expect([statuses.length, statuses.indexOf(404)]).toEqual([401, 3]);
  });

  it("close the gate when one is throttled", async () => {
    const bench = new Bench(() => batchReply([{ status: 429, headers: { "Retry-After": "5" } }]));
    await bench.clock.run(bench.finder.get([getPart("/x")], bench.lane));
    expect(bench.lane.gate.isOpen).toBe(false);
  });

  it("fail together when the reply cannot be read", async () => {
    await expect(get(() => batchReply([]), 1)).rejects.toMatchObject({ code: "deadline_passed" });
  });
});
