import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import { answerEach, done } from "../../support/publish/batch-service.ts";
import { accountBatch } from "../../support/publish/scenes.ts";
import { seatOf } from "../../support/publish/scripted-lane.ts";
import { StreamBench, service } from "../../support/publish/stream-bench.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const draining = new SidecarError("draining", "The server is shutting down.");
const moments = Array.from({ length: 12 }, (_, ticks) => ticks);

describe("a run that stops while a record batch is let in", () => {
  it.each(moments)("leaves no row behind, %i microtasks after there was room for the next", async (ticks) => {
    const clock = new VirtualClock();
    const permits = new Permits(1);
    const bench = new StreamBench(service(clock), { clock, permits });
    const batch = accountBatch([["A", "x"]]);
    const accepted = bench.stream.accept(batch).then(() => bench.stream.accept(batch));
    await clock.turn();
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    bench.stream.stop(draining);
    await clock.run(accepted);
    const { received, acknowledged, notSent } = await bench.end();
    expect([received, acknowledged + notSent, permits.used]).toEqual([2, 2, 0]);
  });
});

describe("a stream without work", () => {
  it("ends though its turns wait behind the requests of others", async () => {
    const clock = new VirtualClock();
    const release = Promise.withResolvers<void>();
    const bench = new StreamBench((request) => answerEach(request, () => done), { clock });
    const others = Array.from({ length: 4 }, () =>
      bench.scheduler.turn(seatOf(), () => release.promise, new AbortController().signal),
    );
    await bench.accept(["A", "x"]);
    bench.stream.stop(draining);
    expect(await bench.end()).toMatchObject({ received: 1, notSent: 1 });
    await clock.run(bench.stream.expel(draining));
    release.resolve();
    await Promise.all(others);
  });
});
