import { describe, expect, it } from "vitest";
import { getJson, readTableOf } from "../../../server/publish/table-reader.ts";
import { SendFailure } from "../../../server/transport/retry.ts";
import type { Answer, Script } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, ScriptedLane, trailOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const clock = new VirtualClock();
const { signal } = new AbortController();

function lane(script: Script): ScriptedLane {
  return new ScriptedLane(clock, script);
}

async function read(answer: Answer): Promise<unknown> {
  return await getJson(
    lane(() => answer),
    "WhoAmI",
    { signal },
  );
}

function unsent(code: ConstructorParameters<typeof SendFailure>[0]): SendFailure {
  return new SendFailure(code, "No route to host.", { trail: trailOf(), cause: undefined, remedy: "Look at DNS." });
}

describe("getJson", () => {
  it("gives the parsed answer, and nothing for a 404", async () => {
    expect(await read(jsonReply(200, { UserId: "u" }))).toEqual({ UserId: "u" });
    expect(await read(jsonReply(404, errorBody("0x80060888")))).toBeUndefined();
  });

  it("asks with short patience, since someone waits for the answer", async () => {
    const one = lane((_request, trip) => {
      expect(trip).toEqual({ signal, patience: "short" });
      return jsonReply(200, {});
    });
    await getJson(one, "WhoAmI", { signal });
    expect(one.requests).toEqual([expect.objectContaining({ method: "GET", path: "WhoAmI" })]);
  });

  it.each([
    [403, "principal_forbidden"],
    [500, "overloaded"],
    [429, "overloaded"],
  ])("says what a %i means before the first row: %s", async (status, code) => {
    await expect(read(jsonReply(status, errorBody("0x80040220", "No privilege.")))).rejects.toMatchObject({ code });
  });

  it("blames nobody where a 403 says nothing: it may come from in between", async () => {
    const page = { status: 403, headers: { "content-type": "text/html" }, body: Buffer.from("<html>") };
    await expect(read(page)).rejects.toMatchObject({
      code: "principal_forbidden",
      message: expect.not.stringContaining("application user"),
      remedy: expect.stringContaining("proxy"),
    });
  });

  it("takes a page under a 404 for the word of somebody else, and no table for missing", async () => {
    const page = { status: 404, headers: { "content-type": "text/html" }, body: Buffer.from("<html>") };
    await expect(read(page)).rejects.toMatchObject({ code: "overloaded", remedy: expect.stringContaining("`url`") });
  });

  it("passes on what the service says of a read that it refuses", async () => {
    const refused = read(jsonReply(400, errorBody("0x80060888", "No such property.")));
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining("No such property. (0x80060888)") });
  });

  it("does not take something else for JSON", async () => {
    const page = { status: 200, headers: { "content-type": "text/html" }, body: Buffer.from("<html>") };
    await expect(read(page)).rejects.toMatchObject({ code: "overloaded", remedy: expect.stringContaining("`url`") });
  });

  it.each(["deadline_passed", "outcome_unknown"] as const)(
    "is no row's code when nobody answered: %s",
    async (code) => {
      await expect(read(unsent(code))).rejects.toMatchObject({ code: "overloaded", remedy: "Look at DNS." });
    },
  );

  it("says where to look when nobody answered and nobody knows why", async () => {
    const silent = new SendFailure("deadline_passed", "No.", { trail: trailOf(), cause: undefined });
    await expect(read(silent)).rejects.toMatchObject({ remedy: expect.stringContaining("`url`") });
  });

  it("passes on that the credentials were rejected", async () => {
    await expect(read(unsent("credentials_rejected"))).rejects.toMatchObject({ code: "credentials_rejected" });
  });
});

describe("readTableOf", () => {
  const definition = {
    LogicalName: "account",
    EntitySetName: "accounts",
    PrimaryIdAttribute: "accountid",
    PrimaryNameAttribute: "name",
    TableType: "Standard",
    Attributes: ["String", "Money", "Image"].map((type) => ({
      LogicalName: `new_${type.toLowerCase()}`,
      AttributeTypeName: { Value: `${type}Type` },
    })),
    Keys: [],
    ManyToOneRelationships: [],
  };

  it("asks for the table, then for the details, and bears that some are missing", async () => {
    const one = lane((request) =>
      request.path.includes("/Attributes/") ? jsonReply(404, errorBody("")) : jsonReply(200, definition),
    );
    expect(await readTableOf(one, "account", { signal })).toMatchObject({
      entitySetName: "accounts",
      primaryId: "accountid",
    });
    expect(one.requests[0]?.path).toContain("EntityDefinitions(LogicalName='account')?");
    expect(one.requests.length).toBeGreaterThan(5);
    expect(one.requests.map(({ path }) => path).filter((path) => path.includes("MemoAttribute"))).toEqual([]);
  });

  it("asks no more of a table that is only pointed to than what its key needs", async () => {
    const one = lane(() => jsonReply(200, definition));
    await readTableOf(one, "account", { signal, wanted: new Set() });
    expect(one.requests).toHaveLength(1);
    await readTableOf(one, "account", { signal, wanted: new Set(["new_string", "elsewhere"]) });
    expect(one.requests.slice(2).map(({ path }) => /(\w+)AttributeMetadata/.exec(path)?.[1])).toEqual(["String"]);
  });

  it("asks with the patience of whoever asks", async () => {
    const one = lane((_request, { patience }) => {
      expect(patience).toBe("entry");
      return jsonReply(200, definition);
    });
    await readTableOf(one, "account", { signal, patience: "entry" });
  });

  it("says that there is no such table, and asks no further", async () => {
    const one = lane(() => jsonReply(404, errorBody("")));
    await expect(readTableOf(one, "acount", { signal })).rejects.toMatchObject({ code: "unknown_table" });
    expect(one.requests).toHaveLength(1);
  });

  /** All is there but what only checks before sending need. */
  function withoutOptional(answer: Answer): ScriptedLane {
    return lane(({ path }) =>
      /Image|organizations/.test(path) && !path.startsWith("EntityDefinitions(LogicalName='account')?")
        ? answer
        : jsonReply(200, definition),
    );
  }

  it.each([403, 404])("does without what only checks before sending need (%i)", async (status) => {
    const one = withoutOptional(jsonReply(status, errorBody("0x80040220", "No privilege.")));
    expect((await readTableOf(one, "account", { signal })).currency).toBeUndefined();
  });

  it.each([
    ["an outage", jsonReply(503, {}), "overloaded"],
    ["no answer", unsent("deadline_passed"), "overloaded"],
    ["rejected credentials", unsent("credentials_rejected"), "credentials_rejected"],
  ])("does not take %s for a part that is hidden", async (_what, answer, code) => {
    await expect(readTableOf(withoutOptional(answer), "account", { signal })).rejects.toMatchObject({ code });
  });

  it("fails when a detail cannot be read", async () => {
    const one = lane((request) =>
      request.path.includes("/Attributes/") ? jsonReply(500, {}) : jsonReply(200, definition),
    );
    await expect(readTableOf(one, "account", { signal })).rejects.toMatchObject({ code: "overloaded" });
  });
});
