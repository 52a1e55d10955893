import { describe, expect, it } from "vitest";
import type { Caller } from "../../../server/flight/auth.ts";
import { readCriteria } from "../../../server/flight/messages.ts";
import { Questions } from "../../../server/flight/questions.ts";
import { RunOwners } from "../../../server/flight/run-owners.ts";
import { WireWriter } from "../../../server/flight/wire-format.ts";
import { catalog } from "../../support/flight-parts.ts";

const caller: Caller = { name: "a", mayUse: (environment) => environment !== "secret", mayPublish: () => true };
const other: Caller = { ...caller, name: "b" };
const owners = new RunOwners();
const questions = new Questions({ environments: ["demo", "secret"], catalog, owners });

function path(...elements: readonly string[]): Buffer {
  const descriptor = new WireWriter().varint(1, 1);
  for (const element of elements) descriptor.element(3, Buffer.from(element));
  return descriptor.finish();
}

async function act(type: string, body: object, by = caller): Promise<unknown> {
  const action = new WireWriter().text(1, type).text(2, JSON.stringify(body)).finish();
  return JSON.parse(readCriteria(await questions.act(action, by)));
}

async function list(messages: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const all: Buffer[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

const refused = (code: string): object => expect.objectContaining({ code });

describe("check", () => {
  it("names who could sign in", async () => {
    expect(await act("check", { environment: "demo", table: "account" })).toEqual({
      environment: "demo",
      principals: [{ name: "app", userId: "u-1", operationsToday: 7 }],
      table: "account",
    });
  });

  it("takes an environment alone", async () => {
    expect(await act("check", { environment: "demo" })).toMatchObject({ table: "" });
  });

  it("refuses another caller's environment and a table that is no name", async () => {
    await expect(act("check", { environment: "secret" })).rejects.toThrow(refused("caller_not_allowed"));
    await expect(act("check", { environment: "demo", table: "a/b" })).rejects.toThrow(refused("invalid_command"));
  });
});

describe("status and cancel", () => {
  it("tell of a live run", async () => {
    expect(await act("status", { runId: "known" })).toMatchObject({
      runId: "known",
      streams: 1,
      received: 5,
      failed: 1,
    });
    expect(await act("cancel", { runId: "known" })).toEqual({ cancelled: true });
  });

  it("know nothing of a run that is not there", async () => {
    expect(await act("status", { runId: "other" })).toMatchObject({ streams: 0, received: 0 });
    expect(await act("cancel", { runId: "other" })).toEqual({ cancelled: false });
  });

  it("are for the run's own caller", async () => {
    const leave = owners.join("known", caller);
    await expect(act("status", { runId: "known" }, other)).rejects.toThrow(refused("caller_not_allowed"));
    await expect(act("cancel", { runId: "known" }, other)).rejects.toThrow(refused("caller_not_allowed"));
    leave();
  });

  it("need a runId", async () => {
    await expect(act("status", {})).rejects.toThrow(refused("invalid_command"));
    await expect(act("cancel", { run: "x" })).rejects.toThrow(refused("invalid_command"));
  });
});

describe("an action that does not exist", () => {
  it("is refused with those that do", async () => {
    await expect(act("drop", {})).rejects.toThrow(
      expect.objectContaining({ remedy: "There are: check, status, cancel." }),
    );
  });
});

describe("tables", () => {
  it("are listed for the caller's environments alone", async () => {
    const all = await list(questions.flights(Buffer.alloc(0), caller));
    expect(all).toHaveLength(2);
    const criteria = new WireWriter().text(1, "secret").finish();
    await expect(list(questions.flights(criteria, caller))).rejects.toThrow(refused("caller_not_allowed"));
  });

  it.each([
    ["no path", Buffer.alloc(0)],
    ["one element", path("demo")],
    ["three elements", path("demo", "account", "x")],
    ["a table that is no name", path("demo", "../x")],
  ])("are not found by %s", async (_, descriptor) => {
    await expect(questions.schema(descriptor, caller)).rejects.toThrow(refused("invalid_command"));
  });

  it("have a schema behind its length", async () => {
    const schema = readBytes(await questions.schema(path("demo", "account"), caller));
    expect(schema.readUInt32LE(0)).toBe(0xffff_ffff);
    expect(schema.readUInt32LE(4)).toBe(schema.length - 8);
  });

  it("tell their schema also with where they are published to", async () => {
    const schema = await questions.schema(path("demo", "account"), caller);
    expect((await questions.flight(path("demo", "account"), caller)).includes(readBytes(schema))).toBe(true);
  });
});

function readBytes(message: Buffer): Buffer {
  // One field, number 1, of less than 16 KiB: tag and two bytes of length.
  return message.subarray(3);
}
