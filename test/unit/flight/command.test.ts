import { describe, expect, it } from "vitest";
import { commandBytesMax, readCommand, resolveEnvironment } from "../../../server/flight/command.ts";
import { usualRequest } from "../../support/usual-request.ts";

const context = { environments: ["demo"], newRunId: () => "made" };
const least = { table: "account", mode: "UPSERT", matchOn: ["accountnumber"], runId: "run" };

const read = (publish: object): ReturnType<typeof readCommand> =>
  readCommand(Buffer.from(JSON.stringify({ publish })), context);
const refusal = (message: RegExp): object =>
  expect.objectContaining({ code: "invalid_command", message: expect.stringMatching(message) });

describe("readCommand", () => {
  it("fills in the defaults of the interface", () => {
    expect(read(least)).toEqual({ warnings: [], request: { ...usualRequest, ...least } });
  });

  it("keeps what is given", () => {
    const given = {
      ...least,
      environment: "demo",
      partition: 3,
      attempt: 17,
      ignore: ["note"],
      rowKey: ["c_custkey"],
      nulls: "IGNORE",
      excess: "ROUND",
      onMissing: "FAIL",
      returning: "ALL",
      maxFailedRows: 1000,
      maxFailedRatio: 0,
      endsExplicitly: true,
      expectedRows: 4_000_000_000,
    } as const;
    expect(read({ ...given, strategy: "BATCH" }).request).toMatchObject(given);
  });

  it("reads lookups, choices and timestamps", () => {
    const columns = [
      { source: "a", target: "tpch_account", lookup: { table: "account", by: ["accountnumber"] } },
      { sources: ["b", "c"], target: "owner", lookup: { table: "systemuser, team", by: ["x", "y"], tableFrom: "t" } },
      { source: "d", target: "industrycode", choice: { by: "LABEL", language: 1033 } },
      { source: "e", target: "statecode", choice: {} },
      { source: "f", target: "lastonholdtime", timestamp: { naive: "UTC" } },
    ];
    expect(read({ ...least, columns }).request.columns).toEqual([
      { sources: ["a"], target: "tpch_account", lookup: { table: "account", by: ["accountnumber"] } },
      { sources: ["b", "c"], target: "owner", lookup: { table: "systemuser, team", by: ["x", "y"], tableFrom: "t" } },
      { sources: ["d"], target: "industrycode", choice: { by: "LABEL", language: 1033 } },
      { sources: ["e"], target: "statecode", choice: { by: "VALUE" } },
      { sources: ["f"], target: "lastonholdtime", timestamp: { naive: "UTC" } },
    ]);
  });

  it("names a run that has no name, and warns", () => {
    const { request, warnings } = read({ ...least, runId: "" });
    expect(request.runId).toBe("made");
    expect(warnings[0]).toContain("made");
  });

  it.each([
    [{ tabel: "x" }, /tabel/],
    [{ matchOn: [] }, /publish\.matchOn is missing/],
    [{ mode: "" }, /MODE|mode/i],
    [{ mode: undefined }, /publish\.mode is missing/],
    [{ modeColumn: "op" }, /publish\.modeColumn is reserved/],
    [{ excess: 99 }, /publish\.excess/],
    [{ nulls: 99 }, /publish\.nulls/],
    [{ columns: [{ source: "a", target: "b", choice: { by: 9 } }] }, /publish\.columns\[0\]\.choice\.by/],
    [{ columns: [{ source: "a", target: "b", timestamp: { naive: 9 } }] }, /publish\.columns\[0\]\.timestamp\.naive/],
    [{ partition: -1 }, /partition/],
    [{ partition: 2 ** 32 }, /partition/],
    [{ maxFailedRatio: 1.01 }, /publish\.maxFailedRatio/],
    [{ runId: "a\u0007b" }, /publish\.runId/],
    [{ runId: "x".repeat(129) }, /publish\.runId/],
    [{ ignore: ["a", "a"] }, /publish\.ignore names something twice/],
    [{ rowKey: [""] }, /publish\.rowKey\[0\]/],
    [{ columns: [{ target: "a" }] }, /publish\.columns\[0\] must have either/],
    [{ columns: [{ source: "a", sources: ["b"], target: "a" }] }, /must have either/],
    [{ columns: [{ sources: ["b"], target: "a" }] }, /only be given with a lookup/],
    [{ columns: [{ source: "a", target: "b", lookup: {}, choice: {} }] }, /only one of lookup/],
    [{ columns: [{ sources: ["a", "b"], target: "c", lookup: { by: ["k"] } }] }, /as many as/],
    [{ columns: [{ source: "a", target: "c", lookup: { table: "t,u v" } }] }, /lookup\.table\[1\] is "u v"/],
    [{ columns: [{ source: "a", target: "c", lookup: { table: "t,t" } }] }, /names something twice/],
  ])("refuses %j", (fault, message) => {
    expect(() => read({ ...least, ...fault })).toThrow(refusal(message));
  });

  it("names every fault at once", () => {
    expect(() => read({ table: "a/b", mode: "UPSERT" })).toThrow(refusal(/table.*matchOn/));
  });

  it.each([
    "account/../x",
    "account?$top=1",
    "http://evil",
    "a b",
    "a'b",
    "a\r\nHost: x",
    "@odata.bind",
    "",
    "x".repeat(129),
  ])("lets no table be called %j", (table) => {
    expect(() => read({ ...least, table })).toThrow(refusal(/publish\.table/));
  });

  it("takes the longest table name and runId", () => {
    expect(() => read({ ...least, table: "x".repeat(128), runId: "é".repeat(128) })).not.toThrow();
  });

  it("needs no matchOn to insert", () => {
    expect(read({ ...least, mode: "INSERT", matchOn: [] }).request.mode).toBe("INSERT");
  });

  it("refuses prototypes among the fields", () => {
    const cmd = Buffer.from('{"publish": {"__proto__": {"table": "account"}}}');
    expect(() => readCommand(cmd, context)).toThrow(refusal(/__proto__/));
  });

  it.each([
    ["no JSON", "hello"],
    ["nothing", ""],
    ["an empty object", "{}"],
    ["a list", "[]"],
    ["a deep nest", "[".repeat(100_000)],
  ])("refuses %s", (_, text) => {
    expect(() => readCommand(Buffer.from(text), context)).toThrow(refusal(/./));
  });

  it("refuses bytes that are no UTF-8", () => {
    expect(() => readCommand(Buffer.from([0x7b, 0xff]), context)).toThrow(refusal(/cannot be read/));
  });

  it("reads a command of the largest size and refuses one byte more", () => {
    const text = JSON.stringify({ publish: least });
    const largest = Buffer.from(text.padEnd(commandBytesMax));
    expect(() => readCommand(largest, context)).not.toThrow();
    expect(() => readCommand(Buffer.concat([largest, Buffer.from(" ")]), context)).toThrow(refusal(/bytes/));
  });
});

describe("resolveEnvironment", () => {
  it("takes the only one when none is named", () => {
    expect(resolveEnvironment("", ["demo"])).toBe("demo");
  });

  it("asks for a name when there are several", () => {
    expect(() => resolveEnvironment("", ["a", "b"])).toThrow(refusal(/several/));
  });

  it("refuses a name that the server does not have, and says which there are", () => {
    expect(() => resolveEnvironment("c", ["a", "b"])).toThrow(
      expect.objectContaining({ code: "unknown_environment", remedy: "There are: a, b." }),
    );
  });
});
