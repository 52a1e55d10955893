/** One publish stream on virtual time, with principals that answer from a script and everything that it says noted. */
import type { RecordBatch } from "../../../server/arrow/columns.ts";
import type { SidecarError } from "../../../server/core/errors.ts";
import { createMetrics } from "../../../server/core/metrics.ts";
import type { Mapping } from "../../../server/dataverse/mapping/mapping.ts";
import type { PublishRequest } from "../../../server/dataverse/request.ts";
import { Identity } from "../../../server/publish/identity/identity.ts";
import { Bodies } from "../../../server/publish/memory/bodies.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import { LateWrites } from "../../../server/publish/order/late-writes.ts";
import type { SettledRow, Summary } from "../../../server/publish/publication.ts";
import { Operations } from "../../../server/publish/rows/operations.ts";
import { Costs } from "../../../server/publish/splitting/costs.ts";
import { Strategy } from "../../../server/publish/splitting/strategy.ts";
import { PublishStream } from "../../../server/publish/stream.ts";
import type { Scheduler, SchedulerOptions } from "../../../server/schedule/scheduler.ts";
import { VirtualClock } from "../virtual-clock.ts";
import type { PartAnswer, SentPart } from "./batch-service.ts";
import { answerEach, done } from "./batch-service.ts";
import type { Account } from "./scenes.ts";
import { accountBatch, accountMapping, byNumberRequest } from "./scenes.ts";
import type { Script } from "./scripted-lane.ts";
import { ScriptedPrincipal, schedulerOf } from "./scripted-lane.ts";

export interface StreamBenchOptions {
  readonly clock?: VirtualClock;
  readonly request?: Partial<PublishRequest>;
  /** In place of that of accounts by number. */
  readonly mapping?: Mapping;
  readonly principals?: number;
  readonly permits?: Permits;
  readonly bodies?: Bodies;
  readonly late?: LateWrites;
  readonly progressTimeoutMs?: number;
  readonly scheduler?: Partial<SchedulerOptions>;
}

export class StreamBench {
  readonly clock: VirtualClock;
  readonly principals: readonly ScriptedPrincipal[];
  readonly permits: Permits;
  readonly scheduler: Scheduler;
  readonly delivered: SettledRow[] = [];
  readonly stops: SidecarError[] = [];
  /** Seconds. */
  readonly waited = { memory: 0, backoff: 0 };
  readonly stream: PublishStream;
  reviews = 0;
  left = 0;
  deliver: () => Promise<void> = () => Promise.resolve();

  constructor(script: Script, options: StreamBenchOptions = {}) {
    const { clock = new VirtualClock(), request = byNumberRequest } = options;
    this.clock = clock;
    this.permits = options.permits ?? new Permits(128 << 20);
    this.principals = Array.from(
      { length: options.principals ?? 1 },
      (_, i) => new ScriptedPrincipal(script, `app ${i}`),
    );
    this.scheduler = schedulerOf(clock, this.principals, options.scheduler);
    const mapping = options.mapping ?? accountMapping({ ...request, returning: request.returning ?? "ALL" });
    this.stream = new PublishStream({
      mapping,
      identity: mapping.mintsIds ? new Identity({ runId: "run", table: "account", keyColumns: [0] }) : undefined,
      scheduler: this.scheduler,
      permits: this.permits,
      bodies: options.bodies ?? new Bodies(this.permits),
      operations: new Operations(),
      late: options.late ?? new LateWrites(),
      strategy: new Strategy({ choice: mapping.strategy, costs: new Costs(), requestSeconds: () => 5 }),
      clock,
      deliver: async (_batch, rows) => {
        await this.deliver();
        this.delivered.push(...rows);
      },
      progressTimeoutMs: options.progressTimeoutMs ?? 900_000,
      review: (stop) => {
        this.reviews += 1;
        if (stop === undefined) return;
        this.stops.push(stop);
        this.stream.stop(stop);
      },
      leave: () => {
        this.left += 1;
      },
      warnings: ["a warning"],
      metrics: {
        ...createMetrics().counts("demo"),
        waited: (reason, seconds) => {
          this.waited[reason] += seconds;
        },
      },
      repeated: () => undefined,
      delayed: () => undefined,
    });
  }

  async accept(...rows: readonly Account[]): Promise<void> {
    await this.clock.run(this.stream.accept(accountBatch(rows)));
  }

  async acceptBatch(batch: RecordBatch): Promise<void> {
    await this.clock.run(this.stream.accept(batch));
  }

  async end(maxMs = 24 * 3_600_000): Promise<Summary> {
    return await this.clock.run(this.stream.end(), { maxMs });
  }

  /** Outcome kind or error code, by row. */
  get fates(): readonly string[] {
    return this.delivered
      .toSorted((a, b) => a.streamRow - b.streamRow)
      .map(({ outcome }) => outcome.failure?.code ?? outcome.kind);
  }
}

/** Answers each operation by itself, after a time that is drawn anew for each request. */
export function service(
  clock: VirtualClock,
  answer: (part: SentPart) => PartAnswer = () => done,
  longestMs = 1000,
): Script {
  return async (request) => {
    await clock.sleep(clock.random() * longestMs);
    return answerEach(request, answer);
  };
}
