/** What a stream is given: its mapping, what it shares with other streams of the process, and whom it tells. */
import type { Clock } from "../core/clock.ts";
import type { RowCode, SidecarError } from "../core/errors.ts";
import type { Mapping } from "../dataverse/mapping/mapping.ts";
import type { Scheduler } from "../schedule/scheduler.ts";
import type { Identity } from "./identity/identity.ts";
import type { Bodies } from "./memory/bodies.ts";
import type { Permits } from "./memory/permits.ts";
import type { LateWrites } from "./order/late-writes.ts";
import type { Deliver } from "./publication.ts";
import type { Operations } from "./rows/operations.ts";
import type { StreamMetrics } from "./runs/figures.ts";
import type { Strategy } from "./splitting/strategy.ts";

export interface StreamOptions {
  readonly mapping: Mapping;
  readonly identity: Identity | undefined;
  readonly scheduler: Scheduler;
  readonly permits: Permits;
  /** Of the process. */
  readonly bodies: Bodies;
  /** Of the process. */
  readonly operations: Operations;
  readonly late: LateWrites;
  readonly strategy: Strategy;
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly progressTimeoutMs: number;
  /** More rows have settled, or the run must stop for the reason given. */
  readonly review: (stop: SidecarError | undefined) => void;
  readonly leave: () => void;
  readonly warnings: readonly string[];
  readonly metrics: StreamMetrics;
  /** So many rows of one request go again, for want of an answer that tells their fate. */
  readonly repeated: (code: RowCode, rows: number) => void;
  /** A row waits for so many seconds, since an older write of its key may still land. */
  readonly delayed: (seconds: number) => void;
}
