/** What stands around whatever sends batches or reads their answers: rows of a mapping, sizes, a lane that answers from a script, and what came back. */
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import type { Operation } from "../../../server/publish/rows/batch.ts";
import { Costs } from "../../../server/publish/splitting/costs.ts";
import type { StrategyOptions } from "../../../server/publish/splitting/strategy.ts";
import { Strategy } from "../../../server/publish/splitting/strategy.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { accountMapping, byNumberRequest, numberedOperations } from "./scenes.ts";
import type { Answer } from "./scripted-lane.ts";
import { ScriptedLane } from "./scripted-lane.ts";

export interface SendingScene {
  readonly request?: Partial<PublishRequest>;
  readonly rows?: number;
  /** As in metadata: `Standard` when absent, or `Elastic`. */
  readonly tableType?: string;
  readonly choice?: StrategyOptions["choice"];
  /** Of the lane, to every request; a fault of the test when absent. */
  readonly answer?: Answer;
}

export class SendingBench {
  readonly clock = new VirtualClock();
  readonly mapping: ReturnType<typeof accountMapping>;
  readonly operations: readonly Operation[];
  readonly lane: ScriptedLane;
  readonly strategy: Strategy;
  /** Rows that go back among those that were not tested. */
  readonly untested: number[] = [];

  constructor({ request = byNumberRequest, rows = 3, tableType = "Standard", choice = "AUTO", answer }: SendingScene) {
    const standard = accountMapping(request);
    this.mapping = { ...standard, table: { ...standard.table, tableType } };
    this.operations = numberedOperations(this.mapping, rows);
    this.lane = new ScriptedLane(this.clock, () => answer ?? new Error("asked"));
    this.strategy = new Strategy({ choice, costs: new Costs(), requestSeconds: () => 5 });
  }

  readonly putBack = (operations: readonly Operation[]): void => {
    this.untested.push(...rowsOf(operations));
  };
}

export function rowsOf(operations: readonly Operation[]): number[] {
  return operations.map(({ row }) => row);
}
