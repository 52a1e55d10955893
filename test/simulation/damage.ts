/** Replies to requests that were applied, in every state in which they say less than that, or something else. */
import type { Reply, Request } from "../../server/transport/http.ts";
import { kindOf } from "./requests.ts";

export function damaged(reply: Reply, request: Request, random: () => number): Reply {
  const ways =
    kindOf(request) === "batch" ? batchWays(reply) : kindOf(request) === "bulk" ? bulkWays(reply) : pages(reply);
  return ways[Math.floor(random() * ways.length)] ?? reply;
}

function batchWays(reply: Reply): readonly Reply[] {
  const text = reply.body.toString("latin1");
  const bodies = [
    text.replace(/HTTP\/1\.1 \d+/, "HTTP/1.1 2x4"),
    text.replace(/--batchresponse[^\r]*\r\n[\s\S]*?(?=--batchresponse)/, ""),
    text.replaceAll("\r\n", "\n"),
    `<html>${text}</html>`,
  ];
  return bodies.map((body) => ({ ...reply, body: Buffer.from(body, "latin1") }));
}

/** Where no ids are due, nothing in the body can be missed: then only the status and a page tell. */
function bulkWays(reply: Reply): readonly Reply[] {
  const ids = idsOf(reply);
  const told = (Ids: readonly unknown[]): Reply => ({ ...reply, body: Buffer.from(JSON.stringify({ Ids })) });
  const lists =
    ids.length > 1
      ? [told(ids.slice(1)), told([...ids, ids[0]]), told(ids.toReversed()), { ...reply, status: 204 }]
      : [];
  return [...lists, ...pages(reply)];
}

function pages(reply: Reply): readonly Reply[] {
  const headers = { ...reply.headers, "content-type": "text/html" };
  const accepted = { ...reply, status: 202, body: Buffer.alloc(0) };
  return [{ ...reply, status: 200, headers, body: Buffer.from("<html>busy</html>") }, accepted];
}

function idsOf({ status, body }: Reply): readonly unknown[] {
  if (status !== 200 || body.length === 0) return [];
  const { Ids = [] } = JSON.parse(body.toString("utf8")) as { Ids?: readonly unknown[] };
  return Ids;
}
