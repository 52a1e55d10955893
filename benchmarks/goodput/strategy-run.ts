/** A cell driven by one of the published strategies. */
import { VirtualClock } from "../../test/support/virtual-clock.ts";
import type { Run } from "./auto.ts";
import type { Cell } from "./cell.ts";
import { Service } from "./service.ts";
import type { StrategyName } from "./strategies/all.ts";
import { strategies } from "./strategies/all.ts";
import { Post } from "./strategies/post.ts";
import { Wire } from "./wire.ts";

const longestMs = 24 * 3_600_000;

export async function runStrategy(cell: Cell, name: StrategyName): Promise<Run> {
  const clock = new VirtualClock({ seed: cell.seed });
  const service = new Service(cell, clock);
  const wire = new Wire(service, clock, cell.seed);
  const post = new Post(cell, { service, wire, clock });
  await clock.run(strategies[name](post), { maxMs: longestMs });
  const { records, table } = service;
  return { records, early: wire.early, lost: post.givenUp, doubled: table.marks.doubled };
}
