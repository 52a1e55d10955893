import { describe, expect, it } from "vitest";
import { Environment } from "../../../server/publish/environment.ts";
import { Inspection } from "../../../server/publish/inspection.ts";
import type { LiveStream } from "../../../server/publish/runs.ts";
import { Runs } from "../../../server/publish/runs.ts";
import type { Script } from "../../support/publish/principal.ts";
import { errorBody, jsonReply, ScriptedPrincipal } from "../../support/publish/principal.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const counts = { received: 5, notSent: 1, created: 3, updated: 0, upserted: 0, deleted: 0, unchanged: 0, failed: 1 };

function inspect(script: Script, tablesAllowed: readonly string[] = ["*"]) {
  const clock = new VirtualClock();
  const principals = ["app 0", "app 1"].map((name) => new ScriptedPrincipal(clock, script, name));
  const environment = new Environment({ name: "crm", principals, tablesAllowed, modesAllowed: ["upsert"] });
  const runs = new Runs(clock);
  return { runs, inspection: new Inspection({ environments: new Map([["crm", environment]]), runs }) };
}

function stream(expelled: string[] = []): LiveStream {
  return {
    attempt: 0,
    counts,
    stop: () => undefined,
    expel: (reason) => {
      expelled.push(reason.code);
      return Promise.resolve();
    },
    progress: () => ({ received: 5, acknowledged: 3, failed: 1, inFlight: 0 }),
  };
}

describe("check", () => {
  it("signs in with every principal and says who each is", async () => {
    const { inspection } = inspect(() => jsonReply(200, { UserId: "u-1" }));
    expect(await inspection.check("crm")).toEqual({
      environment: "crm",
      principals: [
        { name: "app 0", userId: "u-1" },
        { name: "app 1", userId: "u-1" },
      ],
    });
  });

  it("says what an application user lacks", async () => {
    const { inspection } = inspect(() => jsonReply(403, errorBody("0x80072560")));
    await expect(inspection.check("crm")).rejects.toMatchObject({
      code: "principal_forbidden",
      remedy: expect.stringContaining("application user"),
    });
  });

  it("names the environments that there are", async () => {
    const { inspection } = inspect(() => jsonReply(200, {}));
    await expect(inspection.check("cmr")).rejects.toMatchObject({
      code: "unknown_environment",
      remedy: "Name one of: crm.",
    });
  });
});

describe("tables", () => {
  const answer = { value: [{ LogicalName: "contact" }, { LogicalName: "account" }, { LogicalName: "task" }] };

  it("are those that the config allows, sorted", async () => {
    const { inspection } = inspect(() => jsonReply(200, answer), ["account", "con*"]);
    expect(await inspection.tables("crm")).toEqual(["account", "contact"]);
  });

  it("are not taken from an answer that is no list", async () => {
    const { inspection } = inspect(() => jsonReply(200, {}));
    await expect(inspection.tables("crm")).rejects.toMatchObject({ code: "overloaded" });
  });

  it("cannot be looked at when they are not allowed", async () => {
    const { inspection } = inspect(() => jsonReply(200, answer), ["account"]);
    await expect(inspection.table("crm", "contact")).rejects.toMatchObject({ code: "caller_not_allowed" });
  });
});

describe("a run", () => {
  it("is told by its counts over all streams", async () => {
    const { inspection, runs } = inspect(() => jsonReply(200, {}));
    await runs.get("r").join("crm/account/0", stream());
    expect(inspection.status("r")).toMatchObject({ streams: 1, received: 5, acknowledged: 3, failed: 1, notSent: 1 });
    expect(inspection.status("other")).toBeUndefined();
  });

  it("ends when it is cancelled, once", async () => {
    const { inspection, runs } = inspect(() => jsonReply(200, {}));
    const expelled: string[] = [];
    await runs.get("r").join("crm/account/0", stream(expelled));
    expect(await inspection.cancel("r")).toBe(true);
    expect(expelled).toEqual(["cancelled"]);
    expect(await inspection.cancel("other")).toBe(false);
  });
});
