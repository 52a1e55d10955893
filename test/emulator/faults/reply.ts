/** What a fault makes of the answer to a request that was applied. */
import { errorBody } from "../wire/errors.ts";
import type { Answer, WebReply } from "../wire/http.ts";
import { jsonType } from "../wire/reply.ts";
import { withWrongIds } from "./ids.ts";
import { damaged } from "./multipart.ts";
import type { EffectOf, Fault } from "./script.ts";
import { wordsOf } from "./words.ts";

export function alteredReply(reply: WebReply, fault: Fault | undefined): Answer {
  switch (fault?.effect) {
    case "lose_reply":
      return { reset: true };
    case "no_content":
      return { ...without(reply, ["content-type", "odata-entityid", "location", "etag"]), status: 204, body: "" };
    case "error_inside":
      return errorInside(reply, fault);
    case "wrong_ids":
      return { ...reply, body: withWrongIds(reply.body, fault.how) };
    case "headers":
      return withHeaders(reply, fault);
    case "malformed_multipart":
      return damaged(reply, fault.how, fault.part ?? 0);
    default:
      return delivered(reply, fault);
  }
}

/** The same answer, in another way of sending it. */
function delivered(reply: WebReply, fault: Fault | undefined): WebReply {
  switch (fault?.effect) {
    case "truncate_reply":
      return fault.how === "length"
        ? { ...reply, body: Buffer.from(reply.body).subarray(0, fault.bytes).toString("utf8") }
        : { ...reply, cut: fault.bytes };
    case "stale_connection":
      return { ...reply, cut: Number.MAX_SAFE_INTEGER };
    case "slow_body":
      return { ...reply, delivery: { ...reply.delivery, bytesPerSecond: fault.bytes_per_s } };
    case "endless_body":
      return { ...reply, delivery: { ...reply.delivery, endless: "body" } };
    case "endless_headers":
      return { ...reply, delivery: { ...reply.delivery, endless: "headers" } };
    case "gzip":
      return { ...reply, delivery: { ...reply.delivery, gzip: { bomb: 0 } } };
    case "gzip_bomb":
      return { ...reply, delivery: { ...reply.delivery, gzip: { bomb: fault.bytes } } };
    default:
      return reply;
  }
}

export function errorInside(reply: WebReply, effect: EffectOf<"error_inside">): WebReply {
  const { code, message } = wordsOf(effect);
  const headers = { ...without(reply, ["odata-entityid", "location", "etag"]).headers, "content-type": jsonType };
  return { ...reply, status: 200, headers, body: errorBody(code, message) };
}

function withHeaders(reply: WebReply, effect: EffectOf<"headers">): WebReply {
  const given = Object.entries(effect.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers = {
    ...without(
      reply,
      given.map(([name]) => name),
    ).headers,
  };
  const repeated: Record<string, readonly string[]> = {};
  for (const [name, value] of given) {
    const [first, ...more] = typeof value === "string" ? [value] : (value ?? []);
    if (first !== undefined) {
      headers[name] = first;
    }
    if (more.length > 0) {
      repeated[name] = more;
    }
  }
  return { ...reply, headers, delivery: { ...reply.delivery, repeated } };
}

function without(reply: WebReply, names: readonly string[]): WebReply {
  const kept = Object.entries(reply.headers).filter(([name]) => !names.includes(name));
  return { ...reply, headers: Object.fromEntries(kept) };
}
