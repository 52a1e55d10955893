import { describe, expect, it } from "vitest";
import type { ReadTable } from "../../../server/publish/table-cache.ts";
import { TableCache } from "../../../server/publish/table-cache.ts";
import { accounts } from "../../support/publish/scenes.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const clock = new VirtualClock();
const { signal } = new AbortController();
const patient = { signal };

describe("TableCache", () => {
  it("reads a table once, however many wait for it", async () => {
    const reads: string[] = [];
    const cache = new TableCache(async (name) => {
      reads.push(name);
      await clock.turn();
      return accounts;
    });
    const names = ["account", "account", "contact"];
    expect(await Promise.all(names.map((name) => cache.get(name, patient)))).toEqual([accounts, accounts, accounts]);
    await cache.get("account", patient);
    expect(reads).toEqual(["account", "contact"]);
  });

  it("tells a table that is written from one that is pointed to by some attributes", async () => {
    const reads: unknown[] = [];
    const cache = new TableCache((name, { wanted }) => {
      reads.push([name, wanted === undefined ? "all" : [...wanted]]);
      return Promise.resolve(accounts);
    });
    for (const wanted of [undefined, new Set(["a"]), new Set(["a"]), undefined]) {
      await cache.get("account", { signal, wanted });
    }
    expect(reads).toEqual([
      ["account", "all"],
      ["account", ["a"]],
    ]);
  });

  it("does not remember a failure", async () => {
    let reads = 0;
    const cache = new TableCache(() => {
      reads += 1;
      return reads === 1 ? Promise.reject(new Error("not yet")) : Promise.resolve(accounts);
    });
    const both = [cache.get("account", patient), cache.get("account", patient)];
    for (const one of both) await expect(one).rejects.toThrow("not yet");
    expect(await cache.get("account", patient)).toBe(accounts);
  });
});

describe("a table that takes long to be read", () => {
  const signals: AbortSignal[] = [];
  /** Until nobody waits for it. */
  const slow: ReadTable = (_name, options) =>
    new Promise((_, reject) => {
      signals.push(options.signal);
      options.signal.addEventListener("abort", () => reject(options.signal.reason), { once: true });
    });

  it("is read on for those who stay, given up with the last of them, and read anew for the next", async () => {
    const cache = new TableCache(slow);
    const leave = [new AbortController(), new AbortController()];
    const [first, second] = leave.map((each) => cache.get("account", { signal: each.signal }));
    leave[0]?.abort(new Error("the first is gone"));
    await expect(first).rejects.toThrow("the first is gone");
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    leave[1]?.abort(new Error("the second is gone"));
    await expect(second).rejects.toThrow("the second is gone");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    void cache.get("account", patient);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it("is not begun for who is gone", async () => {
    const cache = new TableCache(() => expect.unreachable());
    await expect(cache.get("account", { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
  });
});
