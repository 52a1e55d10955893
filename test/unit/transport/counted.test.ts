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
  const observe = (...seen: unknown[]): number => observed.push(seen);
  const sent = counted({ clock, observe })(slow)(request, tripOf());
  await clock.run(sent.catch((error: unknown) => error));
  return observed;
}

describe("counted", () => {
  it("counts a reply with its time", async () => {
    expect(await countOf(replyOf(200))).toEqual([[200, 0.25]]);
  });

  it("counts a throttle", async () => {
    expect(await countOf(replyOf(429))).toEqual([[429, 0.25]]);
  });

  it("counts an attempt without a reply", async () => {
    expect(await countOf(new SidecarError("outcome_unknown", "reset"))).toEqual([["no_reply", 0.25]]);
  });

  it("does not count what never left", async () => {
    expect(await countOf(new SidecarError("unavailable", "refused"))).toEqual([]);
  });
});
