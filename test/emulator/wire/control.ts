/** `/__emulator__/`: the oracle's and the test's side door. It needs no token and is no part of Dataverse. */
import { FaultScriptError } from "../faults/check.ts";
import { certificateKinds } from "../faults/script.ts";
import type { Principal } from "../identity/principals.ts";
import { ClaimsError } from "../oracle/claims.ts";
import type { Selection } from "../oracle/selection.ts";
import { effectTest, selectedRequests } from "../oracle/selection.ts";
import type { World } from "../world.ts";
import { ServiceError } from "./errors.ts";
import type { WebReply, WebRequest } from "./http.ts";
import { bodyText, jsonReply, pathOf } from "./http.ts";

/** Effects, requests or rows in one answer; the caller goes on with `since`, the number it has seen. */
const pageMax = 50_000;

type Question = (world: World, asked: URLSearchParams) => unknown;

const questions: Readonly<Record<string, Question>> = {
  ledger: effects,
  requests,
  counts: (world, asked) => world.counts(selectionOf(asked)),
  violations: (world, asked) => world.violations(selectionOf(asked)),
  faults: (world) => world.faults.left(),
  rows,
  elsewhere: (world) => ({ visits: world.elsewhere.visits, total: world.elsewhere.visits.length }),
};

type Command = (world: World, body: string) => unknown;

const commands: Readonly<Record<string, Command>> = {
  faults(world, body) {
    world.faults.add(JSON.parse(body));
    return world.faults.left();
  },
  report: (world, body) => world.report(body),
  reset(world) {
    world.reset();
    return {};
  },
  token,
  secret,
  certificate,
  capacity,
};

/** A request that asks for what cannot be. */
class AskingError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function answerControl(world: World, request: WebRequest): WebReply {
  const url = new URL(pathOf(request.url), "http://emulator");
  const name = url.pathname.slice("/__emulator__/".length);
  try {
    return jsonReply(200, answer(world, request, { name, asked: url.searchParams }));
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || !(error instanceof Error)) {
      throw error;
    }
    return jsonReply(status, { error: error.message });
  }
}

function answer(
  world: World,
  request: WebRequest,
  { name, asked }: { readonly name: string; readonly asked: URLSearchParams },
): unknown {
  if (request.method === "POST" && Object.hasOwn(commands, name)) {
    return commands[name]?.(world, bodyText(request));
  }
  if (request.method === "GET" && Object.hasOwn(questions, name)) {
    return questions[name]?.(world, asked);
  }
  throw new AskingError(
    404,
    `There is no ${request.method} /__emulator__/${name}; GET ${Object.keys(questions).join(", ")}; POST ${Object.keys(commands).join(", ")}.`,
  );
}

/** Undefined for a fault of the emulator. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof AskingError || error instanceof ServiceError) {
    return error.status;
  }
  const refused = error instanceof FaultScriptError || error instanceof ClaimsError || error instanceof SyntaxError;
  return refused ? 400 : undefined;
}

function effects(world: World, asked: URLSearchParams): unknown {
  const table = asked.get("table");
  const isSelected = effectTest(world.ledger, selectionOf(asked));
  const found = world.ledger.effects.select(
    sinceOf(asked),
    pageMax,
    (effect) => (table === null || effect.table === table) && isSelected(effect),
  );
  return { effects: found, total: world.ledger.effects.length };
}

function requests(world: World, asked: URLSearchParams): unknown {
  const all = selectedRequests(world.ledger, selectionOf(asked));
  const since = sinceOf(asked);
  return { requests: all.slice(since, since + pageMax), total: all.length };
}

function rows(world: World, asked: URLSearchParams): unknown {
  const table = asked.get("table") ?? "";
  return { rows: world.rows(table, sinceOf(asked), pageMax), total: world.rowCount(table) };
}

function sinceOf(asked: URLSearchParams): number {
  const since = Number(asked.get("since") ?? 0);
  if (!Number.isSafeInteger(since) || since < 0) {
    throw new AskingError(400, "since must be a whole number from 0.");
  }
  return since;
}

function selectionOf(asked: URLSearchParams): Selection {
  const [principal, client] = [asked.get("principal"), asked.get("client")];
  return { ...(principal === null ? {} : { principal }), ...(client === null ? {} : { client }) };
}

/** A token without OAuth: `{"client_id"?, "seconds"?}`; without a client id, the first principal's. */
function token(world: World, body: string): unknown {
  const { client_id: wanted, seconds } = wishOf(body);
  if (seconds !== undefined && (typeof seconds !== "number" || !(seconds >= 0))) {
    throw new AskingError(400, "seconds must be a number from 0.");
  }
  const principal = principalOf(world, wanted);
  return { access_token: world.tokens.issue(principal, seconds), client_id: principal.clientId };
}

/** `{"client_id"?, "client_secret"}`: the secret that is taken from now on. */
function secret(world: World, body: string): unknown {
  const { client_id: wanted, client_secret: value } = wishOf(body);
  if (typeof value !== "string" || value === "") {
    throw new AskingError(400, "client_secret must be a text.");
  }
  const principal = principalOf(world, wanted);
  world.tokens.changeSecret(principal, value);
  return { client_id: principal.clientId };
}

/** The first one where none is wanted. */
function principalOf(world: World, wanted: unknown): Principal {
  const principal = world.principals.find(({ clientId }) => wanted === undefined || clientId === wanted);
  if (principal === undefined) {
    throw new AskingError(404, `There is no principal ${String(wanted)}.`);
  }
  return principal;
}

/** `{"certificate": kind, "ms"?}`: what new connections are shown from now on, or for so long. */
function certificate(world: World, body: string): unknown {
  const { certificate: wanted, ms } = wishOf(body);
  const kind = certificateKinds.find((known) => known === wanted);
  if (kind === undefined) {
    throw new AskingError(400, `certificate must be one of ${certificateKinds.join(", ")}.`);
  }
  if (ms !== undefined && !(Number.isSafeInteger(ms) && Number(ms) >= 0)) {
    throw new AskingError(400, "ms must be a whole number from 0.");
  }
  world.network.showCertificate(kind, ms === undefined ? undefined : Number(ms));
  return { certificate: kind };
}

/** `{"lanes": n}`: the size of the environment's capacity from now on. */
function capacity(world: World, body: string): unknown {
  const { lanes } = wishOf(body);
  if (typeof lanes !== "number" || !(lanes > 0)) {
    throw new AskingError(400, "lanes must be a number above 0.");
  }
  if (world.protection.capacity === undefined) {
    throw new AskingError(409, "The environment was started without --capacity.");
  }
  world.protection.capacity.change(lanes);
  return { lanes };
}

function wishOf(body: string): Readonly<Record<string, unknown>> {
  const wish: unknown = body === "" ? {} : JSON.parse(body);
  return typeof wish === "object" && wish !== null ? (wish as Readonly<Record<string, unknown>>) : {};
}
