/** A cell driven by the server: rows without end, published as one stream until the time is over, then to the last outcome. */
import type { Summary } from "../../server/publish/publication.ts";
import { schemaOf } from "../../test/support/columns.ts";
import { VirtualClock } from "../../test/support/virtual-clock.ts";
import type { Cell } from "./cell.ts";
import { limits } from "./cell.ts";
import type { Record } from "./service.ts";
import { Service } from "./service.ts";
import { publisherFor, request } from "./sidecar.ts";
import { Wire } from "./wire.ts";

export interface Run {
  readonly records: readonly Record[];
  /** Requests before a Retry-After that the client had read. */
  readonly early: number;
  /** Acknowledged, but not in the table; told to have failed, though nothing is wrong with them; without an outcome. */
  readonly lost: number;
  readonly doubled: number;
}

/** For what the last requests need after the time is over. */
const longestMs = 24 * 3_600_000;
/** Rows at hand for each lane that the windows sustain: enough for a burst, little enough to end soon. */
const rowsAtHand = 2500;
const bytesPerRow = 40;

export async function runAuto(cell: Cell): Promise<Run> {
  const clock = new VirtualClock({ seed: cell.seed });
  const service = new Service(cell, clock);
  const lanes = (limits.seconds / limits.windowSeconds) * cell.principals * cell.servers;
  const wire = new Wire(service, clock, cell.seed);
  const publisher = publisherFor({ service, wire, clock }, lanes * rowsAtHand * bytesPerRow);
  let slandered = 0;
  const publish = async (): Promise<Summary> => {
    const until = clock.now() + cell.seconds * 1000;
    const stream = await publisher.open(request, schemaOf(service.rows.recordBatch(0)), async (_batch, settled) => {
      for (const { streamRow } of settled) if (!service.rows.isBad(streamRow)) slandered += 1;
      await clock.turn();
    });
    for (let nth = 0; clock.now() < until; nth += 1) await stream.accept(service.rows.recordBatch(nth));
    return await stream.end();
  };
  const summary = await clock.run(publish(), { maxMs: longestMs });
  const { acknowledged, failed, received } = summary;
  const { marks } = service.table;
  const unsettled = received - acknowledged - failed;
  return {
    records: service.records,
    early: wire.early,
    lost: Math.max(0, acknowledged - marks.rows) + slandered + unsettled,
    doubled: marks.doubled,
  };
}
