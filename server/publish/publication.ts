/** What the wire side knows of publishing: open a publication, hand it record batches, hear what became of the rows. */
import type { RecordBatch, Schema } from "../arrow/columns.ts";
import type { StreamCode } from "../core/errors.ts";
import type { RowOutcome } from "../core/outcome.ts";
import type { PublishRequest } from "../dataverse/request.ts";

export interface SettledRow {
  /** Index within the record batch. */
  readonly row: number;
  /** Index within the stream. */
  readonly streamRow: number;
  readonly outcome: RowOutcome;
}

/** Takes outcome rows away; resolves when they no longer weigh on the server's memory. May reject when the client is gone. */
export type Deliver = (batch: RecordBatch, settled: readonly SettledRow[]) => Promise<void>;

/** All counts are of rows, but where named otherwise. */
export interface Summary {
  readonly received: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly notSent: number;
  readonly created: number;
  readonly updated: number;
  readonly upserted: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** HTTP requests sent, read-backs included. */
  readonly requests: number;
  /** 429 replies. */
  readonly throttles: number;
  /** Milliseconds for which a gate held this stream's work. */
  readonly waitedMs: number;
  readonly failedByCode: Readonly<Record<string, number>>;
  readonly stopped?: { readonly code: StreamCode; readonly message: string };
  readonly warnings: readonly string[];
  /** How the rows travelled, for people. */
  readonly strategy: string;
  /** Settled, from the opening of the stream to its end. */
  readonly rowsPerSecond: number;
}

export interface PaceFigures {
  /** Settled in the last minute, or since the stream began. */
  readonly rowsPerSecond: number;
  /** Until all expected rows have settled; absent while nothing can be said. */
  readonly etaMs?: number;
}

export interface Progress extends PaceFigures {
  readonly received: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly inFlight: number;
  /** Present while a gate holds the stream. */
  readonly waiting?: { readonly untilMs: number; readonly reason: string; readonly principal: string };
}

export interface Publication {
  /**
   * Asked before a message of so many bytes is read: resolves when there is room for it, which is kept for the next record batch, or when
   * the stream stops. Undefined if it may be read at once.
   */
  room(bytes: number): Promise<void> | undefined;
  /**
   * Takes a verified record batch. After the run stopped it counts the rows as not sent.
   * @throws SidecarError when the stream has ended (superseded, internal).
   */
  accept(batch: RecordBatch): Promise<void>;
  /** The client's end: resolves after the last row has settled and been delivered. Never rejects for reasons of the service. */
  end(): Promise<Summary>;
  /** The client is gone or broke the protocol: sends nothing more. Resolves when nothing of it is on the wire. */
  abandon(code: StreamCode): Promise<void>;
  progress(): Progress;
  /** Aborted with a SidecarError when the stream must end at once with an error status (superseded, internal). */
  readonly ended: AbortSignal;
}

export interface Publisher {
  /**
   * Everything that can be refused before the first row is refused here: environment, table, mapping, credentials.
   * While the service lets nobody in it waits, as long as a row may go without being settled.
   * @param gone aborted when the client is.
   * @throws SidecarError with a code for "before the first row"; the reason of `gone`.
   */
  open(request: PublishRequest, schema: Schema, deliver: Deliver, gone?: AbortSignal): Promise<Publication>;
  /** What holds up the streams that open in this environment; undefined while nothing does. */
  waiting(environment: string): Progress["waiting"];
}
