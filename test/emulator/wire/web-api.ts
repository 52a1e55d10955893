/** The road of a Web API request: token, web server, limits, fault, execution, headers. */
import { answeredInstead } from "../faults/instead.ts";
import { alteredReply } from "../faults/reply.ts";
import type { Fault } from "../faults/script.ts";
import type { Principal } from "../identity/principals.ts";
import type { Route } from "../limits/gate.ts";
import type { RequestRecord } from "../oracle/ledger.ts";
import { LedgerFull } from "../oracle/ledger.ts";
import type { World } from "../world.ts";
import { codes } from "./errors.ts";
import { execute, isBatch } from "./execute.ts";
import type { Answer, WebReply, WebRequest } from "./http.ts";
import { bodyText, isReset, jsonReply, pathOf } from "./http.ts";

const dopHintDefault = 8;

/** Requests to the token endpoint and to anything that is not the Web API are answered too. */
export async function answerApi(world: World, request: WebRequest): Promise<Answer> {
  const path = pathOf(request.url);
  if (!path.startsWith("/api/data/v9.")) {
    return await answerIdentity(world, request, path);
  }
  let record: RequestRecord;
  try {
    record = world.ledger.arrive(world.clock.now(), request.method, path);
  } catch (error) {
    if (error instanceof LedgerFull) {
      return jsonReply(507, { error: { code: codes.unexpected, message: error.message } });
    }
    throw error;
  }
  const answer = await admitted(world, request, record);
  record.answered = world.clock.now();
  record.status = isReset(answer) ? 0 : answer.status;
  return answer;
}

async function answerIdentity(world: World, request: WebRequest, path: string): Promise<Answer> {
  const fault = world.faults.take({
    on: "token",
    method: request.method,
    path,
    principal: new URLSearchParams(bodyText(request)).get("client_id") ?? "",
    body: () => bodyText(request),
  });
  const instead = answeredInstead(world, request, fault, () => undefined);
  if (instead !== undefined) {
    return instead;
  }
  await pause(world, fault?.effect === "slow" && fault.when !== "after" ? fault.ms : 0);
  const life = fault?.effect === "token_life" ? fault : undefined;
  const reply = world.tokens.answer(request, life);
  await pause(world, fault?.effect === "slow" && fault.when === "after" ? fault.ms : 0);
  return alteredReply(reply ?? { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found" }, fault);
}

async function admitted(world: World, request: WebRequest, record: RequestRecord): Promise<Answer> {
  const principal = principalOf(world, request);
  if (principal === undefined) {
    return world.tokens.challenge();
  }
  const { gate, clock } = world;
  const route = gate.route(request.headers["cookie"]);
  record.principal = principal.clientId;
  record.server = route.server;
  const admission = gate.admit(principal.clientId, route, clock.now());
  record.early = admission.early;
  if (admission.kind === "refused") {
    return dressed(world, admission.reply, principal, route);
  }
  try {
    const path = pathOf(request.url);
    const fault = world.faults.take({
      on: "api",
      method: request.method,
      path,
      principal: principal.clientId,
      body: () => bodyText(request),
    });
    record.fault = fault?.effect;
    const answer = await played(world, request, { record, principal, route, fault });
    return isReset(answer) ? answer : alteredReply(dressed(world, answer, principal, route), fault);
  } finally {
    admission.leave(clock.now());
  }
}

function principalOf(world: World, request: WebRequest): Principal | undefined {
  if (world.options.auth !== false) {
    return world.tokens.principalOf(request.headers["authorization"]);
  }
  const named = request.headers["x-emulator-principal"];
  return world.principals.find((principal) => named === undefined || principal.clientId === named);
}

interface Play {
  readonly record: RequestRecord;
  readonly principal: Principal;
  readonly route: Route;
  readonly fault: Fault | undefined;
}

async function played(world: World, request: WebRequest, { record, principal, route, fault }: Play): Promise<Answer> {
  const { clock } = world;
  const instead = answeredInstead(world, request, fault, (seconds) =>
    world.gate.impose(principal.clientId, route.server, seconds, clock.now()),
  );
  if (instead !== undefined) {
    return instead;
  }
  await pause(world, fault?.effect === "slow" && fault.when !== "after" ? fault.ms : 0);
  await pause(world, serviceTime(world, request));
  const { answer, operations } = execute(world.session(principal, record), request, fault);
  record.operations = operations;
  await pause(world, fault?.effect === "slow" && fault.when === "after" ? fault.ms : 0);
  return answer;
}

async function pause(world: World, ms: number): Promise<void> {
  if (ms > 0) {
    await world.clock.sleep(ms);
  }
}

/** Milliseconds of execution by the simple cost model, compressed like the limits. */
function serviceTime(world: World, request: WebRequest): number {
  const { requestMs = 0, operationMs = 0, limits = "off" } = world.options;
  if (requestMs === 0 && operationMs === 0) {
    return 0;
  }
  const text = typeof request.body === "string" ? request.body : Buffer.from(request.body).toString("latin1");
  const operations = isBatch(request.url) ? text.split("\r\nContent-Transfer-Encoding:").length - 1 : 1;
  return (requestMs + operations * operationMs) / (limits === "off" ? 1 : limits.compression);
}

/** The headers that the service adds to every answer. */
function dressed(world: World, reply: WebReply, principal: Principal, route: Route): WebReply {
  return {
    ...reply,
    headers: {
      ...world.gate.headers(principal.clientId, route, world.clock.now()),
      "x-ms-service-request-id": world.newGuid(),
      req_id: world.newGuid(),
      "x-ms-dop-hint": String(world.options.dopHint ?? dopHintDefault),
      "odata-version": "4.0",
      "cache-control": "no-cache",
      expires: "-1",
      vary: "Accept-Encoding",
      ...reply.headers,
    },
  };
}
