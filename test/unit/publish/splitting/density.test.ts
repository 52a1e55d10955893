import { describe, expect, it } from "vitest";
import { Density } from "../../../../server/publish/splitting/density.ts";

describe("Density", () => {
  it("expects few bad rows before it has seen any", () => {
    expect(new Density().value).toBeCloseTo(0.02);
  });

  it("falls as good rows go by, and never to nothing", () => {
    const density = new Density();
    for (let i = 0; i < 100; i++) density.judged(1000, 0);
    expect(density.value).toBeGreaterThan(0);
    expect(density.value).toBeLessThan(0.000_05);
  });

  it("believes in rows that were good for a million, until one is bad", () => {
    const density = new Density();
    for (let i = 0; i < 1000; i++) density.judged(1000, 0);
    expect(density.value).toBeLessThan(0.000_000_5);
    density.judged(1000, 1);
    expect(density.value).toBeGreaterThan(0.000_03);
  });

  it("comes near what it sees", () => {
    const density = new Density();
    for (let i = 0; i < 200; i++) density.judged(100, 3);
    expect(density.value).toBeCloseTo(0.03, 3);
  });

  it("forgets a run of bad rows", () => {
    const density = new Density();
    density.judged(1000, 500);
    for (let i = 0; i < 200; i++) density.judged(1000, 0);
    expect(density.value).toBeLessThan(0.001);
  });

  it("stays below one when every row is bad", () => {
    const density = new Density();
    for (let i = 0; i < 100; i++) density.judged(100, 100);
    expect(density.value).toBeLessThan(1);
  });
});
