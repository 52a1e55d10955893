import { describe, expect, it } from "vitest";
import { Permits } from "../../../../server/publish/memory/permits.ts";
import { leastOfService, StreamMemory, windowful } from "../../../../server/publish/memory/stream-memory.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const { signal } = new AbortController();
const service = {};

/** Whether it is done without anybody giving anything back. */
async function isDone(work: Promise<void> | undefined): Promise<boolean> {
  return await Promise.race([Promise.resolve(work).then(() => true), new VirtualClock().turn().then(() => false)]);
}

describe("the memory of a stream", () => {
  it("takes what came, and keeps room for as much again", async () => {
    const permits = new Permits(100);
    const memory = new StreamMemory(permits, service);
    memory.add(20);
    await memory.keep(20, signal);
    expect(permits.used).toBe(40);
    memory.add(20);
    expect(permits.used).toBe(40);
  });

  it("gives back what it kept once", async () => {
    const permits = new Permits(1000);
    const memory = new StreamMemory(permits, service);
    await memory.keep(20, signal);
    memory.add(20);
    memory.add(20);
    expect(permits.used).toBe(40);
  });

  it("hands the room that it kept to what came for it, and to nobody who waits", async () => {
    const permits = new Permits(2 * windowful);
    const [memory, other] = [new StreamMemory(permits, service), new StreamMemory(permits, service)];
    other.add(leastOfService);
    other.give(leastOfService - windowful);
    await memory.keep(windowful, signal);
    new StreamMemory(permits, service).add(leastOfService - 2 * windowful);
    const waiting = new StreamMemory(permits, service).keep(2 * windowful, signal);
    memory.add(windowful);
    expect(await isDone(waiting)).toBe(false);
  });

  it("counts what it asks for: the last message fits or waits as a whole", async () => {
    const permits = new Permits(400);
    const memory = new StreamMemory(permits, service);
    memory.add(100);
    expect(await isDone(memory.keep(101, signal))).toBe(false);
  });

  it("of a stream alone is half of all at most: a quarter is for requests, and a third of the rest for the next stream", async () => {
    const permits = new Permits(400);
    const memory = new StreamMemory(permits, service);
    memory.add(100);
    expect(await isDone(memory.keep(100, signal))).toBe(true);
    memory.add(100);
    expect(await isDone(memory.keep(1, signal))).toBe(false);
    memory.give(100);
    expect(permits.used).toBe(101);
  });

  it("is smaller for each of several, and never so small that one with nothing waits", async () => {
    const permits = new Permits(400);
    const all = Array.from({ length: 40 }, () => new StreamMemory(permits, service));
    for (const memory of all) {
      memory.add(20);
      memory.give(20);
      expect(await isDone(memory.keep(20, signal))).toBe(true);
    }
    const [first] = all;
    if (first === undefined) throw new Error("There is no stream.");
    expect(await isDone(first.keep(1, signal))).toBe(false);
  });

  it("lets a stream go on whose rows have settled as soon as there is any room, however large its message: none waits for ever", async () => {
    const permits = new Permits(windowful);
    const memory = new StreamMemory(permits, service);
    const other = new StreamMemory(permits, service);
    other.add(leastOfService);
    const next = memory.keep(100 * windowful, signal);
    expect(await isDone(next)).toBe(false);
    other.give(leastOfService - 1);
    expect(await isDone(next)).toBe(true);
  });

  it("of those that hold nothing goes to one after another when all of it is held: a hundred streams are not a hundred messages beyond it", async () => {
    const permits = new Permits(10 * leastOfService);
    const all = Array.from({ length: 100 }, () => new StreamMemory(permits, service));
    const waiting = all.map((memory) => memory.keep(leastOfService, signal));
    expect(permits.used).toBe(10 * leastOfService);
    const [first, , , , , , , , , , eleventh] = all;
    first?.giveAll();
    expect(await isDone(waiting[10])).toBe(true);
    expect(await isDone(waiting[11])).toBe(false);
    eleventh?.giveAll();
    expect(await isDone(waiting[11])).toBe(true);
  });

  it("holds up no stream of a few rows: they lie in its window anyhow", () => {
    const permits = new Permits(100);
    new StreamMemory(permits, service).add(leastOfService);
    expect(new StreamMemory(permits, service).keep(windowful, signal)).toBeUndefined();
  });

  it("is never held by one service alone: streams before another go on, one after the other", async () => {
    const permits = new Permits(100);
    new StreamMemory(permits, service).add(2 * leastOfService);
    const another = {};
    const [one, next] = [new StreamMemory(permits, another), new StreamMemory(permits, another)];
    expect(await isDone(one.keep(leastOfService, signal))).toBe(true);
    const waiting = next.keep(leastOfService, signal);
    expect(await isDone(waiting)).toBe(false);
    one.giveAll();
    expect(await isDone(waiting)).toBe(true);
  });

  it("waits no longer when it is told to stop, and keeps nothing then", async () => {
    const permits = new Permits(100);
    const memory = new StreamMemory(permits, service);
    const halt = new AbortController();
    memory.add(80);
    const waiting = memory.keep(50, halt.signal);
    halt.abort();
    await waiting;
    expect(permits.used).toBe(80);
  });

  it("keeps nothing once it was told to stop, though there is room: it would never be given back", () => {
    const permits = new Permits(100);
    const memory = new StreamMemory(permits, service);
    expect(memory.keep(20, AbortSignal.abort())).toBeUndefined();
    expect(permits.used).toBe(0);
  });

  it("keeps nothing for a client that has said its end", async () => {
    const permits = new Permits(1000);
    const memory = new StreamMemory(permits, service);
    memory.add(80);
    await memory.keep(80, signal);
    memory.keepNothing();
    expect(permits.used).toBe(80);
  });

  it("is given back when its rows have settled, and all of it when it closes", async () => {
    const permits = new Permits(1000);
    const memory = new StreamMemory(permits, service);
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
