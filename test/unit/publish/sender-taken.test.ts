import { describe, expect, it } from "vitest";
import { Costs } from "../../../server/publish/costs.ts";
import { Sender } from "../../../server/publish/sender.ts";
import { Strategy } from "../../../server/publish/strategy.ts";
import type { Reply } from "../../../server/transport/http.ts";
import type { Trail } from "../../../server/transport/retry.ts";
import { batchReply } from "../../support/publish/batch-service.ts";
import { accountMapping, byNumberRequest, operationsOf } from "../../support/publish/scenes.ts";
import { ScriptedLane } from "../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** How many bodies the sender said were read. */
async function takenAfter(answer: Reply & Partial<Trail>): Promise<number> {
  const clock = new VirtualClock();
  const mapping = accountMapping(byNumberRequest);
  let taken = 0;
  const sender = new Sender({
    mapping,
    clock,
    signal: new AbortController().signal,
    settle: () => undefined,
    exists: () => false,
    again: () => undefined,
    resend: () => undefined,
    giveUp: () => undefined,
    stop: () => undefined,
    doubt: () => Promise.resolve([]),
    putBack: () => undefined,
    learn: () => undefined,
    taken: () => {
      taken += 1;
    },
    strategy: new Strategy({ choice: "BATCH", costs: new Costs(), requestSeconds: () => 5 }),
  });
  const operations = operationsOf(mapping, [["A", "x"]]);
  await sender.send({ way: "batch", operations }, new ScriptedLane(clock, () => answer));
  return taken;
}

describe("the body of a request", () => {
  const done = batchReply([{ status: 204 }]);

  it("was read whole when its only attempt succeeds", async () => {
    expect(await takenAfter(done)).toBe(1);
  });

  it.each([
    ["another attempt came before", { ...done, attempts: 2 }],
    ["it was throttled before", { ...done, throttles: 1 }],
    ["it was refused", { ...done, status: 413 }],
  ])("may not have been read whole where %s", async (_what, answer) => {
    expect(await takenAfter(answer)).toBe(0);
  });
});
