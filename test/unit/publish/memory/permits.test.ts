import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { Holder } from "../../../../server/publish/memory/permits.ts";
import { Permits } from "../../../../server/publish/memory/permits.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const never = new AbortController().signal;

/** One that may have what nobody else has. */
function holderOf(permits: Permits): Holder {
  return { fits: (bytes) => permits.used + bytes <= permits.limit };
}

/** Asks for permits and notes its name when they come. */
function asker(permits: Permits): {
  granted: string[];
  ask: (name: string, bytes: number, holder: Holder, signal?: AbortSignal) => void;
} {
  const granted: string[] = [];
  return {
    granted,
    ask: (name, bytes, holder, signal = never) => {
      permits.take(bytes, holder, signal).then(
        () => granted.push(name),
        () => granted.push(`${name} refused`),
      );
    },
  };
}

async function settled(): Promise<void> {
  await new VirtualClock().turn();
}

describe("what a holder gives back", () => {
  it("is taken off what it holds, and never more than that", async () => {
    const permits = new Permits(100);
    const holder = holderOf(permits);
    await permits.take(10, holder, never);
    const left = [4, 5, 5].map((bytes) => {
      permits.give(bytes, holder);
      return [permits.heldBy(holder), permits.used];
    });
    expect(left).toEqual([
      [6, 6],
      [1, 1],
      [0, 0],
    ]);
  });
});

describe("Permits", () => {
  it("are had at once, or not at all, by whoever does not wait: never before the holder's own claims", async () => {
    const permits = new Permits(100);
    const { granted, ask } = asker(permits);
    const holder = holderOf(permits);
    expect([permits.tryTake(60, holder), permits.tryTake(60, holder), permits.used]).toEqual([true, false, 60]);
    ask("a", 50, holder);
    expect(permits.tryTake(1, holder)).toBe(false);
    permits.give(60, holder);
    await settled();
    expect([granted, permits.tryTake(1, holder)]).toEqual([["a"], true]);
  });

  it("are granted as far as the holder says, in the order of its claims", async () => {
    const permits = new Permits(100);
    const { granted, ask } = asker(permits);
    const holder = holderOf(permits);
    ask("a", 50, holder);
    ask("large", 80, holder);
    ask("small", 10, holder);
    await settled();
    expect(granted).toEqual(["a"]);
    permits.give(50, holder);
    await settled();
    expect([granted, permits.used]).toEqual([["a", "large", "small"], 90]);
  });

  it("never go to a holder's later claim before its earlier one, though it alone fits", async () => {
    const permits = new Permits(100);
    const { granted, ask } = asker(permits);
    const holder = holderOf(permits);
    permits.seize(90, permits);
    ask("large", 80, holder);
    ask("small", 20, holder);
    permits.give(30, permits);
    await settled();
    expect(granted).toEqual([]);
  });

  it("go to a holder whose claim fits, though another's that does not fit came before", async () => {
    const permits = new Permits(100);
    const { granted, ask } = asker(permits);
    const [stuck, other] = [holderOf(permits), holderOf(permits)];
    permits.seize(60, permits);
    ask("stuck", 90, stuck);
    ask("other", 50, other);
    permits.give(10, permits);
    await settled();
    expect(granted).toEqual(["other"]);
  });

  it("are counted for each holder, and never fewer than it has are given back", () => {
    const permits = new Permits(100);
    const [one, other] = [holderOf(permits), holderOf(permits)];
    permits.seize(150, one);
    permits.seize(30, other);
    expect([permits.heldBy(one), permits.heldBy(other), permits.used]).toEqual([150, 30, 180]);
    permits.give(50, other);
    expect([permits.heldBy(one), permits.heldBy(other), permits.used]).toEqual([150, 0, 150]);
  });

  it("are refused with the signal's reason to whoever waits, and the next claim passes", async () => {
    const permits = new Permits(100);
    const gone = new AbortController();
    const holder = holderOf(permits);
    await permits.take(50, holder, never);
    const refused = permits.take(80, holder, gone.signal);
    const next = permits.take(50, holder, never);
    gone.abort(new Error("gone"));
    await expect(refused).rejects.toThrow("gone");
    await next;
    expect(permits.used).toBe(100);
  });

  it("take out the claim whose signal it was, wherever it stands", async () => {
    const permits = new Permits(10);
    const { granted, ask } = asker(permits);
    const gone = new AbortController();
    const holder = holderOf(permits);
    ask("a", 10, holder);
    ask("b", 10, holder);
    ask("c", 10, holder, gone.signal);
    ask("d", 10, holder);
    gone.abort();
    for (let i = 0; i < 2; i++) {
      await settled();
      permits.give(10, holder);
    }
    await settled();
    expect(granted).toEqual(["a", "c refused", "b", "d"]);
  });

  it("are refused at once to a claim that would wait for a signal that has been given", async () => {
    const permits = new Permits(10);
    const holder = holderOf(permits);
    await permits.take(10, holder, never);
    await expect(permits.take(1, holder, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
    permits.give(10, holder);
    expect(permits.used).toBe(0);
  });

  it("leave no listener on a signal whose claim was granted", async () => {
    const permits = new Permits(10);
    const { signal } = new AbortController();
    const holder = holderOf(permits);
    await permits.take(10, holder, signal);
    const second = permits.take(10, holder, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    permits.give(10, holder);
    await second;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
