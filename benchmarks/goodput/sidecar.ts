/** The server's publishing, scheduling and transport in front of whatever sends, put together as `server/app.ts` does it. */
import type { Clock } from "../../server/core/clock.ts";
import { createMetrics } from "../../server/core/metrics.ts";
import { isBulkPath } from "../../server/dataverse/bulk-body.ts";
import { classifyReply, limitOf } from "../../server/dataverse/faults.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import { Environment } from "../../server/publish/environment.ts";
import { Permits } from "../../server/publish/permits.ts";
import { DataversePublisher } from "../../server/publish/publisher.ts";
import { Runs } from "../../server/publish/runs.ts";
import type { Principal } from "../../server/schedule/principal.ts";
import { Scheduler } from "../../server/schedule/scheduler.ts";
import { retry, retryLimits } from "../../server/transport/retry.ts";
import { RetryBudget } from "../../server/transport/retry-budget.ts";
import { request as usual } from "../virtual-service.ts";

export const request: PublishRequest = { ...usual, rowKey: ["bench_number"] };

/** As configured without a word. */
const retryAfterMaxMs = 900_000;
const progressTimeoutMs = 900_000;

/** @param permitBytes of rows that wait to be sent: less than in the server, so that a run has an end soon after its time. */
export function publisherFor(principals: readonly Principal[], clock: Clock, permitBytes: number): DataversePublisher {
  const scheduler = new Scheduler({
    clock,
    principals,
    affinity: "auto",
    retryAfterMaxMs,
    throttleOf: limitOf,
    resend: retry({
      clock,
      limits: { ...retryLimits, retryAfterMaxMs },
      budget: new RetryBudget(clock),
      classify: (reply, asked) => classifyReply(reply, isBulkPath(asked.path)),
    }),
  });
  const environment = new Environment({
    name: request.environment,
    scheduler,
    tablesAllowed: ["*"],
    modesAllowed: ["insert", "update", "upsert", "delete"],
  });
  return new DataversePublisher({
    environments: new Map([[request.environment, environment]]),
    runs: new Runs(clock),
    permits: new Permits(permitBytes),
    clock,
    progressTimeoutMs,
    metrics: createMetrics(),
  });
}
