/** `/__emulator__/`: the oracle's and the test's side door. It needs no token and is no part of Dataverse. */

import { FaultScriptError } from "../faults/check.ts";
import type { World } from "../world.ts";
import { ServiceError } from "./errors.ts";
import type { WebReply, WebRequest } from "./http.ts";
import { bodyText, jsonReply, pathOf } from "./http.ts";

/** Effects, requests or rows in one answer; the caller goes on with `since`, the number it has seen. */
const pageMax = 50_000;

export function answerControl(world: World, request: WebRequest): WebReply {
  const url = new URL(pathOf(request.url), "http://emulator");
  const name = url.pathname.slice("/__emulator__/".length);
  try {
    return request.method === "POST"
      ? command(world, name, bodyText(request))
      : question(world, name, url.searchParams);
  } catch (error) {
    if (error instanceof FaultScriptError || error instanceof SyntaxError) {
      return jsonReply(400, { error: error.message });
    }
    if (error instanceof ServiceError) {
      return jsonReply(error.status, { error: error.message });
    }
    throw error;
  }
}

function question(world: World, name: string, asked: URLSearchParams): WebReply {
  const since = Number(asked.get("since") ?? 0);
  switch (name) {
    case "ledger": {
      const table = asked.get("table");
      const effects = world.ledger.effects.slice(since).filter((effect) => table === null || effect.table === table);
      return jsonReply(200, { effects: effects.slice(0, pageMax), total: world.ledger.effects.length });
    }
    case "requests":
      return jsonReply(200, {
        requests: world.ledger.requests.slice(since, since + pageMax),
        total: world.ledger.requests.length,
      });
    case "counts":
      return jsonReply(200, world.counts());
    case "violations":
      return jsonReply(200, world.violations());
    case "faults":
      return jsonReply(200, world.faults.left());
    case "rows":
      return rows(world, asked.get("table") ?? "", since);
    default:
      return unknown(name);
  }
}

function rows(world: World, table: string, since: number): WebReply {
  const all = world.rows(table, since, pageMax);
  return jsonReply(200, { rows: all, total: world.rowCount(table) });
}

function command(world: World, name: string, body: string): WebReply {
  switch (name) {
    case "faults":
      world.faults.add(JSON.parse(body));
      return jsonReply(200, world.faults.left());
    case "reset":
      world.reset();
      return jsonReply(200, {});
    case "token":
      return token(world, body);
    default:
      return unknown(name);
  }
}

/** A token without OAuth: `{"client_id"?, "seconds"?}`; without a client id, the first principal's. */
function token(world: World, body: string): WebReply {
  const given: unknown = body === "" ? {} : JSON.parse(body);
  const wish = (given ?? {}) as { readonly client_id?: string; readonly seconds?: number };
  const principal = world.principals.find(
    ({ clientId }) => wish.client_id === undefined || clientId === wish.client_id,
  );
  if (principal === undefined) {
    return jsonReply(404, { error: `There is no principal ${wish.client_id ?? ""}.` });
  }
  return jsonReply(200, {
    access_token: world.tokens.issue(principal, wish.seconds),
    client_id: principal.clientId,
  });
}

function unknown(name: string): WebReply {
  return jsonReply(404, {
    error: `There is no /__emulator__/${name}; GET ledger, requests, counts, violations, faults, rows; POST faults, reset, token.`,
  });
}
