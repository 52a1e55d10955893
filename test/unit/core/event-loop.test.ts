import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { registerEventLoop } from "../../../server/core/event-loop.ts";

describe("registerEventLoop", () => {
  it("tells the delay in seconds, never below zero, by quantile", async () => {
    const registry = new Registry();
    registerEventLoop(registry);
    const text = await registry.metrics();
    const values = [...text.matchAll(/\{quantile="([\d.]+)"\} (\S+)/g)].map(([, quantile, value]) => [
      quantile,
      Number(value),
    ]);
    expect(values.map(([quantile]) => quantile)).toEqual(["0.5", "0.99", "1"]);
    expect(values.every(([, value]) => Number(value) >= 0)).toBe(true);
  });
});
