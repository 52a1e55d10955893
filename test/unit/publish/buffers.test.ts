import { describe, expect, it } from "vitest";
import { Buffers, freeBytesMax } from "../../../server/publish/buffers.ts";

describe("buffers of bodies", () => {
  it("are used again for a request of about the same size", () => {
    const buffers = new Buffers();
    const first = buffers.take(100_000);
    buffers.give(first);
    expect(buffers.take(110_000)).toBe(first);
    expect(buffers.take(110_000)).not.toBe(first);
  });

  it("are as long as is asked, and at most twice as long", () => {
    const buffers = new Buffers();
    buffers.give(Buffer.alloc(100_000));
    buffers.give(Buffer.alloc(400_000));
    const taken = buffers.take(150_000);
    expect(taken.length).toBeGreaterThanOrEqual(150_000);
    expect(taken.length).toBeLessThanOrEqual(300_000);
  });

  it("are kept up to a bound, the longest unused not", () => {
    const buffers = new Buffers();
    const given = Array.from({ length: 4 }, () => Buffer.alloc(freeBytesMax / 2));
    for (const buffer of given) buffers.give(buffer);
    const taken = given.map(() => buffers.take(freeBytesMax / 2));
    expect(given.map((buffer) => taken.includes(buffer))).toEqual([false, false, true, true]);
  });

  it("are not kept where one alone is more than the bound", () => {
    const buffers = new Buffers();
    const large = Buffer.alloc(2 * freeBytesMax);
    buffers.give(large);
    expect(buffers.take(large.length)).not.toBe(large);
  });
});
