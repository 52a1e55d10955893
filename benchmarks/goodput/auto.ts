/** A cell driven by the server, on virtual time. */
import { deadline } from "../../server/transport/deadline.ts";
import { compose } from "../../server/transport/http.ts";
import { VirtualClock } from "../../test/support/virtual-clock.ts";
import type { Cell } from "./cell.ts";
import type { Record } from "./service.ts";
import { Service } from "./service.ts";
import { publisherFor } from "./sidecar.ts";
import { lostOf, permitBytesFor, streamUntil } from "./stream.ts";
import { Wire } from "./wire.ts";

export interface Run {
  readonly records: readonly Record[];
  /** Requests before a Retry-After that the client had read. */
  readonly early: number;
  /** Rows without their true outcome. */
  readonly lost: number;
  readonly doubled: number;
}

/** For what the last requests need after the time is over. */
const longestMs = 24 * 3_600_000;

export async function runAuto(cell: Cell): Promise<Run> {
  const clock = new VirtualClock({ seed: cell.seed });
  const service = new Service(cell, clock);
  const wire = new Wire(service, clock, cell.seed);
  const principals = service.principals.map((name) => ({
    name,
    send: compose(wire.sender(name), [deadline({ clock })]),
  }));
  const publisher = publisherFor(principals, clock, permitBytesFor(cell));
  const { rows, table } = service;
  const until = clock.now() + cell.seconds * 1000;
  const streamed = await clock.run(streamUntil(until, publisher, { rows, clock }), { maxMs: longestMs });
  const { marks } = table;
  return { records: service.records, early: wire.early, lost: lostOf(streamed, marks.rows), doubled: marks.doubled };
}
