/** Refusals by script, of a whole request or of an operation, in the shapes that the service and what stands before it use. */
import { envelopeBody, errorBody } from "../wire/errors.ts";
import type { WebReply } from "../wire/http.ts";
import type { PartReply } from "../wire/reply.ts";
import { jsonType } from "../wire/reply.ts";
import type { EffectOf, Refusal, RetryAfter, RetryAfterForm } from "./script.ts";
import { wordsOf } from "./words.ts";

/** A whole request refused. `now`: milliseconds since 1970. */
export function statusReply(effect: EffectOf<"status">, now: number): WebReply {
  const { status, code, message } = wordsOf(effect);
  const plain = bodyOf(effect, { status, code, message });
  const type = effect.content_type ?? plain.type;
  const times = retryTimes(effect.retry_after, now);
  const headers: Record<string, string> = {};
  if (type !== undefined) {
    headers["content-type"] = type;
  }
  if (times[0] !== undefined) {
    headers["retry-after"] = times[0];
  }
  const reply = { status, headers, body: effect.text ?? plain.body };
  return times.length > 1 ? { ...reply, delivery: { repeated: { "retry-after": times.slice(1) } } } : reply;
}

function bodyOf(
  effect: EffectOf<"status">,
  { status, code, message }: { readonly status: number; readonly code: string; readonly message: string },
): { readonly type?: string; readonly body: string } {
  switch (effect.body ?? "json") {
    case "json":
      return { type: jsonType, body: errorBody(code, message) };
    case "envelope":
      return { type: jsonType, body: envelopeBody(message, code) };
    case "html":
      return {
        type: "text/html",
        body: `<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>Microsoft-Azure-Application-Gateway/v2</body></html>`,
      };
    case "empty":
      return { body: "" };
  }
}

/** An operation refused; a throttled one has the shape of failures above the OData layer. */
export function partReply(refusal: Refusal, now: number): PartReply {
  const { status, code, message } = wordsOf(refusal);
  const headers: Record<string, string> = { "Content-Type": jsonType, "OData-Version": "4.0" };
  const [first] = retryTimes(refusal.retry_after, now);
  if (first !== undefined) {
    headers["Retry-After"] = first;
  }
  return { status, headers, body: status === 429 ? envelopeBody(message, code) : errorBody(code, message) };
}

/** Whole seconds that an honest client must now wait; undefined where the header lies or says nothing. */
export function honestSeconds(given: RetryAfter | undefined): number | undefined {
  const seconds = typeof given === "object" && "date_in_s" in given ? given.date_in_s : Number(given);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}

function retryTimes(given: RetryAfter | undefined, now: number): readonly string[] {
  if (given === undefined) {
    return [];
  }
  const forms = isList(given) ? given : [given];
  return forms.map((form) =>
    typeof form === "object" ? new Date(now + form.date_in_s * 1000).toUTCString() : String(form),
  );
}

function isList(given: RetryAfter): given is readonly RetryAfterForm[] {
  return Array.isArray(given);
}
