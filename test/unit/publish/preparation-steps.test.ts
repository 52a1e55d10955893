import { describe, expect, it } from "vitest";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import { Finder } from "../../../server/publish/finder.ts";
import { KeyStep } from "../../../server/publish/key-step.ts";
import { preparationSteps } from "../../../server/publish/preparation-steps.ts";
import { accountMapping, byNumberRequest, insertRequest } from "../../support/publish/scenes.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

function stepsOf(request: Partial<PublishRequest>): readonly unknown[] {
  const finder = new Finder({
    clock: new VirtualClock(),
    signal: new AbortController().signal,
    patience: "patient",
    learn: () => undefined,
  });
  return preparationSteps(accountMapping(request), finder);
}

describe("the steps of a mapping", () => {
  it("are none where nothing has to be read", () => {
    expect(stepsOf(insertRequest)).toEqual([]);
  });

  it("find rows by keys that no URL may be able to name", () => {
    expect(stepsOf(byNumberRequest)).toEqual([expect.any(KeyStep)]);
    expect(stepsOf({ mode: "UPSERT", matchOn: ["name"] })).toEqual([expect.any(KeyStep)]);
  });
});
