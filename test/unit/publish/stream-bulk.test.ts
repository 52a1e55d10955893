import { describe, expect, it } from "vitest";
import type { Mapping } from "../../../server/dataverse/mapping/mapping.ts";
import type { Reply } from "../../../server/transport/http.ts";
import { SendFailure } from "../../../server/transport/retry.ts";
import type { PartAnswer, SentPart } from "../../support/publish/batch-service.ts";
import { answerEach } from "../../support/publish/batch-service.ts";
import type { Account } from "../../support/publish/scenes.ts";
import { accountMapping, insertRequest } from "../../support/publish/scenes.ts";
import type { Script } from "../../support/publish/scripted-lane.ts";
import { errorBody, jsonReply, trailOf } from "../../support/publish/scripted-lane.ts";
import { StreamBench } from "../../support/publish/stream-bench.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const duplicate = errorBody("0x80040237", "Cannot insert duplicate key.");
const forbidden: PartAnswer = { status: 403, body: errorBody("0x80040220") };

function byBulk(): Mapping {
  return { ...accountMapping({ ...insertRequest, returning: "ALL" }), strategy: "BULK" };
}

/** Creates rows by both ways, tells nobody what stands there, and loses the first replies. */
class Unreadable {
  readonly clock = new VirtualClock();
  readonly #rows: Set<unknown>;
  #lost: number;

  constructor(standing: readonly string[], lost = 0) {
    this.#rows = new Set(standing);
    this.#lost = lost;
  }

  readonly script: Script = async (request) => {
    await this.clock.sleep(100);
    if (request.path === "$batch") return answerEach(request, (part) => this.#answer(part));
    const { Targets: targets } = JSON.parse(Buffer.from(request.body ?? []).toString("utf8"));
    const reply = this.#create(targets);
    if (this.#lost-- <= 0) return reply;
    const trail = trailOf({ uncertain: true });
    return new SendFailure("outcome_unknown", "Cut off.", { trail, cause: undefined });
  };

  #create(targets: readonly Record<string, unknown>[]): Reply {
    if (targets.some(({ accountnumber }) => this.#rows.has(accountnumber))) return jsonReply(412, duplicate);
    for (const { accountnumber } of targets) this.#rows.add(accountnumber);
    return jsonReply(200, { Ids: targets.map(({ accountid }) => accountid) });
  }

  #answer({ method, body }: SentPart): PartAnswer {
    if (method === "GET") return forbidden;
    const { status } = this.#create([body]);
    return status === 200 ? { status: 204 } : { status, body: duplicate };
  }
}

const rows = Array.from({ length: 15 }, (_, i): Account => [`A${i}`, "x"]);

async function fates(service: Unreadable): Promise<readonly string[]> {
  const bench = new StreamBench(service.script, { clock: service.clock, mapping: byBulk() });
  await bench.accept(...rows);
  await bench.end(600_000);
  return bench.fates;
}

describe("a bulk INSERT whose rows cannot be read", () => {
  it("creates the rows beside one that stands there already", async () => {
    expect(await fates(new Unreadable(["A7"]))).toEqual(
      rows.map((_, row) => (row === 7 ? "outcome_unknown" : "created")),
    );
  });

  it("ends after a lost reply, with rows of unknown fate", async () => {
    expect(await fates(new Unreadable([], 1))).toEqual(rows.map(() => "outcome_unknown"));
  });
});
