import { describe, expect, it } from "vitest";
import { deadline } from "../../../server/transport/deadline.ts";
import type { Send } from "../../../server/transport/http.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { replyOf, request, scripted, tripOf } from "./scripted.ts";

const never: Send = (_request, { cut }) =>
  new Promise((_resolve, reject) => cut?.addEventListener("abort", () => reject(cut.reason), { once: true }));

describe("deadline", () => {
  it("cuts an attempt after 300 s", async () => {
    const clock = new VirtualClock();
    const from = clock.now();
    await expect(clock.run(deadline({ clock })(never)(request, tripOf()))).rejects.toMatchObject({
      code: "outcome_unknown",
    });
    expect(clock.now() - from).toBe(300_000);
  });

  it("leaves no timer behind a reply", async () => {
    const clock = new VirtualClock();
    await deadline({ clock })(scripted(replyOf(200)).send)(request, tripOf());
    expect(clock.pending).toBe(0);
  });

  it("leaves no timer behind a failure", async () => {
    const clock = new VirtualClock();
    await expect(deadline({ clock })(scripted(new Error("reset")).send)(request, tripOf())).rejects.toThrow("reset");
    expect(clock.pending).toBe(0);
  });
});
