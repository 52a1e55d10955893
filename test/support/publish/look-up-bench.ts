/** Rows that are looked at before they are sent, and a reader that finds what the test says. */
import type { SidecarError } from "../../../server/core/errors.ts";
import type { ReadBack, Superseded } from "../../../server/dataverse/answers/read-back.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import type { FollowersOf } from "../../../server/publish/order/followers.ts";
import { Finder } from "../../../server/publish/preparing/finder.ts";
import { LookUp } from "../../../server/publish/reading/look-up.ts";
import { RowReader } from "../../../server/publish/reading/row-reader.ts";
import type { Batch, Operation } from "../../../server/publish/rows/batch.ts";
import type { Verdict } from "../../../server/publish/rows/ledger.ts";
import { Costs } from "../../../server/publish/splitting/costs.ts";
import { Strategy } from "../../../server/publish/splitting/strategy.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { accountMapping, insertRequest, operationsOf, testId } from "./scenes.ts";
import { ScriptedLane } from "./scripted-lane.ts";

export const same = (row: number): ReadBack => ({ kind: "same", id: testId(row) });
export const different = (row: number): ReadBack => ({ kind: "different", id: testId(row) });
export const absent: ReadBack = { kind: "absent" };

/** Rows A0, A1, … of which the reader says what the test does. */
export class LookUpBench {
  readonly settled = new Map<number, Verdict>();
  readonly sent: (readonly number[])[] = [];
  readonly back: number[] = [];
  /** Milliseconds after which a row is looked at again. */
  readonly later = new Map<number, number>();
  readonly clock = new VirtualClock();
  readonly stops: SidecarError[] = [];
  readonly halt = new AbortController();
  readonly operations: readonly Operation[];
  readonly lookUp: LookUp;
  readonly #lane: ScriptedLane;
  /** What stands there, or why it cannot be read. */
  there: (row: number) => ReadBack | Superseded = () => absent;
  /** Of operations with followers, those. */
  readonly chains: (readonly Operation[])[] = [];
  readonly superseded: number[] = [];
  /** Of which the second half goes. */
  readonly existing: number[] = [];
  readonly strategy = new Strategy({ choice: "BATCH", costs: new Costs(), requestSeconds: () => 5 });
  followers: FollowersOf = new Map();
  /** Of which followers were asked for. */
  readonly followed: number[] = [];
  /** Rows beyond those of a batch, and whether some of them were taken before. */
  readonly batcher = { ready: 0, hasDue: false };
  reads = 0;

  constructor(rows: number, request: Partial<PublishRequest> = insertRequest, tableType = "Standard") {
    const { clock } = this;
    const standard = accountMapping(request);
    const mapping = { ...standard, table: { ...standard.table, tableType } };
    this.operations = operationsOf(
      mapping,
      Array.from({ length: rows }, (_, i) => [`A${i}`, "x"] as const),
    );
    this.#lane = new ScriptedLane(clock, () => new Error("asked"));
    const finder = new Finder({
      clock,
      signal: new AbortController().signal,
      patience: "short",
      learn: () => undefined,
    });
    const reader = new RowReader(mapping, finder);
    reader.readAhead = (operations, followers) => {
      this.reads += 1;
      this.chains.push(...followers.values());
      return new Promise((resolve) => resolve(operations.map(({ row }) => this.there(row))));
    };
    this.lookUp = new LookUp({
      mapping,
      clock,
      signal: this.halt.signal,
      again: ({ row }, at) => this.later.set(row, at - clock.now()),
      reader,
      strategy: this.strategy,
      settle: ({ row }, verdict) => this.settled.set(row, verdict),
      stop: (reason) => this.stops.push(reason),
      followers: {
        of: (operations) => {
          this.followed.push(...operations.map(({ row }) => row));
          return this.followers;
        },
      },
      batcher: this.batcher,
      exists: ({ row }) => this.existing.push(row) > 0,
      supersede: ({ row }) => this.superseded.push(row),
      putBack: (operations) => this.back.push(...operations.map(({ row }) => row)),
      send: ({ operations }) => {
        this.sent.push(operations.map(({ row }) => row));
        return Promise.resolve();
      },
    });
  }

  async send(batch: Partial<Batch> = {}): Promise<void> {
    await this.lookUp.send({ way: "batch", operations: this.operations, ...batch }, this.#lane);
  }

  /** As in an attempt after the first. */
  async again(there: (row: number) => ReadBack | Superseded): Promise<this> {
    this.there = there;
    this.lookUp.begin();
    await this.send();
    return this;
  }
}
