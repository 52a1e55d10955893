import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { Publication } from "../../../server/publish/publication.ts";
import type { DataversePublisher } from "../../../server/publish/publisher.ts";
import { schemaOf } from "../../support/columns.ts";
import { requestOf } from "../../support/dataverse/tables.ts";
import { answerEach, done } from "../../support/publish/batch-service.ts";
import { metadataReply } from "../../support/publish/metadata.ts";
import { accountBatch, byNumberRequest } from "../../support/publish/scenes.ts";
import type { Answer } from "../../support/publish/scripted-lane.ts";
import { jsonReply, ScriptedPrincipal } from "../../support/publish/scripted-lane.ts";
import { environmentOf, publisherOf } from "../../support/publish/sidecar.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const schema = schemaOf(accountBatch([]));

/** An environment that gives `answer` to whatever it is asked for so many milliseconds. */
class Bench {
  readonly clock = new VirtualClock();
  readonly principal: ScriptedPrincipal;
  readonly publisher: DataversePublisher;

  constructor(awayMs: number, answer: Answer = jsonReply(503, {})) {
    const until = this.clock.now() + awayMs;
    this.principal = new ScriptedPrincipal(async (request) => {
      await this.clock.sleep(10);
      if (this.clock.now() < until) return answer;
      return metadataReply(request, false) ?? answerEach(request, () => done);
    });
    const environment = environmentOf("demo", [this.principal], this.clock);
    this.publisher = publisherOf({ environment, clock: this.clock });
  }

  get knocks(): number {
    return this.principal.requests.length;
  }

  open({ partition = 0, gone }: { partition?: number; gone?: AbortSignal } = {}): Promise<Publication> {
    const request = requestOf({ ...byNumberRequest, environment: "demo", partition });
    return this.publisher.open(request, schema, () => Promise.resolve(), gone);
  }

  async wait(ms: number): Promise<void> {
    await this.clock.run(this.clock.sleep(ms));
  }
}

describe("a stream that opens while the service lets nobody in", () => {
  it("waits as rows do, hardly knocks, and tells why", async () => {
    const bench = new Bench(480_000);
    const from = bench.clock.now();
    const opening = bench.open();
    await bench.wait(60_000);
    expect(bench.publisher.waiting("")).toMatchObject({ reason: "the service lets nobody in" });
    const publication = await bench.clock.run(opening);
    expect(bench.clock.now() - from).toBeLessThan(515_000);
    expect(bench.knocks).toBeLessThan(60);
    expect([bench.publisher.waiting("demo"), bench.publisher.waiting("prod")]).toEqual([undefined, undefined]);
    await bench.clock.run(publication.accept(accountBatch([["A", "x"]])));
    expect(await bench.clock.run(publication.end())).toMatchObject({ upserted: 1 });
  });

  it("waits no longer than a row may go without being settled", async () => {
    const bench = new Bench(Number.POSITIVE_INFINITY);
    const from = bench.clock.now();
    await expect(bench.clock.run(bench.open())).rejects.toMatchObject({ code: "overloaded" });
    expect(bench.clock.now() - from).toBe(900_000);
  });

  it("is refused at once where nobody ever answered: the address may be wrong", async () => {
    const bench = new Bench(480_000, new SidecarError("unavailable", "No such host."));
    const from = bench.clock.now();
    const openings = [1, 2, 3, 4].map((partition) => bench.open({ partition }));
    const codes = Promise.all(openings.map((each) => each.catch(({ code }) => code)));
    expect(await bench.clock.run(codes)).toEqual(["overloaded", "overloaded", "overloaded", "overloaded"]);
    expect(bench.clock.now() - from).toBeLessThan(5000);
  });

  it.each(["client", "server"])("sends nothing any more when the %s goes away", async (who) => {
    const bench = new Bench(Number.POSITIVE_INFINITY);
    const client = new AbortController();
    const opening = bench.open({ gone: client.signal });
    const ended = expect(opening).rejects.toMatchObject({ code: who === "client" ? "cancelled" : "draining" });
    await bench.wait(60_000);
    const { knocks } = bench;
    if (who === "client") client.abort(new SidecarError("cancelled", "Gone."));
    else bench.publisher.drain();
    await ended;
    await bench.wait(600_000);
    expect(bench.knocks - knocks).toBeLessThan(2);
  });
});
