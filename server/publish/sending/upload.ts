/**
 * A file on its way: one request where it is small, else a session of chunks. Either way the service puts the whole file in its
 * place at the end, so a file whose fate is unknown is sent again from its beginning.
 */
import { SidecarError } from "../../core/errors.ts";
import type { FileContent } from "../../dataverse/rows/file-column.ts";
import { readOperation } from "../../dataverse/wire/operation.ts";
import { servicePath } from "../../dataverse/wire/part.ts";
import type { Lane, LaneReply } from "../../schedule/lane.ts";
import type { Reply, Request, Trip } from "../../transport/http.ts";
import type { Trail } from "../../transport/retry.ts";
import { SendFailure } from "../../transport/retry.ts";

/** What the service asks for, and takes at once. */
const chunkBytesMax = 4 << 20;

const common = { Accept: "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0" };
const content = { ...common, "Content-Type": "application/octet-stream" };

/**
 * The reply that decides: to the only request, to the last chunk, or to the first one that was refused.
 * @param part names the file's address.
 * @throws as `Lane.send`.
 */
export async function upload(
  lane: Lane,
  { part, file }: { readonly part: Uint8Array; readonly file: FileContent },
  trip: Trip,
): Promise<LaneReply> {
  const path = readOperation(part).url.slice(servicePath.length);
  const { name, bytes } = file;
  if (bytes === undefined) return await lane.send({ method: "DELETE", path, headers: common }, trip);
  const named = `${path}?x-ms-file-name=${encodeURIComponent(name)}`;
  if (bytes.byteLength <= chunkBytesMax) {
    return await lane.send({ method: "PATCH", path: named, headers: content, body: bytes }, trip);
  }
  return await sendChunks(lane, { named, bytes }, trip);
}

async function sendChunks(
  lane: Lane,
  { named, bytes }: { readonly named: string; readonly bytes: Uint8Array },
  trip: Trip,
): Promise<LaneReply> {
  const opening = { ...common, "x-ms-transfer-mode": "chunked" };
  let reply = await lane.send({ method: "PATCH", path: named, headers: opening }, trip);
  if (reply.status !== 200) return unless(isEarly(reply), reply);
  const path = withSession(named, reply);
  const size = chunkSize(reply);
  for (let at = 0; at < bytes.byteLength; at += size) {
    const end = Math.min(at + size, bytes.byteLength);
    const headers = { ...content, "Content-Range": `bytes ${at}-${end - 1}/${bytes.byteLength}` };
    const request: Request = { method: "PATCH", path, headers, body: bytes.subarray(at, end) };
    // A chunk that arrived twice would be refused: what is unknown begins anew.
    const before = reply;
    reply = together(before, await lane.send(request, { ...trip, onUnknown: "report" }));
    if (reply.status !== 206) return unless(end < bytes.byteLength && isEarly(reply), reply);
  }
  return reply;
}

/** Success, though bytes are still to come. */
function isEarly({ status }: Reply): boolean {
  return status >= 200 && status < 300;
}

/** @throws SendFailure `outcome_unknown`. */
function unless(early: boolean, reply: LaneReply): LaneReply {
  if (!early) return reply;
  throw unknown("An upload was called complete before its last chunk was sent.", reply);
}

function unknown(message: string, trail: Trail): SendFailure {
  const cause = new SidecarError("outcome_unknown", message);
  return new SendFailure("outcome_unknown", message, { trail, cause });
}

/** One attempt of the file, however many requests it took. */
function together(before: LaneReply, now: LaneReply): LaneReply {
  return {
    ...now,
    attempts: Math.max(before.attempts, now.attempts),
    throttles: before.throttles + now.throttles,
    uncertain: before.uncertain || now.uncertain,
    waitedMs: before.waitedMs + now.waitedMs,
    seconds: before.seconds + now.seconds,
  };
}

/** Of the address that the service gives only the token is taken: requests go nowhere that we did not name. */
function withSession(path: string, reply: Reply & Trail): string {
  const token = /[?&]sessiontoken=([^&#\s]+)/i.exec(reply.headers["location"] ?? "")?.[1];
  if (token === undefined) throw unknown("An upload was opened without a session.", reply);
  return `${path}&sessiontoken=${token}`;
}

function chunkSize({ headers }: Reply): number {
  const asked = Number(headers["x-ms-chunk-size"]);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, chunkBytesMax) : chunkBytesMax;
}
