import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { registerEventLoop } from "../../../server/core/event-loop.ts";

describe("registerEventLoop", () => {
  it("tells the delay in seconds, never below zero, by percentile", async () => {
    const registry = new Registry();
    registerEventLoop(registry);
    const text = await registry.metrics();
    const values = [...text.matchAll(/\{percentile="(\d+)"\} (\S+)/g)].map(([, percentile, value]) => [
      percentile,
      Number(value),
    ]);
    expect(values.map(([percentile]) => percentile)).toEqual(["50", "99", "100"]);
    expect(values.every(([, value]) => Number(value) >= 0)).toBe(true);
  });
});
