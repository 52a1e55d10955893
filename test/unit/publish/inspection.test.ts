import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { Environment } from "../../../server/publish/environment.ts";
import { Inspection } from "../../../server/publish/inspection.ts";
import type { LiveStream } from "../../../server/publish/runs/runs.ts";
import { Runs } from "../../../server/publish/runs/runs.ts";
import type { Request } from "../../../server/transport/http.ts";
import { metadataReply } from "../../support/publish/metadata.ts";
import type { Answer } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, ScriptedPrincipal, schedulerOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const clock = new VirtualClock();

function setUp(answer: (request: Request, name: string) => Answer = () => jsonReply(404, errorBody(""))): {
  inspection: Inspection;
  runs: Runs;
} {
  const principals = ["a", "b"].map(
    (name) => new ScriptedPrincipal((request) => metadataReply(request) ?? answer(request, name), name),
  );
  const demo = new Environment({
    name: "demo",
    scheduler: schedulerOf(clock, principals),
    tablesAllowed: ["account", "acount", "new_*"],
    modesAllowed: ["insert"],
  });
  const runs = new Runs(clock);
  return { inspection: new Inspection({ environments: new Map([["demo", demo]]), runs }), runs };
}

const who = (_request: Request, name: string): Answer => jsonReply(200, { UserId: `user of ${name}` });

function stream(more: Partial<LiveStream> = {}): LiveStream {
  const counts = {
    received: 9,
    notSent: 1,
    created: 3,
    updated: 1,
    upserted: 0,
    deleted: 0,
    unchanged: 1,
    failed: 2,
  };
  return {
    attempt: 1,
    counts,
    begun: 7,
    refused: 0,
    stop: () => undefined,
    expel: () => Promise.resolve(),
    progress: () => ({ received: 9, acknowledged: 5, failed: 2, inFlight: 1, rowsPerSecond: 2.5 }),
    ...more,
  };
}

describe("check", () => {
  it("signs in with every principal and says who it is", async () => {
    expect(await setUp(who).inspection.check("demo")).toEqual([
      { name: "a", userId: "user of a", operationsToday: 1 },
      { name: "b", userId: "user of b", operationsToday: 1 },
    ]);
  });

  it("reads the table that is named", async () => {
    const { inspection } = setUp((request, name) =>
      request.path === "WhoAmI" ? who(request, name) : jsonReply(404, errorBody("")),
    );
    expect(await inspection.check("", "account")).toHaveLength(2);
    await expect(inspection.check("", "acount")).rejects.toMatchObject({ code: "unknown_table" });
  });

  it("fails when one of the principals is refused", async () => {
    const { inspection } = setUp((request, name) =>
      name === "a" ? who(request, name) : jsonReply(403, errorBody("0x80040220")),
    );
    await expect(inspection.check("demo")).rejects.toMatchObject({
      code: "principal_forbidden",
      remedy: expect.stringContaining("application user"),
    });
  });

  it("knows its environments alone", async () => {
    const { inspection } = setUp();
    expect(inspection.environments).toEqual(["demo"]);
    await expect(inspection.check("prod")).rejects.toMatchObject({ code: "unknown_environment" });
  });
});

describe("table", () => {
  it("refuses a table that the config does not allow, before it asks for it", async () => {
    await expect(setUp().inspection.table("demo", "contact")).rejects.toMatchObject({ code: "caller_not_allowed" });
  });

  it("says that there is none of the name", async () => {
    await expect(setUp().inspection.table("demo", "acount")).rejects.toMatchObject({ code: "unknown_table" });
  });
});

describe("tables", () => {
  async function tables(answer: unknown): Promise<readonly string[]> {
    const principal = new ScriptedPrincipal(() => jsonReply(200, answer));
    const demo = new Environment({
      name: "demo",
      scheduler: schedulerOf(clock, [principal]),
      tablesAllowed: ["account", "new_*"],
      modesAllowed: [],
    });
    const options = { environments: new Map([["demo", demo]]), runs: new Runs(clock) };
    return await new Inspection(options).tables("demo");
  }

  it("names those that the config allows, sorted", async () => {
    const names = ["new_z", "contact", "account", "new_a"];
    expect(await tables({ value: names.map((LogicalName) => ({ LogicalName })) })).toEqual([
      "account",
      "new_a",
      "new_z",
    ]);
  });

  it.each([
    ["no list", {}],
    ["nothing", null],
    ["a list beyond belief", { value: new Array(20_001).fill({ LogicalName: "account" }) }],
  ])("refuses %s", async (_name, answer) => {
    await expect(tables(answer)).rejects.toMatchObject({ code: "overloaded", remedy: "Try again." });
  });

  it("passes by what has no name", async () => {
    expect(await tables({ value: [null, {}, { LogicalName: 7 }, { LogicalName: "account" }] })).toEqual(["account"]);
  });
});

describe("status", () => {
  it("is nothing for a run that is not known", () => {
    expect(setUp().inspection.status("run")).toBeUndefined();
  });

  it("counts the rows of a run, and keeps silent of what is not", async () => {
    const { inspection, runs } = setUp();
    await runs.get("run").join("seat", stream());
    expect(inspection.status("run")).toEqual({
      streams: 1,
      received: 9,
      acknowledged: 5,
      failed: 2,
      notSent: 1,
      rowsPerSecond: 2.5,
    });
  });

  it("says what the run waits for and why it stopped", async () => {
    const { inspection, runs } = setUp();
    const waiting = { untilMs: 5, reason: "throttled", principal: "a" };
    const counts = { received: 9, acknowledged: 5, failed: 2, inFlight: 1, rowsPerSecond: 0 };
    const progress: LiveStream["progress"] = () => ({ ...counts, waiting });
    await runs.get("run").join("seat", stream({ progress }));
    runs.get("run").stop(new SidecarError("draining", "Shutting down."));
    expect(inspection.status("run")).toMatchObject({
      waiting,
      stopped: { code: "draining", message: "Shutting down." },
    });
  });
});

describe("cancel", () => {
  it("expels the streams of the run, and says whether there were any", async () => {
    const { inspection, runs } = setUp();
    expect(await inspection.cancel("run")).toBe(false);
    const run = runs.get("run");
    expect(await inspection.cancel("run")).toBe(false);
    const expelled: string[] = [];
    await run.join("seat", stream({ expel: (reason) => Promise.resolve(void expelled.push(reason.code)) }));
    expect(await inspection.cancel("run")).toBe(true);
    expect(expelled).toEqual(["cancelled"]);
  });
});
