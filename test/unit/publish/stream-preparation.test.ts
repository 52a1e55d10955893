import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import type { PartAnswer, SentPart } from "../../support/publish/batch-service.ts";
import { done, partsOf } from "../../support/publish/batch-service.ts";
import { accountBatch, byNumberRequest, testId } from "../../support/publish/scenes.ts";
import { errorBody } from "../../support/publish/scripted-lane.ts";
import { StreamBench, service } from "../../support/publish/stream-bench.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const byName: Partial<PublishRequest> = { mode: "UPSERT", matchOn: ["name"], strategy: "BATCH" };

/** Rows named "known" stand there; everything that is written succeeds. */
function world(read: (part: SentPart) => PartAnswer = known): { clock: VirtualClock; bench: StreamBench } {
  const clock = new VirtualClock();
  const answer = (part: SentPart): PartAnswer => (part.method === "GET" ? read(part) : done);
  return { clock, bench: new StreamBench(service(clock, answer), { clock, request: byName }) };
}

function known({ url }: SentPart): PartAnswer {
  const value = url.includes("known") ? [{ accountid: testId(1), name: "known" }] : [];
  return { status: 200, body: { value } };
}

function writes({ principals }: StreamBench): readonly SentPart[] {
  const parts = principals.flatMap(({ requests }) => requests.flatMap(partsOf));
  return parts.filter(({ method }) => method !== "GET");
}

describe("a stream whose rows must be found", () => {
  it("finds them before it sends them, and each goes to its id", async () => {
    const { bench } = world();
    await bench.accept(["A", "known"], ["B", "new"]);
    expect(await bench.end()).toMatchObject({ upserted: 2, requests: 2 });
    const [found, minted] = writes(bench);
    expect(found).toMatchObject({ url: `accounts(${testId(1)})`, body: { accountnumber: "A" } });
    expect(minted?.body).toEqual({ accountnumber: "B", name: "new" });
  });

  it("has nothing to do where a row to delete is not found", async () => {
    const clock = new VirtualClock();
    const answer = (part: SentPart): PartAnswer => (part.method === "GET" ? known(part) : done);
    const request = { mode: "DELETE", matchOn: ["name"], ignore: ["accountnumber"], strategy: "BATCH" } as const;
    const bench = new StreamBench(service(clock, answer), { clock, request });
    await bench.accept(["A", "known"], ["B", "gone"]);
    await bench.end();
    expect(bench.fates).toEqual(["deleted", "unchanged"]);
  });

  it("keeps the order of a key over record batches, whichever is read first", async () => {
    const { bench } = world();
    for (let i = 0; i < 20; i++) await bench.accept([`${i}`, "known"]);
    await bench.end();
    expect(writes(bench).map(({ body }) => body["accountnumber"])).toEqual(
      Array.from({ length: 20 }, (_, i) => `${i}`),
    );
  });

  it("fails what cannot be found as the service's fault, and what comes after it in the order of its key", async () => {
    let reads = 0;
    const { bench } = world((part) => {
      reads += 1;
      return reads <= 4 ? { status: 503, body: errorBody("0x80072324") } : known(part);
    });
    await bench.accept(["A", "known"]);
    await bench.clock.run(bench.clock.sleep(60_000));
    await bench.accept(["B", "known"], ["C", "new"]);
    expect(await bench.end()).toMatchObject({ failedByCode: { deadline_passed: 1, blocked_by_earlier_row: 1 } });
    expect(bench.fates).toEqual(["deadline_passed", "blocked_by_earlier_row", "upserted"]);
  });

  it("stops the run when it may not even ask", async () => {
    const clock = new VirtualClock();
    const bench = new StreamBench(() => new SidecarError("credentials_rejected", "Wrong secret."), {
      clock,
      request: byName,
    });
    await bench.accept(["A", "known"]);
    expect(await bench.end()).toMatchObject({ notSent: 1, stopped: { code: "credentials_rejected" } });
  });

  it("sends nothing of what it was reading for when it is stopped", async () => {
    const { bench } = world();
    await bench.accept(["A", "known"]);
    bench.stream.stop(new SidecarError("draining", "Going down."));
    expect(await bench.end()).toMatchObject({ notSent: 1, failed: 0 });
    expect(writes(bench)).toEqual([]);
  });

  it("holds memory for what it reads, and gives it back", async () => {
    const permits = new Permits(1 << 30);
    const clock = new VirtualClock();
    const held = async (request: Partial<PublishRequest>): Promise<number> => {
      const answer = (part: SentPart): PartAnswer => (part.method === "GET" ? known(part) : done);
      const bench = new StreamBench(service(clock, answer), { clock, request, permits });
      await bench.acceptBatch(accountBatch(Array.from({ length: 100 }, (_, i) => [`A${i}`, `n${i}`] as const)));
      const { used } = permits;
      await bench.end();
      expect(permits.used).toBe(0);
      return used;
    };
    expect(await held(byName)).toBe((await held(byNumberRequest)) + 100 * 100);
  });
});

describe("a stream whose partition was published before", () => {
  it("sends only what does not stand there", async () => {
    const clock = new VirtualClock();
    const answer = ({ method }: SentPart): PartAnswer =>
      method === "GET"
        ? { status: 200, body: { value: [{ accountid: testId(3), accountnumber: "A", name: "x" }] } }
        : done;
    const bench = new StreamBench(service(clock, answer), { clock });
    bench.stream.lookFirst();
    await bench.accept(["A", "x"], ["B", "x"], ["C", "x"]);
    expect(await bench.end()).toMatchObject({ unchanged: 1, upserted: 2 });
    expect(writes(bench).map(({ url }) => url)).toEqual(["accounts(accountnumber='B')", "accounts(accountnumber='C')"]);
  });

  it("puts no older value over one that stands there, though it would put that back in the end", async () => {
    const clock = new VirtualClock();
    const answer = ({ method }: SentPart): PartAnswer =>
      method === "GET"
        ? { status: 200, body: { value: [{ accountid: testId(3), accountnumber: "A", name: "new" }] } }
        : done;
    const bench = new StreamBench(service(clock, answer), { clock });
    bench.stream.lookFirst();
    await bench.accept(["A", "old"], ["A", "new"], ["B", "x"]);
    expect(await bench.end()).toMatchObject({ unchanged: 2, upserted: 1 });
    expect(writes(bench).map(({ url }) => url)).toEqual(["accounts(accountnumber='B')"]);
  });
});
