/**
 * The metadata service of the machine, as far as it gives tokens: over plain http, to whoever is on the machine. The first principal
 * is the machine's own identity; each is one of its user-assigned ones.
 * [learn.microsoft.com: entra/identity/managed-identities-azure-resources/how-to-use-vm-token]
 */
import type { Clock } from "../core/clock.ts";
import type { WebReply, WebRequest } from "../wire/http.ts";
import { jsonReply, pathOf } from "../wire/http.ts";
import type { Principal } from "./principals.ts";
import type { TokenSettings, Tokens } from "./tokens.ts";

/** Clients that are told another host by a variable end it with a slash. */
const metadataPath = /^\/metadata\/identity\/oauth2\/token\/?$/;

export interface Machine {
  readonly settings: TokenSettings;
  readonly principals: readonly Principal[];
  readonly tokens: Tokens;
  readonly clock: Clock;
}

/** Undefined if the request is not for it. */
export function answerMetadata(machine: Machine, { method, url, headers }: WebRequest): WebReply | undefined {
  const { settings, principals, tokens, clock } = machine;
  const [path = ""] = pathOf(url).split("?");
  if (!metadataPath.test(path) || method !== "GET") {
    return undefined;
  }
  const query = new URL(url, settings.url).searchParams;
  if (headers["metadata"]?.toLowerCase() !== "true") {
    return refused("bad_request_102", "Required metadata header not specified");
  }
  if (query.get("api-version") === null) {
    return refused("bad_request_103", "Required query parameter api-version is missing");
  }
  const resource = query.get("resource") ?? "";
  if (resource.replace(/\/$/, "").toLowerCase() !== settings.url.toLowerCase()) {
    return refused("invalid_resource", `AADSTS500011: The resource principal named ${resource} was not found.`);
  }
  const clientId = query.get("client_id");
  const principal = principals.find((each) => clientId === null || each.clientId === clientId);
  if (principal === undefined) {
    return refused("invalid_request", "Identity not found");
  }
  const now = Math.floor(clock.now() / 1000);
  return jsonReply(200, {
    access_token: tokens.issue(principal),
    client_id: principal.clientId,
    expires_in: String(settings.tokenSeconds),
    expires_on: String(now + settings.tokenSeconds),
    not_before: String(now),
    resource,
    token_type: "Bearer",
  });
}

function refused(error: string, description: string): WebReply {
  return jsonReply(400, { error, error_description: description });
}
