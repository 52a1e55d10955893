/** The headers that the service adds to every answer. */
import type { Route } from "../limits/affinity.ts";
import type { World } from "../world.ts";
import type { WebReply } from "./http.ts";

const dopHintDefault = 8;

const constant = {
  "odata-version": "4.0",
  "cache-control": "no-cache",
  expires: "-1",
  allow: "OPTIONS,GET,HEAD,POST",
  vary: "Accept-Encoding",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "crm.serviceid": "framework",
  "access-control-expose-headers":
    "Preference-Applied,OData-EntityId,Location,ETag,OData-Version,Content-Encoding,Transfer-Encoding,Content-Length,Retry-After",
};

export function served(world: World, reply: WebReply, principal: string, route: Route): WebReply {
  const { gate, affinity } = world.protection;
  return {
    ...reply,
    headers: {
      ...gate.headers(principal, route, world.clock.now()),
      ...affinity.cookie(route),
      ...constant,
      "x-ms-service-request-id": world.newGuid(),
      req_id: world.newGuid(),
      authactivityid: world.newGuid(),
      "x-source": `${world.newGuid().replaceAll("-", "")},${world.newGuid().replaceAll("-", "")}`,
      "x-ms-dop-hint": String(world.options.dopHint ?? dopHintDefault),
      ...reply.headers,
    },
  };
}

/** A throttle answer comes from before the service proper and has few headers; its cookie says which server is meant. */
export function throttled(world: World, reply: WebReply, route: Route): WebReply {
  const headers = { ...world.protection.affinity.cookie(route), "x-ms-service-request-id": world.newGuid() };
  return { ...reply, headers: { ...headers, ...reply.headers } };
}
