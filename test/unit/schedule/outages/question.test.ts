import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import { inRotation, isLetIn, once } from "../../../../server/schedule/outages/question.ts";
import type { Answer } from "../../../support/publish/scripted-lane.ts";
import { jsonReply, ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const question = { method: "GET", path: "WhoAmI", headers: {} } as const;

async function askedOf(answer: Answer): Promise<boolean> {
  return await isLetIn(question, new ScriptedLane(new VirtualClock(), () => answer));
}

describe("a question", () => {
  it.each([200, 401, 403, 404, 429, 500])("is let in where it is answered %i", async (status) => {
    expect(await askedOf(jsonReply(status, {}))).toBe(true);
  });

  it.each([502, 503, 504])("is not where it is answered %i", async (status) => {
    expect(await askedOf(jsonReply(status, {}))).toBe(false);
  });

  it.each(["unavailable", "outcome_unknown"] as const)("is not where nobody answers: %s", async (code) => {
    expect(await askedOf(new SidecarError(code, ""))).toBe(false);
  });

  it("is where the sign-in is refused, which the work is told by the usual way", async () => {
    expect(await askedOf(new SidecarError("credentials_rejected", ""))).toBe(true);
  });

  it("is asked once", async () => {
    let asked = 0;
    const send = once(() => {
      asked += 1;
      return Promise.resolve(jsonReply(503, {}));
    });
    expect(await send(question, { signal: new AbortController().signal })).toMatchObject({ status: 503, attempts: 1 });
    expect(asked).toBe(1);
  });

  it("is put by another principal each time, by the same one where no other may, and by nobody where nobody may", async () => {
    const asked: string[] = [];
    let free = ["a", "b"];
    const spotOf = (name: string) => ({ member: { principal: { name } } });
    const ask = inRotation(
      (spared) => free.filter((name) => !spared.has(name)).map(spotOf)[0],
      ({ member }) => {
        asked.push(member.principal.name);
        return Promise.resolve(true);
      },
    );
    for (let i = 0; i < 3; i += 1) await ask();
    free = ["a"];
    await ask();
    free = [];
    expect(ask()).toBeUndefined();
    expect(asked).toEqual(["a", "b", "a", "a"]);
  });
});
