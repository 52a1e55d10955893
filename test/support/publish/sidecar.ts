/** The server's publishing, scheduling and transport in front of whatever sends, put together as `server/app.ts` does it. */
import type { Clock } from "../../../server/core/clock.ts";
import { createMetrics } from "../../../server/core/metrics.ts";
import { barOf, classifyReply, limitOf } from "../../../server/dataverse/answers/faults.ts";
import { isBulkPath } from "../../../server/dataverse/wire/bulk-body.ts";
import { Environment } from "../../../server/publish/environment.ts";
import { Permits } from "../../../server/publish/memory/permits.ts";
import { DataversePublisher } from "../../../server/publish/publisher.ts";
import { Runs } from "../../../server/publish/runs/runs.ts";
import { whoAmI } from "../../../server/publish/table-reader.ts";
import type { Principal } from "../../../server/schedule/principals/principal.ts";
import { Scheduler } from "../../../server/schedule/scheduler.ts";
import { retry, retryLimits } from "../../../server/transport/retry.ts";
import { RetryBudget } from "../../../server/transport/retry-budget.ts";

/** As configured without a word. */
const permitBytes = 48 << 20;
const progressTimeoutMs = 900_000;

/** An environment where everything is allowed. */
export function environmentOf(name: string, principals: readonly Principal[], clock: Clock): Environment {
  const scheduler = new Scheduler({
    clock,
    principals,
    affinity: "auto",
    retryAfterMaxMs: retryLimits.retryAfterMaxMs,
    throttleOf: limitOf,
    question: whoAmI,
    barOf,
    resend: retry({
      clock,
      limits: retryLimits,
      budget: new RetryBudget(clock),
      classify: (reply, request) => classifyReply(reply, isBulkPath(request.path)),
    }),
  });
  return new Environment({
    name,
    scheduler,
    tablesAllowed: ["*"],
    modesAllowed: ["insert", "update", "upsert", "delete"],
  });
}

export interface SidecarParts {
  readonly environment: Environment;
  readonly clock: Clock;
  /** The server's own number of bytes when absent. */
  readonly permits?: Permits;
  readonly runs?: Runs;
}

/** A process that has done nothing yet; a second one of the same environment stands for a restart. */
export function publisherOf({ environment, clock, permits, runs }: SidecarParts): DataversePublisher {
  return new DataversePublisher({
    environments: new Map([[environment.name, environment]]),
    runs: runs ?? new Runs(clock),
    permits: permits ?? new Permits(permitBytes),
    clock,
    progressTimeoutMs,
    metrics: createMetrics(),
  });
}
