/** Principals whose `send` answers from a script, and the words to write such scripts. No layer is around them. */
import type { Principal } from "../../../server/publish/principal.ts";
import { Gate } from "../../../server/transport/gate.ts";
import type { Reply, Request, Trip } from "../../../server/transport/http.ts";
import type { Trail } from "../../../server/transport/retry.ts";
import type { VirtualClock } from "../virtual-clock.ts";

export type Answer = (Reply & Partial<Trail>) | Error;
/** @param nth counts this principal's requests from 0. */
export type Script = (request: Request, trip: Trip, nth: number) => Answer | Promise<Answer>;

export const trailOf = (more: Partial<Trail> = {}): Trail => ({
  attempts: 1,
  throttles: 0,
  uncertain: false,
  waitedMs: 0,
  ...more,
});

export class ScriptedPrincipal implements Principal {
  readonly name: string;
  readonly gate: Gate;
  readonly requests: Request[] = [];
  readonly #script: Script;

  constructor(clock: VirtualClock, script: Script, name = "app") {
    this.name = name;
    this.gate = new Gate({ clock, principal: name, retryAfterMaxMs: 900_000 });
    this.#script = script;
  }

  readonly send = async (request: Request, trip: Trip): Promise<Reply & Trail> => {
    trip.signal.throwIfAborted();
    const answer = await this.#script(request, trip, this.requests.push(request) - 1);
    if (answer instanceof Error) throw answer;
    return { ...trailOf(), ...answer };
  };

  /** The bodies of its requests, as text. */
  get bodies(): readonly string[] {
    return this.requests.map(({ body }) => Buffer.from(body ?? []).toString("utf8"));
  }
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
