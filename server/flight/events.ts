/** The JSON beside the rows: what the server tells in app_metadata, and the one thing the client may say there. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { SidecarError } from "../core/errors.ts";
import type { Progress, Summary } from "../publish/publication.ts";
import { ClientMessageSchema } from "./gen/dataverse_flight/v1/command_pb.ts";
import type { ProgressSchema } from "./gen/dataverse_flight/v1/event_pb.ts";
import { EventSchema } from "./gen/dataverse_flight/v1/event_pb.ts";

const clientMessageBytesMax = 4096;
const uint32Max = 0xffff_ffff;

/** JSON numbers on the wire are uint32; a longer wait or count stays at the largest. */
function uint32(count: number): number {
  return Math.min(Math.max(0, Math.round(count)), uint32Max);
}

function tenths(rate: number): number {
  return Math.round(rate * 10) / 10;
}

/** Progress as its message, for whoever answers with it. */
function progressMessage(progress: Progress): MessageInitShape<typeof ProgressSchema> {
  const { waiting, etaMs } = progress;
  return {
    received: uint32(progress.received),
    acknowledged: uint32(progress.acknowledged),
    failed: uint32(progress.failed),
    inFlight: uint32(progress.inFlight),
    rowsPerSecond: tenths(progress.rowsPerSecond),
    ...(etaMs === undefined ? {} : { etaMs }),
    ...(waiting === undefined ? {} : { waiting: { ...waiting } }),
  };
}

function writeEvent(event: MessageInitShape<typeof EventSchema>): Buffer {
  return Buffer.from(toJsonString(EventSchema, create(EventSchema, event), { alwaysEmitImplicit: true }), "utf8");
}

export function writeProgress(progress: Progress): Buffer {
  return writeEvent({ kind: { case: "progress", value: progressMessage(progress) } });
}

export function writeSummary(summary: Summary): Buffer {
  const codes = Object.entries(summary.failedByCode).map(([code, rows]) => [code, uint32(rows)]);
  const { stopped } = summary;
  return writeEvent({
    kind: {
      case: "summary",
      value: {
        received: uint32(summary.received),
        acknowledged: uint32(summary.acknowledged),
        failed: uint32(summary.failed),
        notSent: uint32(summary.notSent),
        created: uint32(summary.created),
        updated: uint32(summary.updated),
        upserted: uint32(summary.upserted),
        deleted: uint32(summary.deleted),
        unchanged: uint32(summary.unchanged),
        requests: uint32(summary.requests),
        throttles: uint32(summary.throttles),
        waitedMs: uint32(summary.waitedMs),
        failedByCode: Object.fromEntries(codes),
        warnings: summary.warnings.map((warning) => warning.toWellFormed()),
        strategy: summary.strategy,
        rowsPerSecond: tenths(summary.rowsPerSecond),
        ...(stopped === undefined ? {} : { stopped: { code: stopped.code, message: stopped.message.toWellFormed() } }),
      },
    },
  });
}

function refused(message: string, cause?: unknown): SidecarError {
  return new SidecarError("invalid_command", message, {
    remedy: 'The only message of a client beside its record batches is {"end": {"rows": N}}, N being the rows it sent.',
    cause,
  });
}

/**
 * The number of rows that the client says it has sent.
 * @throws SidecarError invalid_command
 */
export function readEnd(metadata: Buffer): number {
  if (metadata.length > clientMessageBytesMax) {
    throw refused(`The app_metadata of a message has ${metadata.length} bytes; ${clientMessageBytesMax} are allowed.`);
  }
  const { kind } = parseClientMessage(metadata);
  if (kind.value?.rows === undefined) throw refused("The app_metadata of a message says nothing that is known here.");
  return kind.value.rows;
}

function parseClientMessage(metadata: Buffer): ReturnType<typeof create<typeof ClientMessageSchema>> {
  try {
    return fromJsonString(ClientMessageSchema, metadata.toString("utf8"));
  } catch (cause) {
    throw refused("The app_metadata of a message cannot be read.", cause);
  }
}
