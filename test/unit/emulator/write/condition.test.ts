import { describe, expect, it } from "vitest";
import type { Emulator } from "../../../emulator/emulator.ts";
import { ask, guid } from "../support.ts";
import { environment, outcome, rowOf } from "./tables.ts";

const id = guid(1);
const any = { "if-match": "*" };
const none = { "if-none-match": "*" };
const stale = { "if-match": 'W/"1"' };

async function withRow(): Promise<Emulator> {
  const emulator = environment();
  await ask(emulator, "POST accounts", { accountid: id, name: "x", accountnumber: "A", description: "d" });
  return emulator;
}

async function current(emulator: Emulator): Promise<Record<string, string>> {
  return { "if-match": (await ask(emulator, `GET accounts(${id})`)).headers["etag"] ?? "" };
}

describe("PATCH of a row that is there", () => {
  it.each([
    ["without a condition", {}, "204"],
    ["If-Match: *", any, "204"],
    ["If-Match: stale", stale, "412 0x80060882"],
    ["If-Match without W/", { "if-match": '"1"' }, "412 0x80060882"],
    ["If-Match that is no ETag", { "if-match": "abc" }, "412 0x80060882"],
    ["If-None-Match: *", none, "412 0x80040237"],
    ["If-None-Match: null", { "if-none-match": "null" }, "204"],
    ["If-Match: null", { "if-match": "null" }, "204"],
    ["If-None-Match: an ETag", { "if-none-match": 'W/"1"' }, "204"],
    ["both", { ...any, ...none }, "412 0x80040237"],
  ])("%s", async (_what, headers, expected) => {
    const emulator = await withRow();
    expect(outcome(await ask(emulator, `PATCH accounts(${id})`, { name: "y" }, headers))).toBe(expected);
    expect(outcome(await ask(emulator, "PATCH accounts(accountnumber='A')", { name: "y" }, headers))).toBe(expected);
    expect(rowOf(emulator, "account", id)?.["name"]).toBe(expected === "204" ? "y" : "x");
  });

  it("If-Match: its ETag", async () => {
    const emulator = await withRow();
    const reply = await ask(emulator, `PATCH accounts(${id})`, { name: "y" }, await current(emulator));
    expect(outcome(reply)).toBe("204");
  });
});

describe("PATCH of a row that is not there", () => {
  it.each([
    ["without a condition", {}, "204", "204"],
    ["If-Match: *", any, "404 0x80040217", "404 0x80060891"],
    ["If-Match: an ETag", stale, "404 0x80040217", "404 0x80060891"],
    ["If-None-Match: *", none, "204", "204"],
    ["both", { ...any, ...none }, "404 0x80040217", "404 0x80060891"],
  ])("%s", async (_what, headers, byId, byKey) => {
    const emulator = environment();
    expect(outcome(await ask(emulator, `PATCH accounts(${id})`, { name: "y" }, headers))).toBe(byId);
    expect(outcome(await ask(emulator, "PATCH accounts(accountnumber='A')", { name: "y" }, headers))).toBe(byKey);
    expect(emulator.rows("account")).toHaveLength(byId === "204" ? 2 : 0);
  });
});

/** What a condition says of a row that is there, where nothing can be created. */
const onStandingRow = [
  ["without a condition", {}, "204"],
  ["If-Match: *", any, "204"],
  ["If-Match: stale", stale, "412 0x80060882"],
  ["If-None-Match: *", none, "412 0x80040237"],
] as const;

describe("DELETE", () => {
  it.each(onStandingRow)("%s", async (_what, headers, expected) => {
    const emulator = await withRow();
    expect(outcome(await ask(emulator, `DELETE accounts(${id})`, "", headers))).toBe(expected);
    expect(emulator.rows("account")).toHaveLength(expected === "204" ? 0 : 1);
    expect(outcome(await ask(environment(), `DELETE accounts(${id})`, "", headers))).toBe("404 0x80040217");
  });

  it("by alternate key", async () => {
    const emulator = await withRow();
    expect(outcome(await ask(emulator, "DELETE accounts(accountnumber='A')"))).toBe("204");
    expect(outcome(await ask(emulator, "DELETE accounts(accountnumber='A')"))).toBe("404 0x80060891");
  });
});

describe("PUT and DELETE of a single property", () => {
  it.each(onStandingRow)("%s", async (_what, headers, expected) => {
    const emulator = await withRow();
    expect(outcome(await ask(emulator, `PUT accounts(${id})/name`, { value: "y" }, headers))).toBe(expected);
    expect(outcome(await ask(emulator, `DELETE accounts(${id})/description`, "", headers))).toBe(expected);
    expect(rowOf(emulator, "account", id)).toMatchObject(
      expected === "204" ? { name: "y", description: null } : { name: "x", description: "d" },
    );
    expect(outcome(await ask(environment(), `PUT accounts(${id})/name`, { value: "y" }, headers))).toBe(
      "404 0x80040217",
    );
  });

  it("takes the current ETag", async () => {
    const emulator = await withRow();
    expect(outcome(await ask(emulator, `PUT accounts(${id})/name`, { value: "y" }, await current(emulator)))).toBe(
      "204",
    );
  });
});
