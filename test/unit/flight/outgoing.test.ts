import { describe, expect, it } from "vitest";
import { Outgoing, unreadBytesMax } from "../../../server/flight/outgoing.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

class SlowOutlet {
  readonly written: Buffer[] = [];
  readonly #taken: (() => void)[] = [];

  write(message: Buffer, taken: () => void): void {
    this.written.push(message);
    this.#taken.push(taken);
  }

  take(): void {
    this.#taken.shift()?.();
  }
}

const mebibyte = Buffer.alloc(1024 * 1024);
const fits = Math.floor(unreadBytesMax / mebibyte.length) - 1;

function setUp(): { outlet: SlowOutlet; outgoing: Outgoing; clock: VirtualClock; permits: Permits } {
  const outlet = new SlowOutlet();
  const clock = new VirtualClock();
  const permits = new Permits(1 << 20);
  return { outlet, clock, permits, outgoing: new Outgoing(outlet, { clock, permits }) };
}

async function settled(work: Promise<void>): Promise<boolean> {
  let done = false;
  const mark = (): void => {
    done = true;
  };
  work.then(mark, mark);
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe("Outgoing", () => {
  it("hands over one message at a time, in order", () => {
    const { outlet, outgoing } = setUp();
    outgoing.send(Buffer.from("1"));
    outgoing.send(Buffer.from("2"));
    expect(outlet.written.map(String)).toEqual(["1"]);
    outlet.take();
    expect(outlet.written.map(String)).toEqual(["1", "2"]);
  });

  it("has room up to its bound though nothing is read, and none beyond", async () => {
    const { outlet, outgoing } = setUp();
    for (let i = 0; i < fits; i++) outgoing.send(mebibyte);
    expect(await settled(outgoing.room())).toBe(true);
    outgoing.send(mebibyte);
    const room = outgoing.room();
    expect(await settled(room)).toBe(false);
    outlet.take();
    expect(await settled(room)).toBe(true);
  });

  it("counts as memory of the process what is unread, until it is read or the call is over", () => {
    const { outlet, outgoing, permits } = setUp();
    for (let i = 0; i < 3; i++) outgoing.send(mebibyte);
    expect(permits.used).toBeGreaterThanOrEqual(3 * mebibyte.length);
    outlet.take();
    expect(permits.used).toBeLessThan(3 * mebibyte.length);
    outgoing.forget();
    expect(permits.used).toBe(0);
    outlet.take();
    expect(permits.used).toBe(0);
  });

  it("counts what small messages cost beside their bytes", async () => {
    const { outgoing } = setUp();
    for (let i = 0; i < unreadBytesMax / 256; i++) outgoing.send(Buffer.from("x"));
    expect(await settled(outgoing.room())).toBe(false);
  });

  it("is flushed when the last message is taken", async () => {
    const { outlet, outgoing } = setUp();
    outgoing.send(mebibyte);
    const flushed = outgoing.flush();
    expect(outgoing.empty).toBe(false);
    outlet.take();
    await flushed;
    expect(outgoing.empty).toBe(true);
  });

  it("does not call a client stalled while nobody waits for it", async () => {
    const { outgoing, clock } = setUp();
    outgoing.send(mebibyte);
    await clock.run(clock.sleep(600_000));
    expect(outgoing.stalledMs()).toBe(0);
  });

  it("measures a stall from when somebody waits, and anew from each message taken", async () => {
    const { outlet, outgoing, clock } = setUp();
    outgoing.send(mebibyte);
    outgoing.send(mebibyte);
    await clock.run(clock.sleep(600_000));
    const flushed = outgoing.flush();
    await clock.run(clock.sleep(1000));
    expect(outgoing.stalledMs()).toBe(1000);
    outlet.take();
    expect(outgoing.stalledMs()).toBe(0);
    outlet.take();
    await flushed;
  });

  it("forgets what was not handed over yet", () => {
    const { outlet, outgoing } = setUp();
    outgoing.send(Buffer.from("1"));
    outgoing.send(Buffer.from("2"));
    outgoing.forget();
    outlet.take();
    expect(outlet.written.map(String)).toEqual(["1"]);
  });

  it("hands over nothing that comes when the call is over, and counts it for nothing", () => {
    const { outlet, outgoing, permits } = setUp();
    outgoing.send(Buffer.from("1"));
    outgoing.forget();
    outgoing.send(Buffer.from("2"));
    outlet.take();
    expect([outlet.written.map(String), permits.used]).toEqual([["1"], 0]);
  });
});
