import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { unlessAborted } from "../../../server/core/unless-aborted.ts";

const never = (): Promise<never> => new Promise(() => {});

describe("unlessAborted", () => {
  it("is what the work comes to, and leaves no listener behind", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(unlessAborted(Promise.reject(new Error("lost")), signal)).rejects.toThrow("lost");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends with the signal's reason as soon as that is aborted, and leaves no listener behind", async () => {
    const leaving = new AbortController();
    const waiting = unlessAborted(never(), leaving.signal);
    leaving.abort("gone");
    await expect(waiting).rejects.toBe("gone");
    expect(getEventListeners(leaving.signal, "abort")).toEqual([]);
  });

  it("does not wait where the signal was aborted before, nor leave a failure of the work unheard", async () => {
    const signal = AbortSignal.abort("gone");
    await expect(unlessAborted(never(), signal)).rejects.toBe("gone");
    await expect(unlessAborted(Promise.resolve(7), signal)).rejects.toBe("gone");
    // Vitest fails the run for a rejection that nobody handles.
    let fail = (_: Error): void => {};
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    await expect(unlessAborted(work, signal)).rejects.toBe("gone");
    fail(new Error("too late"));
  });
});
