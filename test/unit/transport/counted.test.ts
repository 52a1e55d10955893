import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../server/core/errors.ts";
import { counted } from "../../../server/transport/counted.ts";
import type { Reply, Send } from "../../../server/transport/http.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { replyOf, request, scripted, tripOf } from "./scripted.ts";

async function countOf(answer: Reply | Error) {
  const clock = new VirtualClock();
  const observed: unknown[] = [];
  const slow: Send = async (sent, trip) => {
    await clock.sleep(250);
    return await scripted(answer).send(sent, trip);
  };
  const tally = { requests: 0, throttles: 0, outages: 0, waitedMs: 0 };
  const observe = (...seen: unknown[]): number => observed.push(seen);
  const sent = counted({ clock, observe })(slow)(request, tripOf({ tally }));
  await clock.run(sent.catch((error: unknown) => error));
  return { tally, observed };
}

describe("counted", () => {
  it("counts a reply with its time", async () => {
    const { tally, observed } = await countOf(replyOf(200));
    expect([tally, observed]).toEqual([{ requests: 1, throttles: 0, outages: 0, waitedMs: 0 }, [[200, 0.25]]]);
  });

  it("counts a throttle", async () => {
    expect((await countOf(replyOf(429))).tally).toMatchObject({ requests: 1, throttles: 1 });
  });

  it("counts an attempt without a reply", async () => {
    const { tally, observed } = await countOf(new SidecarError("outcome_unknown", "reset"));
    expect([tally.requests, observed]).toEqual([1, [["no_reply", 0.25]]]);
  });

  it("does not count what never left", async () => {
    const { tally, observed } = await countOf(new SidecarError("unavailable", "refused"));
    expect([tally.requests, observed]).toEqual([0, []]);
  });
});
