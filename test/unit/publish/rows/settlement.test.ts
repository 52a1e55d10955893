import { describe, expect, it } from "vitest";
import type { PartReply } from "../../../../server/dataverse/wire/batch-reply.ts";
import type { Operation } from "../../../../server/publish/rows/batch.ts";
import type { Verdict } from "../../../../server/publish/rows/ledger.ts";
import type { Doubt } from "../../../../server/publish/rows/settlement.ts";
import { noTime, operationAttemptsMax, Settlement } from "../../../../server/publish/rows/settlement.ts";
import { accountMapping, insertRequest, operationsOf, testId } from "../../../support/publish/scenes.ts";
import { errorBody, ScriptedLane } from "../../../support/publish/scripted-lane.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import {
  byParent,
  mappingFor,
  otherId,
  refusal,
  rowId,
  operation as sentOperation,
} from "../../dataverse/wire-mapping.ts";

class Bench {
  readonly clock = new VirtualClock();
  readonly settled: Verdict[] = [];
  readonly again: number[] = [];
  readonly doubts: Doubt[] = [];
  readonly lane = new ScriptedLane(this.clock, () => new Error("asked"));
  readonly operation: Operation;
  readonly settlement: Settlement;

  constructor(mapping = accountMapping(insertRequest)) {
    const [operation] = operationsOf(accountMapping(insertRequest), [["A", "x"]]);
    if (operation === undefined) throw new Error("no operation");
    this.operation = operation;
    this.settlement = new Settlement({
      mapping,
      clock: this.clock,
      settle: (_operation, verdict) => this.settled.push(verdict),
      exists: () => false,
      again: (_operation, at) => this.again.push(at - this.clock.now()),
    });
  }

  judge(part: PartReply): boolean {
    return this.settlement.judge(this.operation, part, { doubts: this.doubts, lane: this.lane, chance: 0.5 });
  }
}

function part(status: number, code?: string, headers: Record<string, string> = {}): PartReply {
  return { status, headers, body: Buffer.from(code === undefined ? "" : JSON.stringify(errorBody(code))) };
}

describe("what the service says of one operation", () => {
  it("settles it, applied or refused", () => {
    const bench = new Bench();
    expect([bench.judge(part(204)), bench.judge(part(400, "0x80044331"))]).toEqual([true, false]);
    expect(bench.settled.map(({ kind, failure }) => failure?.code ?? kind)).toEqual(["created", "row_rejected"]);
  });

  it("is a doubt where it is a duplicate", () => {
    const bench = new Bench();
    expect(bench.judge(part(412, "0x80040237"))).toBe(false);
    expect(bench.doubts.map(({ operation }) => operation)).toEqual([bench.operation]);
  });

  it("keeps the session token of a row's own answer for the read, and no older one", () => {
    const bench = new Bench();
    bench.judge(part(412, "0x80040237", { "x-ms-session-token": "240:8#7#7=-1" }));
    expect(bench.operation.sessionToken).toBe("240:8#7#7=-1");
    bench.judge(part(412, "0x80040237"));
    expect(bench.operation.sessionToken).toBeUndefined();
    const around = { doubts: bench.doubts, lane: bench.lane, chance: 0.5 };
    bench.settlement.judgeTarget(bench.operation, part(409, undefined, { "x-ms-session-token": "1" }), around);
    expect([bench.operation.sessionToken, bench.doubts.length]).toEqual([undefined, 3]);
  });

  it("closes the gate where it is a throttle, and goes again when that opens", () => {
    const bench = new Bench();
    expect(bench.judge(part(429, undefined, { "retry-after": "7" }))).toBe(true);
    expect(bench.lane.gate.isOpen).toBe(false);
    expect(bench.again).toEqual([bench.lane.gate.openAt - bench.clock.now()]);
  });

  it("goes again after a jittered wait, and fails when its attempts are used up", () => {
    const bench = new Bench();
    bench.judge(part(400, "0x80044339"));
    bench.operation.attempts = operationAttemptsMax;
    bench.judge(part(400, "0x80044339"));
    expect(bench.again).toEqual([250]);
    expect(bench.settled.map(({ failure }) => failure?.code)).toEqual([noTime.code]);
  });

  it("waits no longer than half a minute, however often it has gone", () => {
    const bench = new Bench();
    bench.operation.attempts = operationAttemptsMax - 1;
    bench.judge(part(400, "0x80044339"));
    expect(bench.again).toEqual([15_000]);
  });

  it("is told of the lookup by which it was refused, which only what was sent tells", () => {
    const bench = new Bench(mappingFor("UPDATE", { lookups: [byParent] }));
    const bytes = sentOperation(
      "PATCH",
      `accounts(${rowId})`,
      JSON.stringify({ "parentaccountid@odata.bind": `/api/data/v9.2/accounts(${otherId})` }),
    );
    Object.assign(bench.operation, { bytes, start: 0, end: bytes.length });
    bench.judge(refusal(404, "0x80040217", `account With Id = ${otherId} Does Not Exist`));
    expect(bench.settled.map(({ failure }) => failure?.code)).toEqual(["lookup_missing"]);
  });

  it("fails as unknown where an attempt may have been applied", () => {
    const bench = new Bench();
    bench.operation.attempts = operationAttemptsMax;
    bench.judge(part(503));
    expect(bench.settled[0]?.failure?.code).toBe("outcome_unknown");
  });

  it.each(["judge", "judgeTarget"] as const)(
    "knows its own delete again by %s: what is gone may have gone by it",
    (by) => {
      const bench = new Bench(mappingFor("DELETE"));
      const bytes = sentOperation("DELETE", `accounts(${rowId})`);
      Object.assign(bench.operation, { bytes, start: 0, end: bytes.length });
      const around = { doubts: bench.doubts, lane: bench.lane, chance: 0.5 };
      for (const uncertainAt of [0, 1, 0]) {
        bench.operation.uncertainAt = uncertainAt;
        bench.settlement[by](
          bench.operation,
          refusal(404, "0x80040217", `account With Id = ${rowId} Does Not Exist`),
          around,
        );
      }
      expect(bench.settled.map(({ kind }) => kind)).toEqual(["unchanged", "deleted", "unchanged"]);
    },
  );

  it("names what the service cannot bear of a row sent alone", () => {
    const bench = new Bench();
    bench.settlement.refuse(bench.operation, part(413, "0x8004418a"));
    bench.settlement.refuse(bench.operation, part(400, "0x80048d19"));
    expect(bench.settled.map(({ failure }) => failure?.code)).toEqual(["row_too_large", "row_rejected"]);
  });
});

describe("a later step that is refused", () => {
  const byName = accountMapping({ mode: "UPSERT", matchOn: ["name"] });
  const before = { verdict: { kind: "upserted" }, uncertainAt: 0 } as const;

  it.each([
    ["is read where the row was found by its key and the service gave no id", byName, { before }, 1],
    ["fails its row where the service gave an id", byName, { before, id: testId(1) }, 0],
    ["fails its row where nothing was written before", byName, {}, 0],
    ["fails its row where it cannot be found", accountMapping(insertRequest), { before }, 0],
  ])("%s", (_what, mapping, state, doubts) => {
    const bench = new Bench(mapping);
    Object.assign(bench.operation, { id: undefined, step: 1, ...state });
    bench.judge(part(400, "0x80044331"));
    expect([bench.doubts.length, bench.settled.length]).toEqual([doubts, 1 - doubts]);
  });
});
