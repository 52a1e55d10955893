import { describe, expect, it } from "vitest";
import { SidecarError } from "../../../../server/core/errors.ts";
import type { FindBy } from "../../../../server/dataverse/finding/find.ts";
import type { KeyTexts } from "../../../../server/dataverse/keys/find-key.ts";
import { Letters } from "../../../../server/publish/preparing/letters.ts";
import { attribute } from "../../../support/dataverse/tables.ts";
import { ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const by = [attribute("code", "text")];
const lane = new ScriptedLane(new VirtualClock(), () => {
  throw new Error("nothing is sent");
});

/** Finds messages by these names, and says what was asked. */
class Messages {
  readonly asked: string[] = [];
  readonly letters: Letters;

  constructor(found: (name: string) => boolean) {
    const find = (_by: FindBy, keys: readonly KeyTexts[]) => {
      const names = keys.map(([name = ""]) => name);
      this.asked.push(...names);
      return Promise.resolve(names.map((name) => (found(name) ? [{ sdkmessageid: "x" }] : [])));
    };
    this.letters = new Letters({ find });
  }

  async learn(...keys: readonly string[]): Promise<void> {
    await this.letters.learn(
      by,
      keys.map((key) => [key]),
      lane,
    );
  }
}

describe("the letters of an environment", () => {
  it("are others where a message is found with them", async () => {
    const { letters } = await learned((name) => ["create", "créate", "assign"].includes(name));
    expect([letters.isOther("é"), letters.isOther("ñ")]).toEqual([true, false]);
    expect(letters.knows(by, ["né ñ"])).toBe(true);
  });

  it("are not known where the message is not there by its own name", async () => {
    const { letters } = await learned((name) => name === "create");
    expect(letters.knows(by, ["é"])).toBe(true);
    expect(letters.knows(by, ["ñ"])).toBe(false);
  });

  it("are not known where no message has them", async () => {
    const messages = new Messages(() => true);
    await messages.learn("й");
    expect(messages.letters.knows(by, ["й"])).toBe(false);
    expect(messages.asked).toEqual([]);
  });

  it("are asked about once", async () => {
    const messages = await learned(() => true);
    await messages.learn("Élan", "й");
    expect(messages.asked).toEqual(["create", "créate", "assign", "assigñ"]);
  });

  it.each(["row_forbidden", "row_rejected"] as const)(
    "are not known where the question is refused: %s",
    async (code) => {
      const letters = new Letters({ find: () => Promise.reject(new SidecarError(code, "no")) });
      await letters.learn(by, [["é"]], lane);
      expect(letters.knows(by, ["é"])).toBe(false);
    },
  );

  it("are asked again where the service did not answer", async () => {
    const letters = new Letters({ find: () => Promise.reject(new SidecarError("deadline_passed", "late")) });
    await expect(letters.learn(by, [["é"]], lane)).rejects.toThrow("late");
    await expect(letters.learn(by, [["é"]], lane)).rejects.toThrow("late");
  });
});

async function learned(found: (name: string) => boolean): Promise<Messages> {
  const messages = new Messages(found);
  await messages.learn("né", "ñ");
  return messages;
}
