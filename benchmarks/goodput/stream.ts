/** One stream of rows without end through the server's publishing, until its time is over, then to the last outcome. */
import type { Clock } from "../../server/core/clock.ts";
import type { Publisher, Summary } from "../../server/publish/publication.ts";
import { schemaOf } from "../../test/support/columns.ts";
import type { Cell } from "./cell.ts";
import { limits } from "./cell.ts";
import type { Rows } from "./rows.ts";
import { request } from "./sidecar.ts";

/** Rows at hand for each lane that the limits sustain: enough for a burst, little enough to end soon. */
const rowsAtHand = 4000;
/** However few lanes those are: the first ones are found by trying more. */
const lanesLeast = 16;
const bytesPerRow = 40;

/** Of rows that wait to be sent. */
export function permitBytesFor({ principals, servers, capacity }: Cell): number {
  const sustained = (limits.seconds * principals * servers) / limits.windowSeconds;
  return Math.max(lanesLeast, Math.min(sustained, capacity?.lanes ?? sustained)) * rowsAtHand * bytesPerRow;
}

export interface Streamed {
  readonly summary: Summary;
  /** Good rows that were told to have failed. */
  readonly slandered: number;
}

export async function streamUntil(
  untilMs: number,
  publisher: Publisher,
  { rows, clock }: { rows: Rows; clock: Clock },
): Promise<Streamed> {
  let slandered = 0;
  const stream = await publisher.open(request, schemaOf(rows.recordBatch(0)), async (_batch, settled) => {
    for (const { streamRow } of settled) if (!rows.isBad(streamRow)) slandered += 1;
    await clock.turn();
  });
  for (let nth = 0; clock.now() < untilMs; nth += 1) {
    const batch = rows.recordBatch(nth);
    await stream.room(batch.bytes);
    await stream.accept(batch);
  }
  return { summary: await stream.end(), slandered };
}

/** Rows acknowledged but not held, told to have failed though they are good, or without an outcome. */
export function lostOf({ summary, slandered }: Streamed, held: number): number {
  const { acknowledged, failed, received } = summary;
  return Math.max(0, acknowledged - held) + slandered + (received - acknowledged - failed);
}
