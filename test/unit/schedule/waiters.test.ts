import { describe, expect, it } from "vitest";
import type { Berth } from "../../../server/schedule/desk.ts";
import { Desk } from "../../../server/schedule/desk.ts";
import { anyone, anyoneForLittle } from "../../../server/schedule/principals/candidates.ts";
import { Waiters } from "../../../server/schedule/waiters.ts";
import { ScriptedPrincipal } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const { signal: live } = new AbortController();
const order = (seconds: number): { seconds: number; rows: number; want: typeof anyone } => ({
  seconds,
  rows: 1,
  want: anyone,
});
const ignore = (): void => undefined;

function berthOf(seconds: number): Berth {
  const principals = [new ScriptedPrincipal(() => new Error("asked"))];
  const desk = new Desk({ clock: new VirtualClock(), principals, affinity: "auto", retryAfterMaxMs: 1000 });
  const [place] = desk.alone();
  if (place === undefined) throw new Error("There is a principal.");
  return desk.book(place, seconds, -1);
}

describe("those that wait for a berth", () => {
  it("are served in the order in which they came, as far as there are berths", async () => {
    const waiters = new Waiters();
    const served: number[] = [];
    const waits = [1, 2, 3].map(async (seconds) => {
      served.push((await waiters.wait(order(seconds), live, ignore)).seconds);
    });
    let left = 2;
    waiters.serve(
      ({ seconds }) => {
        left -= 1;
        return left < 0 ? undefined : berthOf(seconds);
      },
      () => true,
    );
    await Promise.all(waits.slice(0, 2));
    expect([served, waiters.size]).toEqual([[1, 2], 1]);
  });

  it("are passed by where one waits for what others do not need, until there is nothing for anyone", async () => {
    const waiters = new Waiters();
    const [, second] = [waiters.wait(order(1), live, ignore), waiters.wait(order(2), live, ignore)];
    const book = ({ seconds }: { readonly seconds: number }): Berth | undefined =>
      seconds === 2 ? berthOf(seconds) : undefined;
    waiters.serve(book, () => true);
    expect(waiters.size).toBe(2);
    waiters.serve(book, () => false);
    expect([(await second).seconds, waiters.size]).toEqual([2, 1]);
  });

  it("are told apart by what they wait for: who needs little may be served at another time", () => {
    const waiters = new Waiters();
    const wants = [anyone, anyone, anyoneForLittle, { ...anyone, scope: "account UPSERT" }];
    for (const want of wants) void waiters.wait({ ...order(1), want }, live, ignore);
    expect(waiters.wants).toEqual([anyone, anyoneForLittle, wants[3]]);
  });

  it("leave at once when they are stopped: a berth that is granted to nobody would be booked for ever", async () => {
    const waiters = new Waiters();
    const stop = new AbortController();
    const wait = waiters.wait(order(1), stop.signal, ignore);
    stop.abort(new Error("over"));
    expect(waiters.size).toBe(0);
    await expect(wait).rejects.toThrow("over");
  });

  it("are there when it is said that they wait", async () => {
    const waiters = new Waiters();
    const wait = waiters.wait(order(1), live, () =>
      waiters.serve(
        () => berthOf(1),
        () => true,
      ),
    );
    expect((await wait).seconds).toBe(1);
  });

  it("say so when they have left: an alarm for nobody would keep the process alive", async () => {
    const waiters = new Waiters();
    const stop = new AbortController();
    const sizes: number[] = [];
    const wait = waiters.wait(order(1), stop.signal, () => sizes.push(waiters.size));
    stop.abort(new Error("over"));
    await expect(wait).rejects.toThrow("over");
    expect(sizes).toEqual([1, 0]);
  });

  it("want what they want once, however many want the same", () => {
    const waiters = new Waiters();
    const wants = [
      anyone,
      { ...anyone, scope: "account UPSERT" },
      { ...anyone, scope: "account UPSERT" },
      { spared: new Set(["a"]) },
    ];
    for (const want of wants) void waiters.wait({ ...order(1), want }, live, ignore);
    expect(waiters.wants).toEqual([wants[0], wants[1], wants[3]]);
  });

  it("are idle beside turns that rest", async () => {
    const waiters = new Waiters();
    waiters.rested(1);
    waiters.rested(1);
    const wait = waiters.wait(order(1), live, ignore);
    expect([waiters.size, waiters.resting, waiters.idle]).toEqual([1, 2, 3]);
    waiters.rested(-1);
    waiters.serve(
      () => berthOf(1),
      () => true,
    );
    await wait;
    expect([waiters.size, waiters.resting, waiters.idle]).toEqual([0, 1, 1]);
  });
});
