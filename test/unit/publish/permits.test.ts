import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Permits } from "../../../server/publish/permits.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const never = new AbortController().signal;

/** Asks for a permit and notes its name when it comes. */
function asker(permits: Permits): {
  granted: string[];
  ask: (name: string, bytes: number, signal?: AbortSignal) => void;
} {
  const granted: string[] = [];
  return {
    granted,
    ask: (name, bytes, signal = never) => {
      permits.take(bytes, signal).then(
        () => granted.push(name),
        () => granted.push(`${name} refused`),
      );
    },
  };
}

async function settled(): Promise<void> {
  await new VirtualClock().turn();
}

describe("Permits", () => {
  it("are had at once, or not at all, by whoever does not wait: never before those who do", async () => {
    const permits = new Permits(100);
    const { granted, ask } = asker(permits);
    expect([permits.tryTake(60), permits.tryTake(60), permits.used]).toEqual([true, false, 60]);
    ask("a", 50);
    expect(permits.tryTake(1)).toBe(false);
    permits.give(60);
    await settled();
    expect([granted, permits.tryTake(1)]).toEqual([["a"], true]);
  });

  it("grants up to the limit and no further", async () => {
    const permits = new Permits(100);
    const { granted, ask } = asker(permits);
    ask("a", 60);
    ask("b", 40);
    ask("c", 1);
    await settled();
    expect(granted).toEqual(["a", "b"]);
    expect(permits.used).toBe(100);
    permits.give(60);
    await settled();
    expect(granted).toEqual(["a", "b", "c"]);
    expect(permits.used).toBe(41);
  });

  it("serves in order: a small one does not pass a large one that waits", async () => {
    const permits = new Permits(100);
    const { granted, ask } = asker(permits);
    ask("a", 50);
    ask("large", 80);
    ask("small", 10);
    await settled();
    expect(granted).toEqual(["a"]);
    permits.give(50);
    await settled();
    expect(granted).toEqual(["a", "large", "small"]);
  });

  it("grants one that is larger than the limit alone, so that it does not wait for ever", async () => {
    const permits = new Permits(100);
    const { granted, ask } = asker(permits);
    ask("a", 1);
    ask("giant", 500);
    await settled();
    expect(granted).toEqual(["a"]);
    permits.give(1);
    await settled();
    expect(granted).toEqual(["a", "giant"]);
    ask("b", 1);
    await settled();
    expect(granted).toEqual(["a", "giant"]);
    permits.give(500);
    await settled();
    expect(permits.used).toBe(1);
  });

  it("refuses with the signal's reason whoever waits, and lets the next one pass", async () => {
    const permits = new Permits(100);
    const gone = new AbortController();
    await permits.take(50, never);
    const refused = permits.take(80, gone.signal);
    const next = permits.take(50, never);
    gone.abort(new Error("gone"));
    await expect(refused).rejects.toThrow("gone");
    await next;
    expect(permits.used).toBe(100);
  });

  it("takes out the one whose signal it was, wherever it stands", async () => {
    const permits = new Permits(10);
    const { granted, ask } = asker(permits);
    const gone = new AbortController();
    ask("a", 10);
    ask("b", 10);
    ask("c", 10, gone.signal);
    ask("d", 10);
    gone.abort();
    for (let i = 0; i < 2; i++) {
      await settled();
      permits.give(10);
    }
    await settled();
    expect(granted).toEqual(["a", "c refused", "b", "d"]);
  });

  it("refuses at once when it would wait for a signal that has been given", async () => {
    const permits = new Permits(10);
    await permits.take(10, never);
    await expect(permits.take(1, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
    permits.give(10);
    expect(permits.used).toBe(0);
  });

  it("leaves no listener on a signal whose permit was granted", async () => {
    const permits = new Permits(10);
    const { signal } = new AbortController();
    await permits.take(10, signal);
    const second = permits.take(10, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    permits.give(10);
    await second;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
