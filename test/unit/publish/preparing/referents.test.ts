import { describe, expect, it } from "vitest";
import type { FindBy } from "../../../../server/dataverse/finding/find.ts";
import type { KeyTexts } from "../../../../server/dataverse/keys/find-key.ts";
import type { JsonObject } from "../../../../server/dataverse/wire/operation.ts";
import { Referents } from "../../../../server/publish/preparing/referents.ts";
import { attribute, ID, tableOf } from "../../../support/dataverse/tables.ts";
import { ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const name = attribute("name", "text");
const by = { table: tableOf([name]), by: [name] };
const lane = new ScriptedLane(new VirtualClock(), () => new Error("asked"));

/** Answers from a map, notes what was asked, and waits until it may answer. */
class ScriptedFinder {
  readonly asked: string[][] = [];
  readonly rows = new Map<string, readonly JsonObject[]>();
  until: Promise<unknown> = Promise.resolve();
  failure: Error | undefined;

  async find(_by: FindBy, keys: readonly KeyTexts[]): Promise<readonly (readonly JsonObject[])[]> {
    this.asked.push(keys.map(([key = ""]) => key));
    await this.until;
    if (this.failure !== undefined) throw this.failure;
    return keys.map(([key = ""]) => this.rows.get(key) ?? []);
  }
}

function keys(...texts: readonly string[]): ReadonlyMap<string, KeyTexts> {
  return new Map(texts.map((text) => [text, [text]]));
}

function row(id: string): JsonObject {
  return { accountid: id.toUpperCase() };
}

describe("referents", () => {
  it("are none, one, or two that stand for many", async () => {
    const finder = new ScriptedFinder();
    finder.rows
      .set("one", [row(ID)])
      .set("two", [row(ID), row(ID)])
      .set("strange", [{}]);
    const found = await new Referents(finder).find(by, keys("none", "one", "two", "strange"), lane);
    expect(Object.fromEntries(found)).toEqual({ none: [], one: [ID], two: [ID, ID], strange: [undefined] });
  });

  it("are remembered when they are one, and asked for again when not", async () => {
    const finder = new ScriptedFinder();
    finder.rows.set("one", [row(ID)]).set("two", [row(ID), row(ID)]);
    const referents = new Referents(finder);
    await referents.find(by, keys("none", "one", "two"), lane);
    const found = await referents.find(by, keys("none", "one", "two"), lane);
    expect(found.get("one")).toEqual([ID]);
    expect(finder.asked).toEqual([
      ["none", "one", "two"],
      ["none", "two"],
    ]);
  });

  it("are told apart by table and attributes", async () => {
    const finder = new ScriptedFinder();
    finder.rows.set("x", [row(ID)]);
    const referents = new Referents(finder);
    const city = attribute("city", "text");
    await referents.find(by, keys("x"), lane);
    await referents.find({ ...by, by: [city] }, keys("x"), lane);
    await referents.find({ ...by, table: { ...by.table, logicalName: "contact" } }, keys("x"), lane);
    expect(finder.asked).toEqual([["x"], ["x"], ["x"]]);
  });

  it("that another record batch is asking for are waited for, absent ones too", async () => {
    const finder = new ScriptedFinder();
    let answer = (): void => {};
    finder.until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    finder.rows.set("a", [row(ID)]);
    const referents = new Referents(finder);
    const first = referents.find(by, keys("a", "b"), lane);
    const second = referents.find(by, keys("b", "a", "c"), lane);
    answer();
    await first;
    expect(Object.fromEntries(await second)).toEqual({ a: [ID], b: [], c: [] });
    expect(finder.asked).toEqual([["a", "b"], ["c"]]);
  });

  it("that another record batch is asking for hold no place in the schedule meanwhile", async () => {
    const finder = new ScriptedFinder();
    const referents = new Referents(finder);
    const [asks, waits] = [lane, new ScriptedLane(new VirtualClock(), () => new Error("asked"))];
    const before = asks.rests;
    await Promise.all([referents.find(by, keys("a", "b"), asks), referents.find(by, keys("b", "a"), waits)]);
    expect([asks.rests - before, waits.rests]).toEqual([0, 1]);
  });

  it("fail together, and are asked for again", async () => {
    const finder = new ScriptedFinder();
    const referents = new Referents(finder);
    finder.failure = new Error("no");
    const both = [referents.find(by, keys("a"), lane), referents.find(by, keys("a"), lane)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    finder.failure = undefined;
    expect((await referents.find(by, keys("a"), lane)).get("a")).toEqual([]);
  });

  it("that were not used for long make room", async () => {
    const finder = new ScriptedFinder();
    const many = Array.from({ length: 16_384 }, (_, n) => `k${n}`);
    for (const text of ["more", ...many]) finder.rows.set(text, [row(ID)]);
    const referents = new Referents(finder);
    await referents.find(by, keys(...many), lane);
    await referents.find(by, keys("k0"), lane);
    await referents.find(by, keys("more"), lane);
    await referents.find(by, keys("k0", "k1", "k2"), lane);
    expect(finder.asked.slice(1)).toEqual([["more"], ["k1"]]);
  });
});
