import { describe, expect, it } from "vitest";
import { Figures } from "../../../../server/publish/runs/figures.ts";

const none = { received: 0, notSent: 0, created: 0, updated: 0, upserted: 0, deleted: 0, unchanged: 0, failed: 0 };

describe("Figures", () => {
  it("tells of each outcome under its name", () => {
    const outcomes = { created: 1, updated: 2, upserted: 3, deleted: 4, unchanged: 5, failed: 6 };
    const told: (readonly [string, number])[] = [];
    const figures = new Figures({ rows: (kind, count) => told.push([kind, count]), waited: () => undefined });
    figures.tell({ ...none, ...outcomes });
    expect(Object.fromEntries(told)).toEqual(outcomes);
  });

  it("tells only what is new since the last time", () => {
    const told: (readonly [string, number])[] = [];
    const figures = new Figures({
      rows: (kind, count) => told.push([kind, count]),
      waited: () => undefined,
    });
    figures.tell({ ...none, created: 5, failed: 1, received: 9, notSent: 2 });
    figures.tell({ ...none, created: 5, failed: 3, received: 9 });
    figures.tell({ ...none, created: 6, failed: 3, received: 9 });
    expect(told).toEqual([
      ["created", 5],
      ["failed", 1],
      ["failed", 2],
      ["created", 1],
    ]);
  });
});
