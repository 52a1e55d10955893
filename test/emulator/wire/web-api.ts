/** The road of a Web API request: token, web server, limits, fault, execution, headers. */
import type { Session } from "../environment.ts";
import { answeredInstead } from "../faults/instead.ts";
import { alteredReply } from "../faults/reply.ts";
import type { Fault } from "../faults/script.ts";
import { answerMetadata } from "../identity/instance-metadata.ts";
import type { Principal } from "../identity/principals.ts";
import type { Route } from "../limits/affinity.ts";
import type { Lease } from "../limits/window.ts";
import type { RequestRecord } from "../oracle/ledger.ts";
import { LedgerFull } from "../oracle/ledger.ts";
import type { World } from "../world.ts";
import { codes } from "./errors.ts";
import type { Execution } from "./execute.ts";
import { execute } from "./execute.ts";
import type { Answer, WebRequest } from "./http.ts";
import { bodyText, isReset, jsonReply, pathOf } from "./http.ts";
import { served, throttled } from "./service-headers.ts";

/** A name in the ledger is no place to keep a body. */
const clientCharactersMax = 200;

/** Requests to the token endpoint and to anything that is not the Web API are answered too. */
export async function answerApi(world: World, request: WebRequest): Promise<Answer> {
  const path = pathOf(request.url);
  const api = path.startsWith("/api/data/v9.");
  let record: RequestRecord;
  try {
    record = world.ledger.arrive(world.clock.now(), {
      kind: api ? "api" : "identity",
      method: request.method,
      path,
      client: clientOf(request),
    });
  } catch (error) {
    if (error instanceof LedgerFull) {
      return jsonReply(507, { error: { code: codes.unexpected, message: error.message } });
    }
    throw error;
  }
  const answer = api ? await admitted(world, request, record) : await answerIdentity(world, request, record);
  record.answered = world.clock.now();
  record.status = isReset(answer) ? 0 : answer.status;
  return answer;
}

function clientOf({ headers }: WebRequest): string {
  const name = headers["x-ms-client-session-id"] ?? headers["user-agent"] ?? "";
  return name.slice(0, clientCharactersMax);
}

async function answerIdentity(world: World, request: WebRequest, record: RequestRecord): Promise<Answer> {
  const { method, path } = record;
  record.principal = new URLSearchParams(bodyText(request)).get("client_id")?.slice(0, clientCharactersMax) ?? "";
  const fault = world.faults.take({
    on: "token",
    method,
    path,
    principal: record.principal,
    body: () => bodyText(request),
  });
  record.fault = fault?.effect;
  const instead = answeredInstead(world, request, fault, () => undefined);
  if (instead !== undefined) {
    return instead;
  }
  await pause(world, fault?.effect === "slow" && fault.when !== "after" ? fault.ms : 0);
  const life = fault?.effect === "token_life" ? fault : undefined;
  const reply = world.tokens.answer(request, life) ?? answerMetadata(world.machine, request);
  await pause(world, fault?.effect === "slow" && fault.when === "after" ? fault.ms : 0);
  return alteredReply(reply ?? { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found" }, fault);
}

async function admitted(world: World, request: WebRequest, record: RequestRecord): Promise<Answer> {
  const principal = principalOf(world, request);
  if (principal === undefined) {
    const known = world.tokens.expiredPrincipalOf(request.headers["authorization"]);
    record.expired = known !== undefined;
    record.principal = known?.clientId ?? "";
    return world.tokens.challenge();
  }
  const { protection, clock } = world;
  const route = protection.affinity.route(principal.clientId, request.headers["cookie"], clock.now());
  record.principal = principal.clientId;
  record.server = route.server;
  const admission = protection.gate.admit(principal.clientId, route, clock.now());
  record.early = admission.early;
  if (admission.kind === "refused") {
    record.limited = true;
    return throttled(world, admission.reply, route);
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
    const answer = await played(world, request, { record, principal, route, fault, lease: admission.lease });
    return isReset(answer) ? answer : alteredReply(served(world, answer, principal.clientId, route), fault);
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
  readonly lease: Lease;
}

async function played(world: World, request: WebRequest, play: Play): Promise<Answer> {
  const { record, principal, route, fault } = play;
  const { clock, protection } = world;
  const instead = answeredInstead(world, request, fault, (seconds) =>
    protection.gate.impose(principal.clientId, route.server, seconds, clock.now()),
  );
  if (instead !== undefined) {
    return instead;
  }
  await pause(world, fault?.effect === "slow" && fault.when !== "after" ? fault.ms : 0);
  const { answer, operations } = await executed(world, request, play);
  record.operations = operations;
  protection.entitlement.add(principal.clientId, operations, clock.now());
  await pause(world, fault?.effect === "slow" && fault.when === "after" ? fault.ms : 0);
  return answer;
}

/** What takes time is applied when that time is over, so that requests can overtake each other; only a price that depends on the outcome has it first. */
function executed(world: World, request: WebRequest, { record, principal, fault, lease }: Play): Promise<Execution> {
  let reached: Session["reached"] | undefined;
  return world.protection.run({
    principal: principal.clientId,
    request,
    lease,
    work() {
      const session = world.session(principal, record);
      reached = session.reached;
      return execute(session, request, fault);
    },
    rowsDone: ({ answer }) => (answer.status < 400 ? undefined : reached?.targets),
  });
}

async function pause(world: World, ms: number): Promise<void> {
  if (ms > 0) {
    await world.clock.sleep(ms);
  }
}
