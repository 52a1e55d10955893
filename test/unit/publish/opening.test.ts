import { expect, it } from "vitest";
import { Opening } from "../../../server/publish/opening.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

function openingOf(gone?: AbortSignal): { clock: VirtualClock; opening: Opening } {
  const clock = new VirtualClock();
  return { clock, opening: new Opening({ clock, timeoutMs: 900_000, gone }) };
}

it("a stream opens for no longer than a row may go without being settled, and is told what to do then", async () => {
  const { clock, opening } = openingOf();
  await clock.run(clock.sleep(899_000));
  expect(opening.signal.aborted).toBe(false);
  await clock.run(clock.sleep(2000));
  expect(opening.signal.reason).toMatchObject({ code: "overloaded", remedy: expect.stringContaining("run id") });
});

it("a stream whose client goes away opens no longer, also if it went before", () => {
  const client = new AbortController();
  const { opening } = openingOf(client.signal);
  client.abort("gone");
  expect([opening.signal.reason, openingOf(client.signal).opening.signal.reason]).toEqual(["gone", "gone"]);
});

it("nothing is left of an opening that is over", () => {
  const client = new AbortController();
  const { clock, opening } = openingOf(client.signal);
  opening.end();
  expect(clock.pending).toBe(0);
});
