/** The published strategies of others, by name: strategies, never measurements of a product. */
import { adaptiveBulk } from "./adaptive-bulk.ts";
import { copyActivity } from "./copy-activity.ts";
import { hintedBulk } from "./hinted-bulk.ts";
import { paper } from "./paper.ts";
import { plainLoop } from "./plain-loop.ts";
import { pooledConnections } from "./pooled-connections.ts";
import type { Strategy } from "./post.ts";
import { serialBulk } from "./serial-bulk.ts";
import { threadsAndUsers } from "./threads-and-users.ts";

export const strategies = {
  "plain loop told the right lanes": plainLoop,
  "bulk 100 × hint (ServiceClient style)": hintedBulk,
  "adaptive to 10 s (Sql4Cds style)": adaptiveBulk,
  "bulk 1,000, one at a time (Python SDK style)": serialBulk,
  "$batch 10, 16 threads, users in turn (SSIS style)": threadsAndUsers,
  "$batch 10 × 10 (copy activity)": copyActivity,
  "50 connections a user, deferred retry (Empower style)": pooledConnections,
  "one row a request, 4 threads (paper)": paper,
} satisfies Readonly<Record<string, Strategy>>;

export type StrategyName = keyof typeof strategies;
