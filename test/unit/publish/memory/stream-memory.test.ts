import { describe, expect, it } from "vitest";
import { Permits } from "../../../../server/publish/memory/permits.ts";
import { StreamMemory } from "../../../../server/publish/memory/stream-memory.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const { signal } = new AbortController();

/** Whether it is done without anybody giving anything back. */
async function isDone(work: Promise<void>): Promise<boolean> {
  return await Promise.race([work.then(() => true), new VirtualClock().turn().then(() => false)]);
}

describe("the memory of a stream", () => {
  it("takes what came, and keeps room for as much again", async () => {
    const permits = new Permits(100);
    const memory = new StreamMemory(permits);
    memory.add(20);
    await memory.keep(20, signal);
    expect(permits.used).toBe(40);
    memory.add(20);
    expect(permits.used).toBe(40);
  });

  it("of a stream alone is half of all at most: a quarter is for requests, and a third of the rest for the next stream", async () => {
    const permits = new Permits(400);
    const memory = new StreamMemory(permits);
    memory.add(100);
    expect(await isDone(memory.keep(100, signal))).toBe(true);
    memory.add(100);
    expect(await isDone(memory.keep(1, signal))).toBe(false);
    memory.give(100);
    expect(permits.used).toBe(101);
  });

  it("is smaller for each of several, and never so small that one with nothing waits", async () => {
    const permits = new Permits(400);
    const all = Array.from({ length: 40 }, () => new StreamMemory(permits));
    for (const memory of all) {
      memory.add(20);
      memory.give(20);
      expect(await isDone(memory.keep(20, signal))).toBe(true);
    }
    expect(await isDone(all[0]?.keep(1, signal) ?? Promise.reject(new Error("no stream")))).toBe(false);
  });

  it("lets a stream go on whose rows have settled, though requests and others hold all there is", async () => {
    const permits = new Permits(100);
    const memory = new StreamMemory(permits);
    permits.seize(1000, permits);
    memory.add(50);
    const next = memory.keep(50, signal);
    expect(await isDone(next)).toBe(false);
    memory.give(50);
    expect(await isDone(next)).toBe(true);
  });

  it("waits no longer when it is told to stop, and keeps nothing then", async () => {
    const permits = new Permits(100);
    const memory = new StreamMemory(permits);
    const halt = new AbortController();
    memory.add(80);
    const waiting = memory.keep(50, halt.signal);
    halt.abort();
    await waiting;
    expect(permits.used).toBe(80);
  });

  it("keeps nothing for a client that has said its end", async () => {
    const permits = new Permits(1000);
    const memory = new StreamMemory(permits);
    memory.add(80);
    await memory.keep(80, signal);
    memory.keepNothing();
    expect(permits.used).toBe(80);
  });

  it("is given back when its rows have settled, and all of it when it closes", async () => {
    const permits = new Permits(1000);
    const memory = new StreamMemory(permits);
    memory.add(30);
    memory.add(50);
    await memory.keep(50, signal);
    memory.give(30);
    expect(permits.used).toBe(100);
    memory.giveAll();
    memory.give(50);
    expect(permits.used).toBe(0);
  });
});
