/** Lanes and principals that answer from a script, the words to write such scripts, and a scheduler of such principals. */

import { barOf, classifyReply, limitOf } from "../../../server/dataverse/answers/faults.ts";
import { isBulkPath } from "../../../server/dataverse/wire/bulk-body.ts";
import { whoAmI } from "../../../server/publish/table-reader.ts";
import type { Lane, LaneReply } from "../../../server/schedule/lane.ts";
import type { Principal } from "../../../server/schedule/principals/principal.ts";
import type { SchedulerOptions } from "../../../server/schedule/scheduler.ts";
import { Scheduler } from "../../../server/schedule/scheduler.ts";
import type { Seat } from "../../../server/schedule/turns/rota.ts";
import { Gate } from "../../../server/transport/gate.ts";
import type { Reply, Request, Trip } from "../../../server/transport/http.ts";
import type { Trail } from "../../../server/transport/retry.ts";
import { retry, retryLimits } from "../../../server/transport/retry.ts";
import { RetryBudget } from "../../../server/transport/retry-budget.ts";
import type { VirtualClock } from "../virtual-clock.ts";

export type Answer = (Reply & Partial<Trail>) | Error;
/** @param nth counts this lane's, or this principal's, requests from 0. */
export type Script = (request: Request, trip: Trip, nth: number) => Answer | Promise<Answer>;

const retryAfterMaxMs = 900_000;

export const trailOf = (more: Partial<Trail> = {}): Trail => ({
  attempts: 1,
  throttles: 0,
  uncertain: false,
  waitedMs: 0,
  ...more,
});

/** As the wire has it: the sender takes the body's memory back when its rows have settled. */
function keptOf(request: Request): Request {
  return request.body === undefined ? request : { ...request, body: Buffer.from(request.body) };
}

/** What a script was asked and what it answered. */
class Scripted {
  readonly requests: Request[] = [];
  readonly trips: Trip[] = [];
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  /** The bodies of its requests, as text. */
  get bodies(): readonly string[] {
    return this.requests.map(({ body }) => Buffer.from(body ?? []).toString("utf8"));
  }

  protected async answer(request: Request, trip: Trip): Promise<Reply & Partial<Trail>> {
    trip.signal.throwIfAborted();
    this.trips.push(trip);
    const answer = await this.#script(request, trip, this.requests.push(keptOf(request)) - 1);
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

/** No scheduler is behind it: its turn has come. */
export class ScriptedLane extends Scripted implements Lane {
  readonly gate: Gate;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, script: Script) {
    super(script);
    this.#clock = clock;
    this.gate = new Gate({ clock, principal: "app", retryAfterMaxMs });
  }

  readonly send = async (request: Request, trip: Trip): Promise<LaneReply> => {
    const from = this.#clock.now();
    const answer = await this.answer(request, trip);
    return { ...trailOf(), ...answer, seconds: (this.#clock.now() - from) / 1000 };
  };

  readonly heed = (part: Reply): number => {
    this.gate.heed(part);
    return this.gate.openAt;
  };

  /** How often nothing was to be sent. */
  rests = 0;

  readonly rest = (): void => {
    this.rests += 1;
  };

  /** How often rows were let in. */
  permits = 0;
  /** What `forbidden` answers: who is spared, while there are others. */
  spared: readonly string[] | undefined;

  readonly permitted = (): void => {
    this.permits += 1;
  };

  readonly forbidden = (): readonly string[] | undefined => this.spared;
}

export class ScriptedPrincipal extends Scripted implements Principal {
  readonly name: string;

  constructor(script: Script, name = "app") {
    super(script);
    this.name = name;
  }

  readonly send = async (request: Request, trip: Trip): Promise<Reply> => await this.answer(request, trip);
}

/** As in the server, but that attempts are not repeated: what a script says is what came of the request. */
export function schedulerOf(
  clock: VirtualClock,
  principals: readonly Principal[],
  more: Partial<SchedulerOptions> = {},
): Scheduler {
  return new Scheduler({
    clock,
    principals,
    affinity: "auto",
    retryAfterMaxMs,
    throttleOf: limitOf,
    question: whoAmI,
    barOf,
    resend: (attempt) => async (request, trip) => ({ ...trailOf(), ...(await attempt(request, trip)) }),
    ...more,
  });
}

/** Attempts are repeated as in the server: for a script that answers as the service does. */
export function repeating(clock: VirtualClock): SchedulerOptions["resend"] {
  return retry({
    clock,
    limits: retryLimits,
    budget: new RetryBudget(clock),
    classify: (reply, request) => classifyReply(reply, isBulkPath(request.path)),
  });
}

/** Of a stream whose next request is expected to take so many seconds. */
export function seatOf(seconds = 1): Seat {
  return { served: 0, expected: () => seconds };
}

/** Answers in turn; a request past the last answer is a fault of the test. */
export function inTurn(...answers: readonly Answer[]): Script {
  return (_request, _trip, nth) => answers[nth] ?? new Error(`The script has no answer for request ${nth}.`);
}

export function jsonReply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** As the service writes an error. */
export function errorBody(code: string, message = "No."): unknown {
  return { error: { code, message } };
}
