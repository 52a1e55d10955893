import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Incoming } from "../../../server/flight/incoming.ts";
import { FakeCall } from "../../support/fake-call.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const atOnce = (): undefined => undefined;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Incoming", () => {
  it("gives messages in order, then undefined for the half-close", async () => {
    const call = new FakeCall();
    const incoming = new Incoming(call, new VirtualClock(), atOnce);
    call.push(Buffer.from("1"));
    call.push(Buffer.from("2"));
    call.push(null);
    expect(String(await incoming.next())).toBe("1");
    expect(String(await incoming.next())).toBe("2");
    expect(await incoming.next()).toBeUndefined();
    expect(await incoming.next()).toBeUndefined();
  });

  it("leaves the call writable after the half-close", async () => {
    const call = new FakeCall();
    const incoming = new Incoming(call, new VirtualClock(), atOnce);
    call.push(null);
    await incoming.next();
    await turn();
    expect(call.destroyed).toBe(false);
    expect(call.writable).toBe(true);
  });

  it("holds one message at most that nobody asked for", async () => {
    let made = 0;
    const source = new Readable({ objectMode: true, read: () => source.push(Buffer.from([made++])) });
    Reflect.set(source, "call", new FakeCall().call);
    const incoming = new Incoming(source, new VirtualClock(), atOnce);
    await incoming.next();
    await turn();
    await turn();
    expect(made).toBeLessThanOrEqual(2);
  });

  it("gives a message that comes after it was asked for", async () => {
    const call = new FakeCall();
    const next = new Incoming(call, new VirtualClock(), atOnce).next();
    await turn();
    call.push(Buffer.from("late"));
    expect(String(await next)).toBe("late");
  });

  it("measures how long the client keeps it waiting, and nothing else", async () => {
    const clock = new VirtualClock();
    const call = new FakeCall();
    const incoming = new Incoming(call, clock, atOnce);
    await clock.run(clock.sleep(50));
    expect(incoming.idleMs()).toBe(0);
    const next = incoming.next();
    await clock.run(clock.sleep(70));
    expect(incoming.idleMs()).toBe(70);
    call.push(Buffer.from("x"));
    await next;
    expect(incoming.idleMs()).toBe(0);
  });

  it("holds a client for nothing that waits for memory here", async () => {
    const clock = new VirtualClock();
    const call = new FakeCall();
    const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
    const incoming = new Incoming(call, clock, () => granted);
    const next = incoming.next();
    await clock.run(clock.sleep(10));
    call.pieces(Buffer.from([0, 0, 0, 0, 1]));
    await clock.run(clock.sleep(50));
    expect(incoming.idleMs()).toBe(0);
    grant();
    await clock.run(clock.sleep(20));
    expect(incoming.idleMs()).toBe(20);
    call.push(Buffer.from("1"));
    await next;
  });

  it("measures for how long a message does not go on that has begun", async () => {
    const clock = new VirtualClock();
    const call = new FakeCall();
    const incoming = new Incoming(call, clock, atOnce);
    const looks: number[] = [];
    const look = async (): Promise<void> => {
      looks.push(incoming.brokenOffMs());
      await clock.run(clock.sleep(10));
    };
    await look();
    await look();
    call.pieces(Buffer.from([0, 0, 0, 0, 3, 1]));
    for (let i = 0; i < 3; i++) await look();
    call.pieces(Buffer.from([2]));
    for (let i = 0; i < 2; i++) await look();
    call.pieces(Buffer.from([3]));
    for (let i = 0; i < 2; i++) await look();
    expect(looks).toEqual([0, 0, 0, 10, 20, 0, 10, 0, 0]);
  });

  it("blames nobody for a message of which no more than the prefix came before the first look", () => {
    const call = new FakeCall();
    const incoming = new Incoming(call, new VirtualClock(), atOnce);
    call.pieces(Buffer.from([0, 0, 0, 0, 3]));
    expect(incoming.brokenOffMs()).toBe(0);
  });

  it("lets a client that writes on write to its end", async () => {
    const call = new FakeCall();
    const incoming = new Incoming(call, new VirtualClock(), atOnce);
    incoming.discard();
    for (let i = 0; i < 100; i++) call.push(Buffer.from("x"));
    call.push(null);
    const ended = new Promise((resolve) => call.on("end", resolve));
    await ended;
    expect(call.readableLength).toBe(0);
    expect(call.pieces(Buffer.from([0, 0, 0, 0, 1, 7]))).toEqual([]);
  });
});
