import { describe, expect, it } from "vitest";
import type { PublishRequest } from "../../../../server/dataverse/request.ts";
import { Finder } from "../../../../server/publish/preparing/finder.ts";
import { KeyStep } from "../../../../server/publish/preparing/key-step.ts";
import type { Slab } from "../../../../server/publish/rows/ledger.ts";
import { answerEach, partsOf } from "../../../support/publish/batch-service.ts";
import { accountBatch, accountMapping, slabOf, testId } from "../../../support/publish/scenes.ts";
import { ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const byName: Partial<PublishRequest> = { mode: "UPSERT", matchOn: ["name"] };

/** The messages that every environment has. */
const messages = ["create", "assign", "update"];

/** Looks for accounts by name among `there`: names, whose ids count from 0. */
class Bench {
  readonly lane: ScriptedLane;
  readonly step: KeyStep;
  slab: Slab = slabOf(accountBatch([]));

  /** @param letters that the service takes for others, as it writes them in a query. */
  constructor(
    there: readonly string[],
    request: Partial<PublishRequest> = byName,
    { remembers = 100, letters = "" }: { readonly remembers?: number; readonly letters?: string } = {},
  ) {
    const clock = new VirtualClock();
    const mapping = accountMapping(request);
    const { finding } = mapping;
    if (finding === undefined) throw new Error("nothing is looked for");
    this.lane = new ScriptedLane(clock, (sent) =>
      answerEach(sent, ({ url }) => {
        const filter = decodeURIComponent(url)
          .toLowerCase()
          .replaceAll(/ +(["'])/g, "$1");
        const plain = Array.from(filter, (letter) =>
          letters.includes(letter) ? letter.normalize("NFD")[0] : letter,
        ).join("");
        const isAsked = (name: string): boolean => [`"${name}"`, `'${name}'`].some((text) => plain.includes(text));
        if (url.startsWith("sdkmessages?")) {
          return {
            status: 200,
            body: { value: messages.filter(isAsked).map((name) => ({ sdkmessageid: testId(9), name })) },
          };
        }
        const rows = there.map((name, i) => ({ accountid: testId(i), name, accountnumber: name }));
        return { status: 200, body: { value: rows.filter(({ name }) => isAsked(name.toLowerCase())) } };
      }),
    );
    const signal = new AbortController().signal;
    const finder = new Finder({ clock, signal, patience: "patient", learn: () => undefined });
    this.step = new KeyStep({ mapping, finding, finder, remembers });
  }

  /** What is known of each row, the minted ids as "minted". */
  async prepare(keys: readonly (string | null)[], column: "name" | "number" = "name"): Promise<readonly unknown[]> {
    this.slab = slabOf(accountBatch(keys.map((key) => (column === "name" ? [`n-${key}`, key] : [key, "x"]))));
    if (!this.step.needs(this.slab)) return [];
    await this.step.prepare(this.slab, this.lane);
    const { ids = [], absent } = this.slab.found;
    return ids.map((id, row) => (typeof id === "object" ? id.code : absent?.has(row) ? "minted" : id));
  }
}

describe("rows looked for by a business key", () => {
  it("are found, whatever their case, or get an id from their key", async () => {
    const bench = new Bench(["ann", "bob"]);
    expect(await bench.prepare(["BOB ", "cid", "Ann"])).toEqual([testId(1), "minted", testId(0)]);
  });

  it("get the same id in every stream", async () => {
    const [one, other] = [new Bench([]), new Bench([])];
    await one.prepare(["cid", "x"]);
    await other.prepare(["y", "CID  "]);
    expect(one.slab.found.ids?.[0]).toBe(other.slab.found.ids?.[1]);
  });

  it("share an id where their keys are the same", async () => {
    const bench = new Bench([]);
    await bench.prepare(["cid", "CID "]);
    expect(new Set(bench.slab.found.ids).size).toBe(1);
  });

  it("fail where more than one row has the key", async () => {
    expect(await new Bench(["ann", "Ann"]).prepare(["ann", "bob"])).toEqual(["key_ambiguous", "minted"]);
  });

  it("get one id in two streams where the service takes their letters for one", async () => {
    const [one, other] = [new Bench([], byName, { letters: "é" }), new Bench([], byName, { letters: "é" })];
    expect(await one.prepare(["Résumé ", "peña"])).toEqual(["minted", "minted"]);
    expect(await other.prepare(["resume", "pena"])).toEqual(["minted", "minted"]);
    expect(one.slab.found.ids?.[0]).toBe(other.slab.found.ids?.[0]);
    expect(one.slab.found.ids?.[1]).not.toBe(other.slab.found.ids?.[1]);
  });

  it("are rows of their own where the service says that their letters are", async () => {
    const bench = new Bench([]);
    expect(await bench.prepare(["résumé", "resume"])).toEqual(["minted", "minted"]);
    expect(new Set(bench.slab.found.ids).size).toBe(2);
  });

  it("are not asked about where they are plain, or there", async () => {
    const bench = new Bench(["résumé"]);
    await bench.prepare(["plain", "Résumé"]);
    expect(bench.lane.bodies.join()).not.toContain("sdkmessages");
  });

  it("are not created side by side where nobody knows whether their keys are one", async () => {
    const bench = new Bench([]);
    expect(await bench.prepare(["кий", "кии", "Кий"])).toEqual(["minted", "key_ambiguous", "minted"]);
    expect(bench.slab.found.ids?.[1]).toMatchObject({ retryable: true });
  });

  it("are not created side by side though they come in different record batches", async () => {
    const bench = new Bench([]);
    expect(await bench.prepare(["кий"])).toEqual(["minted"]);
    expect(await bench.prepare(["кии", "КИЙ "])).toEqual(["key_ambiguous", "minted"]);
  });

  it("are remembered by the newest of their keys", async () => {
    const bench = new Bench([], byName, { remembers: 2 });
    await bench.prepare(["кий", "ann"]);
    expect(await bench.prepare(["bob", "кии"])).toEqual(["minted", "minted"]);
    expect(await bench.prepare(["Кий"])).toEqual(["key_ambiguous"]);
  });

  it.each(["UPDATE", "DELETE"] as const)("are missing where a %s does not find them", async (mode) => {
    const columns = [{ sources: ["name"], target: "name" }];
    const request = { mode, matchOn: ["name"], columns, ignore: ["accountnumber"] };
    expect(await new Bench(["ann"], request).prepare(["ann", "bob"])).toEqual([testId(0), "row_missing"]);
  });

  it("fail by their own fault where a key part is null, empty or too long", async () => {
    const flawed = [null, "  ", "x".repeat(21)];
    expect(await new Bench([]).prepare(flawed)).toEqual(flawed.map(() => "value_not_mappable"));
  });

  it("are looked for five thousand at a time", async () => {
    const bench = new Bench([]);
    await bench.prepare(Array.from({ length: 5001 }, (_, i) => `name ${i}`));
    expect(bench.lane.requests.map((request) => partsOf(request).length)).toEqual([7, 1]);
  });

  it("are found again after someone else made them", async () => {
    const bench = new Bench(["ann"]);
    await bench.prepare(["ann"]);
    bench.slab.found = { ...bench.slab.found, ids: [testId(9)], absent: new Set([0]) };
    await bench.step.find(bench.slab, [0], bench.lane);
    expect(bench.slab.found).toMatchObject({ ids: [testId(0)], absent: new Set() });
  });
});

describe("rows of an alternate key", () => {
  const byNumber: Partial<PublishRequest> = { mode: "UPSERT", matchOn: ["accountnumber"] };

  it("are looked for only where no URL can name them", async () => {
    const bench = new Bench(["a/1"], byNumber);
    expect(await bench.prepare(["plain", "a/1", "b:2"], "number")).toEqual([undefined, testId(0), "minted"]);
    expect(decodeURIComponent(bench.lane.bodies.join())).not.toContain("plain");
  });

  it("cost nothing where a URL can name each of them", async () => {
    const bench = new Bench([], byNumber);
    expect(await bench.prepare(["plain", "O'Brien", null], "number")).toEqual([]);
    expect(bench.lane.requests).toEqual([]);
  });
});
