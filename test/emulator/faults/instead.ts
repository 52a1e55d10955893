/** What a fault does before a request is applied, and what it answers in its place. */
import type { Answer, WebRequest } from "../wire/http.ts";
import { pathOf } from "../wire/http.ts";
import type { World } from "../world.ts";
import { elsewherePath } from "./elsewhere.ts";
import { honestSeconds, statusReply } from "./refusal.ts";
import { errorInside } from "./reply.ts";
import type { EffectOf, Fault } from "./script.ts";

/** Undefined if the request runs. `throttled` is told of an honest Retry-After. */
export function answeredInstead(
  world: World,
  request: WebRequest,
  fault: Fault | undefined,
  throttled: (seconds: number) => void,
): Answer | undefined {
  switch (fault?.effect) {
    case "reset_before":
      return { reset: true };
    case "lose_reply":
      return fault.applied === 0 ? { reset: true } : undefined;
    case "outage":
      world.network.goDown(fault.ms);
      return { reset: true };
    case "revoke_tokens":
      world.tokens.revokeAll();
      return world.tokens.challenge();
    case "status":
      return refused(world, fault, throttled);
    case "redirect":
      return redirect(world, request, fault);
    case "error_inside":
      return fault.applied === true ? undefined : errorInside({ status: 200, headers: {}, body: "" }, fault);
    case "certificate":
      world.network.showCertificate(fault.certificate, fault.ms);
      return undefined;
    default:
      return undefined;
  }
}

function refused(world: World, fault: EffectOf<"status">, throttled: (seconds: number) => void): Answer {
  const reply = statusReply(fault, world.clock.now());
  const seconds = honestSeconds(fault.retry_after);
  if (reply.status === 429 && seconds !== undefined) {
    throttled(seconds);
  }
  if (reply.status !== 401) {
    return reply;
  }
  const { "www-authenticate": challenge = "" } = world.tokens.challenge().headers;
  return { ...reply, headers: { ...reply.headers, "www-authenticate": challenge } };
}

/** By default to the same listener under its other name, which for a client is another host. */
function redirect(world: World, request: WebRequest, fault: EffectOf<"redirect">): Answer {
  const other = world.settings.url.replace("//localhost", "//127.0.0.1");
  const location = fault.location ?? `${other}${elsewherePath}${pathOf(request.url)}`;
  return { status: fault.status ?? 307, headers: { location }, body: "" };
}
