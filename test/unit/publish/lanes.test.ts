import { describe, expect, it } from "vitest";
import { Lanes } from "../../../server/publish/lanes.ts";
import type { Principal } from "../../../server/publish/principal.ts";
import { jsonReply, ScriptedPrincipal } from "../../support/publish/principal.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const clock = new VirtualClock();
const calm = jsonReply(200, {});
const { signal: live } = new AbortController();

function principals(...names: readonly string[]): readonly ScriptedPrincipal[] {
  return names.map((name) => new ScriptedPrincipal(clock, () => new Error("asked"), name));
}

function hint(lanes: number | string): typeof calm {
  return jsonReply(200, {}, { "x-ms-dop-hint": String(lanes) });
}

/** Work that stays in its lane until it is let go. */
class Hold {
  readonly started: Principal[] = [];
  readonly #free: (() => void)[] = [];

  readonly work = async (principal: Principal): Promise<void> => {
    this.started.push(principal);
    await new Promise<void>((resolve) => this.#free.push(resolve));
  };

  letGo(): void {
    for (const free of this.#free.splice(0)) free();
  }
}

describe("Lanes", () => {
  it("lets as many work at once as it has lanes, and the next when one is free", async () => {
    const lanes = new Lanes(principals("a"));
    const hold = new Hold();
    const turns = Array.from({ length: 6 }, () => lanes.turn(hold.work, live));
    await clock.turn();
    expect([lanes.width, hold.started.length]).toEqual([4, 4]);
    hold.letGo();
    await clock.turn();
    expect(hold.started.length).toBe(6);
    hold.letGo();
    await Promise.all(turns);
  });

  it("frees the lane of work that fails, and says so to whoever asked for the turn", async () => {
    const lanes = new Lanes(principals("a"));
    for (let i = 0; i < 5; i++) {
      await expect(lanes.turn(() => Promise.reject(new Error("broken")), live)).rejects.toThrow("broken");
    }
    let worked = false;
    await lanes.turn(() => {
      worked = true;
      return Promise.resolve();
    }, live);
    expect(worked).toBe(true);
  });

  it("withdraws turns that have not come when nobody wants them any more, and lets begun ones end", async () => {
    const lanes = new Lanes(principals("a"));
    const hold = new Hold();
    const over = new AbortController();
    const begun = Array.from({ length: 4 }, () => lanes.turn(hold.work, over.signal));
    const queued = Array.from({ length: 4 }, () => lanes.turn(() => expect.unreachable(), over.signal));
    await clock.turn();
    over.abort(new Error("the stream has ended"));
    await Promise.all(queued);
    await lanes.turn(() => expect.unreachable(), over.signal);
    const next = lanes.turn(hold.work, live);
    await clock.turn();
    expect(hold.started.length, "lanes of begun work are still taken").toBe(4);
    hold.letGo();
    await Promise.all(begun);
    await clock.turn();
    expect(hold.started.length).toBe(5);
    hold.letGo();
    await next;
  });

  it("spreads turns over the principals", async () => {
    const all = principals("a", "b", "c");
    const lanes = new Lanes(all);
    const hold = new Hold();
    const turns = Array.from({ length: 6 }, () => lanes.turn(hold.work, live));
    await clock.turn();
    for (const one of all) expect(hold.started.filter((principal) => principal === one)).toHaveLength(2);
    expect(lanes.width).toBe(12);
    expect(lanes.principals).toEqual(all);
    hold.letGo();
    await Promise.all(turns);
  });

  it("passes by a principal whose gate is closed, however short its queue", async () => {
    const [gated, open] = principals("gated", "open");
    if (gated === undefined || open === undefined) return expect.unreachable();
    const lanes = new Lanes([gated, open]);
    gated.gate.close(clock.now() + 1000, "throttled");
    const hold = new Hold();
    const turns = Array.from({ length: 6 }, () => lanes.turn(hold.work, live));
    await clock.turn();
    expect(hold.started).toEqual([open, open, open, open]);
    hold.letGo();
    await clock.turn();
    hold.letGo();
    await Promise.all(turns);
  });

  it("gives a principal with more lanes more of the turns", async () => {
    const [wide, narrow] = principals("wide", "narrow");
    if (wide === undefined || narrow === undefined) return expect.unreachable();
    const lanes = new Lanes([wide, narrow]);
    lanes.learn(wide, hint(12), 0);
    const hold = new Hold();
    const turns = Array.from({ length: 16 }, () => lanes.turn(hold.work, live));
    await clock.turn();
    expect(hold.started.filter((principal) => principal === wide)).toHaveLength(12);
    hold.letGo();
    await Promise.all(turns);
  });

  it.each([
    ["10", 10],
    ["52", 48],
    ["1", 1],
    ["0", 4],
    ["-3", 4],
    ["2.5", 4],
    ["many", 4],
  ])("takes the hint %j for %i lanes", (value, width) => {
    const [a] = principals("a");
    if (a === undefined) return expect.unreachable();
    const lanes = new Lanes([a]);
    lanes.learn(a, hint(value), 0);
    expect(lanes.width).toBe(width);
  });

  it("halves the lanes of the throttled principal alone, down to one", () => {
    const [a, b] = principals("a", "b");
    if (a === undefined || b === undefined) return expect.unreachable();
    const lanes = new Lanes([a, b]);
    lanes.learn(a, hint(9), 0);
    const widths = Array.from({ length: 5 }, () => {
      lanes.learn(a, hint(9), 1);
      return lanes.width - 4;
    });
    expect(widths).toEqual([4, 2, 1, 1, 1]);
  });

  it("adds a lane after twenty calm replies in a row, up to the hint", () => {
    const [a] = principals("a");
    if (a === undefined) return expect.unreachable();
    const lanes = new Lanes([a]);
    lanes.learn(a, calm, 2);
    expect(lanes.width).toBe(2);
    for (let i = 0; i < 19; i++) lanes.learn(a, hint(4), 0);
    expect(lanes.width).toBe(2);
    lanes.learn(a, hint(4), 0);
    expect(lanes.width).toBe(3);
    for (let i = 0; i < 200; i++) lanes.learn(a, hint(4), 0);
    expect(lanes.width).toBe(4);
  });

  it("lets no new hint undo what a throttle took away", () => {
    const [a] = principals("a");
    if (a === undefined) return expect.unreachable();
    const lanes = new Lanes([a]);
    lanes.learn(a, hint(8), 0);
    lanes.learn(a, hint(8), 1);
    expect(lanes.width).toBe(4);
    lanes.learn(a, hint(16), 0);
    expect(lanes.width).toBe(4);
    lanes.learn(a, hint(2), 0);
    expect(lanes.width).toBe(2);
  });

  it("begins to count calm replies anew after a throttle", () => {
    const [a] = principals("a");
    if (a === undefined) return expect.unreachable();
    const lanes = new Lanes([a]);
    for (let i = 0; i < 19; i++) lanes.learn(a, calm, 0);
    lanes.learn(a, calm, 1);
    lanes.learn(a, calm, 0);
    expect(lanes.width).toBe(2);
  });

  it("learns nothing from a principal that is not its own, and gives no turn without one", async () => {
    const [a] = principals("a");
    if (a === undefined) return expect.unreachable();
    const none = new Lanes([]);
    none.learn(a, hint(9), 0);
    await none.turn(() => expect.unreachable(), live);
    expect(none.width).toBe(0);
  });
});
