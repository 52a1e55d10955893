import { describe, expect, it } from "vitest";
import { Permits } from "../../../server/publish/permits.ts";
import { StreamMemory } from "../../../server/publish/stream-memory.ts";

const quarter = 32 << 20;
const { signal } = new AbortController();

describe("the memory of a stream", () => {
  it("is its own share at most, however much there is", async () => {
    const memory = new StreamMemory(new Permits(4 * quarter));
    expect(await memory.take(quarter, signal)).toBe(true);
    const halt = new AbortController();
    const more = memory.take(1, halt.signal);
    halt.abort();
    expect(await more).toBe(false);
  });

  it("waits for the other streams of the process, and holds nothing when it is told to stop", async () => {
    const shared = new Permits(100);
    const [one, other] = [new StreamMemory(shared), new StreamMemory(shared)];
    await one.take(80, signal);
    const halt = new AbortController();
    const waiting = other.take(50, halt.signal);
    halt.abort();
    expect(await waiting).toBe(false);
    other.giveAll();
    expect(shared.used).toBe(80);
  });

  it("is given back when its rows have settled, and all of it when it closes", async () => {
    const shared = new Permits(100);
    const memory = new StreamMemory(shared);
    await memory.take(30, signal);
    await memory.take(50, signal);
    memory.give(30);
    expect(shared.used).toBe(50);
    memory.giveAll();
    memory.give(50);
    expect(shared.used).toBe(0);
  });
});
