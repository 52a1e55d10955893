import PQueue from "p-queue";
import { describe, expect, it } from "vitest";
import type { Seat, TurnOptions } from "../../../../server/schedule/turns/rota.ts";
import { Rota } from "../../../../server/schedule/turns/rota.ts";

const run = (): Promise<void> => Promise.resolve();

function seat(expected: number, served = 0): Seat {
  return { served, expected: () => expected };
}

/** Whose turns come in which order, until none is left. */
function orderOf(rota: Rota, turns: ReadonlyMap<() => Promise<unknown>, string>): string {
  let order = "";
  for (let next = rota.dequeue(); next !== undefined; next = rota.dequeue()) order += turns.get(next) ?? "?";
  return order;
}

/** Each named seat asks for so many turns, all at once. */
function rotaOf(...asked: readonly (readonly [name: string, seat: Seat, turns: number])[]): () => string {
  const rota = new Rota();
  const turns = new Map<() => Promise<unknown>, string>();
  for (const [name, whose, count] of asked) {
    for (let i = 0; i < count; i++) {
      const turn = (): Promise<void> => Promise.resolve();
      turns.set(turn, name);
      rota.enqueue(turn, { seat: whose });
    }
  }
  return () => orderOf(rota, turns);
}

describe("the rota", () => {
  it("serves equal streams in turns, though one asked for all of its own first", () => {
    expect(rotaOf(["a", seat(5), 3], ["b", seat(5), 3])()).toBe("ababab");
  });

  it("counts seconds, not requests", () => {
    expect(rotaOf(["a", seat(6), 2], ["b", seat(2), 6])()).toBe("abbbabbb");
  });

  it("serves a stream of ten rows next, however long the queue is", () => {
    const rota = new Rota();
    const large = seat(5);
    for (let i = 0; i < 100; i++) rota.enqueue(run, { seat: large });
    for (let i = 0; i < 20; i++) rota.dequeue();
    const mine = (): Promise<void> => Promise.resolve();
    rota.enqueue(mine, { seat: seat(0.14) });
    expect(rota.dequeue()).toBe(mine);
  });

  it("serves a large one its part, though new streams of ten rows come without end", () => {
    const rota = new Rota();
    const mine = (): Promise<void> => Promise.resolve();
    const large = seat(8);
    for (let i = 0; i < 100; i++) rota.enqueue(mine, { seat: large });
    for (let i = 0; i < 20; i++) rota.enqueue(run, { seat: seat(0.4) });
    const served = { large: 0, small: 0 };
    for (let i = 0; i < 10_000; i++) {
      if (rota.dequeue() === mine) served.large += 8;
      else {
        served.small += 0.4;
        rota.enqueue(run, { seat: seat(0.4) });
      }
    }
    expect(served.small / served.large).toBeGreaterThan(15);
    expect(served.small / served.large).toBeLessThan(25);
  });

  it("gives one that comes late no more than the others from then on", () => {
    const rota = new Rota();
    const turns = new Map<() => Promise<unknown>, string>();
    const add = (name: string, whose: Seat): void => {
      const turn = (): Promise<void> => Promise.resolve();
      turns.set(turn, name);
      rota.enqueue(turn, { seat: whose });
    };
    const first = seat(5);
    for (let i = 0; i < 54; i++) add("a", first);
    for (let i = 0; i < 50; i++) rota.dequeue();
    const late = seat(5);
    for (let i = 0; i < 4; i++) add("b", late);
    expect(orderOf(rota, turns)).toBe("babababa");
  });

  it("lets nobody save up turns by asking for none", () => {
    const rota = new Rota();
    const [idle, busy] = [seat(5), seat(5)];
    rota.enqueue(run, { seat: idle });
    rota.dequeue();
    for (let i = 0; i < 100; i++) rota.enqueue(run, { seat: busy });
    for (let i = 0; i < 50; i++) rota.dequeue();
    const back: (() => Promise<void>)[] = [];
    for (let i = 0; i < 5; i++) {
      const turn = (): Promise<void> => Promise.resolve();
      back.push(turn);
      rota.enqueue(turn, { seat: idle });
    }
    const next = Array.from({ length: 6 }, () => rota.dequeue());
    expect(next.filter((turn) => turn !== run)).toHaveLength(3);
  });

  it("keeps the debt of a stream whose requests cost more than was expected", () => {
    const rota = new Rota();
    const [dear, cheap] = [seat(1), seat(1)];
    rota.enqueue(run, { seat: dear });
    rota.dequeue();
    dear.served += 9;
    const mine = (): Promise<void> => Promise.resolve();
    for (let i = 0; i < 3; i++) rota.enqueue(mine, { seat: dear });
    for (let i = 0; i < 9; i++) rota.enqueue(run, { seat: cheap });
    const next = Array.from({ length: 9 }, () => rota.dequeue());
    expect(next.filter((turn) => turn === mine).length).toBeLessThanOrEqual(1);
  });

  it("forgets a turn that is withdrawn, and only that", () => {
    const rota = new Rota();
    const [a, b] = [seat(1), seat(1)];
    const mine = [1, 2].map(() => (): Promise<void> => Promise.resolve());
    const [first = run, second = run] = mine;
    rota.enqueue(first, { seat: a });
    rota.enqueue(second, { seat: a });
    rota.enqueue(run, { seat: b });
    rota.remove(run);
    expect([rota.size, rota.filter()]).toEqual([2, [first, second]]);
    rota.remove(first);
    rota.remove(run);
    expect([rota.size, rota.dequeue(), rota.dequeue(), rota.size]).toEqual([1, second, undefined, 0]);
  });

  it("serves as the queue of p-queue, whose aborted turns leave it", async () => {
    const queue = new PQueue<Rota, TurnOptions>({ queueClass: Rota, concurrency: 1 });
    const held = Promise.withResolvers<void>();
    const withdrawn = new AbortController();
    const said: string[] = [];
    const first = queue.add(() => held.promise, { seat: seat(1) });
    const second = queue.add(() => said.push("withdrawn"), { seat: seat(1), signal: withdrawn.signal });
    const third = queue.add(() => said.push("third"), { seat: seat(1) });
    withdrawn.abort(new Error("nobody wants it"));
    await expect(second).rejects.toThrow("nobody wants it");
    expect(queue.size).toBe(1);
    held.resolve();
    await Promise.all([first, third]);
    expect(said).toEqual(["third"]);
  });

  it("refuses what has no place in it", () => {
    const rota = new Rota();
    expect(() => rota.enqueue(run)).toThrow(TypeError);
    expect(() => rota.setPriority()).toThrow(TypeError);
  });
});
