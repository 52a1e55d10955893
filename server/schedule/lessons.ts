/** What answers teach of how many lanes there are: refusals, hints, the time that a row took, and lanes that could not be used. */
import type { Reply, Request, Work } from "../transport/http.ts";
import type { Berth, Desk, Throttle } from "./desk.ts";
import { hintOf } from "./lanes/hint.ts";
import type { Knee } from "./lanes/knee.ts";
import { sampleOf } from "./lanes/rungs.ts";
import { Rejections } from "./outages/rejections.ts";

/** When at least this share of the lanes is in use, lanes are what limits requests. */
export const fullShare = 0.9;

interface LessonsOptions {
  readonly knee: Knee;
  readonly desk: Pick<Desk, "inFlight" | "roundTripMs" | "windows">;
  /** Asked beside the lanes while an outage lasts: its replies tell nothing of how many lanes there are. */
  readonly question: Request;
}

export interface Answered {
  readonly request: Request;
  readonly reply: Reply;
  /** The rows that it carried; undefined of a read. */
  readonly work: Work | undefined;
  readonly throttle: Throttle | undefined;
  /** Of execution. */
  readonly seconds: number;
}

/** Turns that may be under way at once, those that are, and those of them that have nothing to send. */
export interface TurnCounts {
  readonly lanes: number;
  readonly pending: number;
  readonly resting: number;
}

export class Lessons {
  readonly #options: LessonsOptions;
  readonly #rejections = new Rejections();

  constructor(options: LessonsOptions) {
    this.#options = options;
  }

  /** No reply came to a turn's request: some services break off connections beyond those that they take. */
  lost(berth: Berth, now: number): void {
    if (this.#rejections.rejected(now)) this.#refused(berth, now);
  }

  answered(berth: Berth, { request, reply, work, throttle, seconds }: Answered, turns: TurnCounts, now: number): void {
    const { knee, desk, question } = this.#options;
    // Sent after the gate of that server had closed, since a cookie led astray: the refusal repeats the earlier one.
    const isEcho = berth.at > berth.budget.gate.closedAt;
    const isCrowdedOut = request !== question && this.#rejections.met(reply, berth.at, now);
    const isTooMany = (throttle === "concurrency" && !isEcho) || isCrowdedOut;
    // Reads go beside the lanes: of how many lanes there are, only the hint in their replies tells.
    if (isTooMany && work !== undefined) this.#refused(berth, now);
    const hint = hintOf(reply);
    if (hint !== undefined) knee.hint(hint);
    if (work === undefined) return;
    if (berth.epoch === knee.epoch && reply.status < 300) {
      knee.learn(sampleOf(work, seconds, desk.roundTripMs / 1000), desk.windows(), now);
    }
    const { lanes, pending, resting } = turns;
    if (resting > (1 - fullShare) * lanes) knee.unused(pending - resting, now);
  }

  #refused({ others }: Berth, now: number): void {
    const { knee, desk } = this.#options;
    knee.refused(Math.max(others, desk.inFlight), now);
  }
}
