import { describe, expect, it } from "vitest";
import { Detours } from "../../../../server/schedule/servers/detours.ts";
import type { Server } from "../../../../server/schedule/servers/server.ts";

const [first, second, third] = ["a", "b", "c"].map((cookie, i) => ({ number: i + 1, cookie })) as [
  Server,
  Server,
  Server,
];

describe("a cookie that led elsewhere", () => {
  it("is believed to for a while, of that principal alone, and doubted afterwards", () => {
    const detours = new Detours();
    detours.met("app", first, second, 0);
    const end = detours.nextEnd(0);
    expect([detours.end("app", first, end - 1), detours.isDoubted("app", first, end - 1)]).toEqual([second, false]);
    expect([detours.end("app", first, end), detours.isDoubted("app", first, end)]).toEqual([first, true]);
    expect(detours.end("other", first, end - 1)).toBe(first);
    expect(detours.nextEnd(end), "nothing ends any more").toBe(Number.POSITIVE_INFINITY);
  });

  it("leads home again as soon as its own server answers", () => {
    const detours = new Detours();
    detours.met("app", first, second, 0);
    detours.met("app", first, first, 1);
    expect([detours.end("app", first, 1), detours.isDoubted("app", first, 60_000)]).toEqual([first, false]);
  });

  it("is taken for one that leads there for long when it comes to the same server three times in a row", () => {
    const detours = new Detours();
    for (const to of [second, third, third]) detours.met("app", first, to, 0);
    expect(detours.isRemapped("app", first)).toBe(false);
    detours.met("app", first, third, 0);
    expect(detours.isRemapped("app", first)).toBe(true);
  });

  it("is forgotten with its server", () => {
    const detours = new Detours();
    detours.met("app", first, second, 0);
    detours.forget(first);
    expect([detours.end("app", first, 1), detours.nextEnd(0)]).toEqual([first, Number.POSITIVE_INFINITY]);
  });
});
