import { describe, expect, it, vi } from "vitest";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import { Environment } from "../../../server/publish/environment.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import { lateMs } from "../../../server/publish/order/late-writes.ts";
import type { Publication } from "../../../server/publish/publication.ts";
import { DataversePublisher } from "../../../server/publish/publisher.ts";
import { Runs } from "../../../server/publish/runs/runs.ts";
import type { Scheduler } from "../../../server/schedule/scheduler.ts";
import { SendFailure } from "../../../server/transport/retry.ts";
import { schemaOf } from "../../support/columns.ts";
import { requestOf } from "../../support/dataverse/tables.ts";
import { answerEach, batchReply, done, partsOf } from "../../support/publish/batch-service.ts";
import { metadataReply } from "../../support/publish/metadata.ts";
import { accountBatch, byNumberRequest } from "../../support/publish/scenes.ts";
import { errorBody, jsonReply, ScriptedPrincipal, schedulerOf, trailOf } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const schema = schemaOf(accountBatch([]));
const noReply = new SendFailure("outcome_unknown", "No reply.", {
  trail: trailOf({ uncertain: true }),
  cause: undefined,
});

/** A publisher with one environment, whose metadata takes `metadataMs` and whose batches take `batchMs`. */
class Bench {
  readonly clock = new VirtualClock();
  readonly permits = new Permits(1 << 20);
  readonly runs = new Runs(this.clock);
  readonly streams: number[] = [];
  readonly told: unknown[] = [];
  readonly warned: unknown[] = [];
  readonly principal: ScriptedPrincipal;
  readonly scheduler: Scheduler;
  readonly publisher: DataversePublisher;
  metadataMs: number;
  batchMs: number;
  /** Batches whose replies are lost from now on. */
  lost = 0;
  /** Batches whose replies cannot be read from now on. */
  garbled = 0;
  retries = 0;
  forbidden = false;

  constructor({ metadataMs = 100, batchMs = 1000, takesBulk = false } = {}) {
    this.metadataMs = metadataMs;
    this.batchMs = batchMs;
    this.principal = new ScriptedPrincipal(async (request) => {
      const metadata = metadataReply(request, takesBulk);
      await this.clock.sleep(metadata === undefined ? this.batchMs : this.metadataMs);
      if (metadata !== undefined) return metadata;
      if (this.forbidden) return jsonReply(403, errorBody("0x80040220"));
      this.garbled -= 1;
      if (this.garbled >= 0) return batchReply([done]);
      this.lost -= 1;
      return this.lost >= 0 ? noReply : answerEach(request, () => done);
    });
    this.scheduler = schedulerOf(this.clock, [this.principal]);
    const environment = new Environment({
      name: "demo",
      scheduler: this.scheduler,
      tablesAllowed: ["account", "acount"],
      modesAllowed: ["insert", "upsert"],
    });
    this.publisher = new DataversePublisher({
      environments: new Map([["demo", environment]]),
      runs: this.runs,
      permits: this.permits,
      clock: this.clock,
      progressTimeoutMs: 900_000,
      log: {
        debug: (...line) => this.told.push(line),
        info: (...line) => this.told.push(line),
        warn: (...line) => this.warned.push(line),
      },
      metrics: {
        counts: () => ({ rows: () => undefined, waited: () => undefined, retried: () => (this.retries += 1) }),
        streams: (count) => this.streams.push(count),
      },
    });
  }

  open(request: Partial<PublishRequest> = {}): Promise<Publication> {
    return this.publisher.open(requestOf({ ...byNumberRequest, ...request }), schema, () => Promise.resolve());
  }

  get batches(): number {
    return this.principal.requests.filter(({ path }) => path === "$batch").length;
  }
}

interface Refusal {
  readonly error: unknown;
  /** Asked of the service. */
  readonly requests: number;
  readonly streams: number;
}

async function refusal(request: Partial<PublishRequest>): Promise<Refusal> {
  const bench = new Bench();
  return await bench.clock.run(bench.open(request)).then(
    () => expect.unreachable(),
    (error: unknown) => ({ error, requests: bench.principal.requests.length, streams: bench.runs.streams }),
  );
}

describe("what is refused before the first row", () => {
  it.each([
    ["unknown_environment", { environment: "prod" }],
    ["caller_not_allowed", { table: "contact" }],
    ["caller_not_allowed", { mode: "UPDATE" }],
  ] as const)("without asking the service: %s %j", async (code, request) => {
    expect(await refusal(request)).toEqual({ error: expect.objectContaining({ code }), requests: 0, streams: 0 });
  });

  it.each([
    ["unknown_table", { table: "acount" }],
    ["schema_mismatch", { matchOn: ["accountid", "name"] }],
  ] as const)("by what the service says of the table: %s", async (code, request) => {
    expect(await refusal(request)).toMatchObject({ error: { code }, streams: 0 });
  });

  it("is a stream past the hundred and twenty-eighth", async () => {
    const bench = new Bench();
    for (let partition = 0; partition < 128; partition++) await bench.clock.run(bench.open({ partition }));
    await expect(bench.clock.run(bench.open({ partition: 128 }))).rejects.toMatchObject({ code: "overloaded" });
    expect(bench.streams.at(-1)).toBe(128);
  });

  it("is a mapping whose lookups name more tables than a run may read, none of which is asked for", async () => {
    const lookupOf = (table: string) => ({ sources: ["name"], target: "primarycontactid", lookup: { table, by: [] } });
    const columns = Array.from({ length: 64 }, (_, i) => lookupOf(`new_${i}`));
    const { error, requests } = await refusal({ columns });
    expect(error).toMatchObject({ code: "limit_exceeded", message: expect.stringContaining("name 64 tables") });
    expect(requests).toBe((await refusal({ matchOn: ["accountid", "name"] })).requests);
  });

  it("is an attempt that lives already, and nothing is left of the second", async () => {
    const bench = new Bench();
    await bench.clock.run(bench.open({ attempt: 3 }));
    const { pending } = bench.clock;
    await expect(bench.clock.run(bench.open({ attempt: 3 }))).rejects.toMatchObject({ code: "invalid_command" });
    await expect(bench.clock.run(bench.open({ attempt: 2 }))).rejects.toMatchObject({ code: "superseded" });
    expect([bench.runs.streams, bench.clock.pending]).toEqual([1, pending]);
  });
});

describe("publications of a run", () => {
  it("publish, and leave", async () => {
    const bench = new Bench();
    const publication = await bench.clock.run(bench.open());
    await bench.clock.run(publication.accept(accountBatch([["A", "x"]])));
    expect(await bench.clock.run(publication.end())).toMatchObject({ received: 1, upserted: 1, notSent: 0 });
    expect([bench.runs.streams, bench.permits.used, bench.clock.pending]).toEqual([0, 0, 0]);
    expect(bench.streams).toEqual([1, 0]);
  });

  it("put more rows into a request where the scheduler says that each costs something beside its execution", async () => {
    const bulkInsert = { mode: "INSERT", strategy: "AUTO", rowKey: ["accountnumber"], matchOn: [] } as const;
    const hundredRows = accountBatch(Array.from({ length: 100 }, (_, i) => [`A${i}`, "x"]));
    const sizeAt = async (surcharge: number): Promise<number> => {
      const bench = new Bench({ takesBulk: true });
      vi.spyOn(bench.scheduler, "surcharge", "get").mockReturnValue(surcharge);
      const publication = await bench.clock.run(bench.open(bulkInsert));
      await bench.clock.run(publication.accept(hundredRows));
      await bench.clock.run(bench.clock.sleep(1));
      const written = bench.principal.requests.find(({ path }) => path.endsWith("CreateMultiple"));
      return JSON.parse(Buffer.from(written?.body ?? []).toString("utf8")).Targets.length;
    };
    expect(await sizeAt(0.1)).toBeGreaterThan(1.2 * (await sizeAt(0)));
  });

  it("read the table once", async () => {
    const bench = new Bench();
    await bench.clock.run(Promise.all([bench.open({ partition: 1 }), bench.open({ partition: 2 })]));
    const reads = bench.principal.requests.filter(({ path }) => path.includes("'account')?"));
    expect(reads).toHaveLength(1);
  });

  it("read of a table that a lookup names no more than the lookup needs", async () => {
    const bench = new Bench();
    const lookup = { table: "contact", by: ["contactid"] };
    const key = { sources: ["accountnumber"], target: "accountnumber" };
    const columns = [key, { sources: ["name"], target: "new_contactid", lookup }];
    await bench.clock.run(bench.open({ columns }));
    const paths = bench.principal.requests.map(({ path }) => path).filter((path) => path.includes("'contact'"));
    expect(paths).toEqual([expect.stringMatching(/^EntityDefinitions\(LogicalName='contact'\)\?/)]);
  });

  it("say in the log how their requests go, and when that changes", async () => {
    const bench = new Bench();
    const publication = await bench.clock.run(bench.open());
    await bench.clock.run(publication.accept(accountBatch([["A", "x"]])));
    await bench.clock.run(publication.end());
    const fields = { environment: "demo", runId: "run", partition: 0, way: "batch", size: 100 };
    expect(bench.told).toContainEqual(["requests change", expect.objectContaining(fields)]);
  });

  it("say in the log when they open, and what has become of their rows when they have ended", async () => {
    const bench = new Bench();
    const publication = await bench.clock.run(bench.open());
    await bench.clock.run(publication.accept(accountBatch([["A", "x"]])));
    await bench.clock.run(publication.end());
    const place = { environment: "demo", runId: "run", partition: 0, scope: "account UPSERT" };
    const counts = { received: 1, settled: 1, failed: 0, notSent: 0 };
    expect(bench.told[0]).toEqual(["a stream is open", place]);
    expect(bench.told.at(-1)).toEqual(["a stream has ended", { ...place, ...counts }]);
  });

  it("say in the log that rows go again, and that newer ones of their keys wait, and count the request", async () => {
    const bench = new Bench();
    const publication = await bench.clock.run(bench.open());
    bench.garbled = 1;
    for (const name of ["first", "second"]) {
      const pairs = ["A", "B", "C"].map((number) => [number, name] as const);
      await bench.clock.run(publication.accept(accountBatch(pairs)));
      await bench.clock.run(bench.clock.sleep(bench.batchMs));
    }
    expect(await bench.clock.run(publication.end())).toMatchObject({ upserted: 6 });
    const place = { environment: "demo", runId: "run", partition: 0, scope: "account UPSERT" };
    const [again, waits] = bench.told.slice(2, -1);
    expect(again).toEqual(["a request's rows go again", { ...place, code: "outcome_unknown", size: 3 }]);
    expect(waits).toEqual(["a row waits for an older write", { ...place, seconds: expect.closeTo(148, -1) }]);
    expect([bench.told.length, bench.retries]).toEqual([5, 1]);
  });

  it("mint one id for a row of an insert, in each attempt the same", async () => {
    const bench = new Bench();
    for (const attempt of [1, 2]) {
      const publication = await bench.clock.run(bench.open({ mode: "INSERT", matchOn: [], attempt }));
      await bench.clock.run(
        publication.accept(
          accountBatch([
            ["A", "x"],
            ["A", "x"],
          ]),
        ),
      );
      await bench.clock.run(publication.end());
    }
    const sent = bench.principal.requests.filter(({ path }) => path === "$batch").map(partsOf);
    const writes = sent.filter((parts) => parts.every(({ method }) => method === "POST"));
    const ids = writes.map((parts) => parts.map(({ body }) => body["accountid"]));
    expect(ids).toHaveLength(2);
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids[0]).size).toBe(2);
  });

  it("look before they send in an attempt after the first", async () => {
    const bench = new Bench();
    const methods: (string | undefined)[] = [];
    for (const attempt of [1, 2]) {
      const before = bench.principal.requests.length;
      const publication = await bench.clock.run(bench.open({ attempt }));
      await bench.clock.run(publication.accept(accountBatch([["A", "x"]])));
      await bench.clock.run(publication.end());
      const first = bench.principal.requests.slice(before).find(({ path }) => path === "$batch");
      methods.push(first === undefined ? undefined : partsOf(first)[0]?.method);
    }
    expect(methods).toEqual(["PATCH", "GET"]);
  });

  it("mint by row key where there is one, so that partition and content do not matter", async () => {
    const bench = new Bench();
    const rowKey = ["accountnumber"];
    for (const [partition, name] of [
      [1, "x"],
      [2, "y"],
    ] as const) {
      const publication = await bench.clock.run(bench.open({ mode: "INSERT", matchOn: [], rowKey, partition }));
      await bench.clock.run(publication.accept(accountBatch([["A", name]])));
      await bench.clock.run(publication.end());
    }
    const sent = bench.principal.requests.filter(({ path }) => path === "$batch").flatMap(partsOf);
    expect(new Set(sent.map(({ body }) => body["accountid"])).size).toBe(1);
  });

  it("let a greater attempt in when nothing of the smaller is on the wire", async () => {
    const bench = new Bench({ batchMs: 30_000 });
    const insert = { mode: "INSERT", matchOn: [], rowKey: ["accountnumber"] } as const;
    const old = await bench.clock.run(bench.open({ ...insert, attempt: 1 }));
    await bench.clock.run(old.accept(accountBatch([["A", "x"]])));
    const from = bench.clock.now();
    await bench.clock.run(bench.open({ ...insert, attempt: 2 }));
    expect(bench.clock.now() - from).toBe(30_000);
    expect(old.ended.reason).toMatchObject({ code: "superseded" });
    expect(bench.runs.streams).toBe(1);
  });

  it("meet at the fence though the table's metadata took longer than a run is remembered", async () => {
    const bench = new Bench({ metadataMs: 90_000 });
    const first = bench.open({ attempt: 1 });
    await bench.clock.turn();
    await bench.clock.run(bench.clock.sleep(70_000));
    const [old] = await bench.clock.run(Promise.all([first, bench.open({ attempt: 2 })]));
    expect(old.ended.reason).toMatchObject({ code: "superseded" });
    expect(bench.runs.streams).toBe(1);
  });

  it("stop together when more rows failed than the caller tolerates", async () => {
    const bench = new Bench();
    const one = await bench.clock.run(bench.open({ partition: 1, maxFailedRows: 1 }));
    const two = await bench.clock.run(bench.open({ partition: 2, maxFailedRows: 1 }));
    await bench.clock.run(
      one.accept(
        accountBatch([
          [null, "x"],
          [null, "x"],
          ["A", "x"],
        ]),
      ),
    );
    expect(await bench.clock.run(one.end())).toMatchObject({ failed: 2, stopped: { code: "too_many_failed_rows" } });
    await bench.clock.run(two.accept(accountBatch([["B", "x"]])));
    expect(await bench.clock.run(two.end())).toMatchObject({ notSent: 1, stopped: { code: "too_many_failed_rows" } });
  });

  it("stop together when the principal may not write", async () => {
    const bench = new Bench();
    bench.forbidden = true;
    const one = await bench.clock.run(bench.open({ partition: 1 }));
    const two = await bench.clock.run(bench.open({ partition: 2 }));
    await bench.clock.run(one.accept(accountBatch([["A", "x"]])));
    const stopped = { notSent: 1, stopped: { code: "principal_forbidden" } };
    expect(await bench.clock.run(one.end())).toMatchObject(stopped);
    await bench.clock.run(two.accept(accountBatch([["B", "x"]])));
    expect(await bench.clock.run(two.end())).toMatchObject(stopped);
    const fields = { environment: "demo", runId: "run", code: "principal_forbidden", message: expect.any(String) };
    expect(bench.warned).toEqual([["a run is stopped", fields]]);
  });

  it("share what they know of late writes, whatever their run", async () => {
    const bench = new Bench();
    bench.lost = 1;
    const one = await bench.clock.run(bench.open());
    await bench.clock.run(one.accept(accountBatch([["A", "old"]])));
    expect(await bench.clock.run(one.end())).toMatchObject({ failedByCode: { outcome_unknown: 1 } });
    const cutOff = bench.clock.now();
    const other = await bench.clock.run(bench.open({ runId: "other" }));
    await bench.clock.run(other.accept(accountBatch([["A", "new"]])));
    expect(await bench.clock.run(other.end())).toMatchObject({ upserted: 1 });
    expect(bench.clock.now() - cutOff).toBe(lateMs + bench.batchMs);
  });
});

describe("a server that drains", () => {
  it("refuses new streams and stops those under way", async () => {
    const bench = new Bench();
    const publication = await bench.clock.run(bench.open());
    bench.publisher.drain();
    await expect(bench.open({ partition: 1 })).rejects.toMatchObject({ code: "draining" });
    await publication.accept(accountBatch([["A", "x"]]));
    expect(await bench.clock.run(publication.end())).toMatchObject({ notSent: 1, stopped: { code: "draining" } });
  });

  it("refuses also a stream whose table is being read", async () => {
    const bench = new Bench();
    const opening = bench.open();
    await bench.clock.turn();
    bench.publisher.drain();
    await expect(bench.clock.run(opening)).rejects.toMatchObject({ code: "draining" });
    expect([bench.runs.streams, bench.batches]).toEqual([0, 0]);
  });

  it("stops also a stream that waits for an earlier attempt to end", async () => {
    const bench = new Bench();
    const first = await bench.clock.run(bench.open({ attempt: 1 }));
    await bench.clock.run(first.accept(accountBatch([["A", "x"]])));
    const opening = bench.open({ attempt: 2 });
    await bench.clock.run(bench.clock.sleep(500));
    const { batches } = bench;
    bench.publisher.drain();
    const publication = await bench.clock.run(opening);
    await publication.accept(accountBatch([["A", "x"]]));
    expect(await bench.clock.run(publication.end())).toMatchObject({ notSent: 1, stopped: { code: "draining" } });
    expect(bench.batches).toBe(batches);
  });
});
