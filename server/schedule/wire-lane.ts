/**
 * A lane on the wire. Each attempt of its requests needs a berth: the first has that of the turn, later ones wait for one, perhaps of another
 * principal. Nothing leaves while the gate of the server that it goes to is closed.
 */
import type { Clock } from "../core/clock.ts";
import { asSidecarError } from "../core/errors.ts";
import type { Reply, Request, Send, Trip, Work } from "../transport/http.ts";
import type { Resend } from "../transport/retry.ts";
import type { Berth } from "./desk.ts";
import type { Lane, LaneReply } from "./lane.ts";
import type { Bar, Want } from "./principals/candidates.ts";

/** Expected execution of a request that says nothing of it, such as a read. */
const secondsUntold = 0.1;

/** A request and its reply, of whatever status. */
export interface Exchange {
  readonly request: Request;
  readonly reply: Reply;
  readonly work: Work | undefined;
  /** As licences count them. */
  readonly operations: number;
  /** Since its bytes left. */
  readonly elapsedMs: number;
}

export interface WireLaneOptions {
  readonly clock: Clock;
  readonly resend: (attempt: Send) => Resend;
  /** Booked with the turn; undefined for a lane of no turn, or when there was no room. */
  readonly berth: Berth | undefined;
  /** @throws the signal's reason. */
  readonly take: (order: Order, signal: AbortSignal) => Promise<Berth>;
  /** The turn sends nothing for a while (1), or goes on (-1). */
  readonly rested: (turns: 1 | -1) => void;
  /** Its bytes never left. */
  readonly cancel: (berth: Berth) => void;
  /** @returns seconds of execution. */
  readonly answered: (berth: Berth, exchange: Exchange) => number;
  /** @returns seconds of execution. */
  readonly lost: (berth: Berth, spent: Pick<Exchange, "elapsedMs" | "operations">) => number;
  /** As `Outage.met`. @returns whether it met an outage, whose end the next attempt waits for. */
  readonly met: (reply: Reply | undefined, work: Work | undefined) => boolean;
  /** What the reply to a whole request refuses; undefined when it refuses nobody. */
  readonly barOf: (reply: Reply, request: Request) => Bar | undefined;
  /** It met a bar, and nothing of it was applied. @returns whether it is worth sending by somebody else. */
  readonly barred: (berth: Berth, bar: Bar, order: Order) => boolean;
  /** A row was let in. */
  readonly permitted: (berth: Berth, scope: string) => void;
}

/** What a berth is wanted for. */
export interface Order {
  /** Expected execution. */
  readonly seconds: number;
  readonly rows: number;
  readonly want: Want;
}

export class WireLane implements Lane {
  readonly #options: WireLaneOptions;
  readonly #resend: Resend;
  #granted: Berth | undefined;
  #isResting = false;
  #last: Berth | undefined;
  #lastSeconds = 0;
  #seconds = 0;
  /** Of the request under way, or the last one. */
  #work: Work | undefined;
  #scope: string | undefined;
  #spared = new Set<string>();

  constructor(options: WireLaneOptions) {
    this.#options = options;
    this.#granted = options.berth;
    this.#resend = options.resend((request, trip) => this.#attempt(request, trip));
  }

  /** Execution of all its requests so far. */
  get seconds(): number {
    return this.#seconds;
  }

  send = async (request: Request, trip: Trip): Promise<LaneReply> => {
    this.#work = trip.work;
    this.#scope = trip.scope;
    this.#spared = new Set(trip.spared);
    const reply = await this.#resend(request, trip);
    return { ...reply, seconds: this.#lastSeconds };
  };

  heed = (part: Reply): number => {
    const berth = this.#last;
    berth?.member.heed(berth.budget, part);
    return berth?.budget.gate.openAt ?? this.#options.clock.now();
  };

  permitted = (): void => {
    if (this.#last !== undefined && this.#scope !== undefined) this.#options.permitted(this.#last, this.#scope);
  };

  forbidden = (): readonly string[] | undefined => {
    const last = this.#last;
    return last !== undefined && this.#mayGoOn(last, "right") ? [...this.#spared] : undefined;
  };

  rest = (): void => {
    if (!this.#isResting) this.#options.rested(1);
    this.#isResting = true;
    this.#giveBack();
  };

  /** The turn is over. */
  close(): void {
    this.#wake();
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#granted !== undefined) this.#options.cancel(this.#granted);
    this.#granted = undefined;
  }

  #wake(): void {
    if (this.#isResting) this.#options.rested(-1);
    this.#isResting = false;
  }

  async #attempt(request: Request, trip: Trip): Promise<Reply> {
    for (;;) {
      const berth = await this.#berth(trip);
      const reply = await this.#sendBy(berth, request, trip);
      if (reply !== "held") return reply;
    }
  }

  async #berth(trip: Trip): Promise<Berth> {
    const { clock, take } = this.#options;
    this.#wake();
    const granted = this.#granted;
    this.#granted = undefined;
    if (granted !== undefined && this.#mayTake(granted)) return granted;
    if (granted !== undefined) this.#options.cancel(granted);
    const from = clock.now();
    try {
      return await take(this.#order, trip.signal);
    } finally {
      if (trip.tally !== undefined) trip.tally.waitedMs += clock.now() - from;
    }
  }

  /** Whether a berth fits this request: the turn's was picked for what its stream mostly sends, and a file may need another right. */
  #mayTake({ member }: Berth): boolean {
    const { name } = member.principal;
    return !this.#spared.has(name) && member.rights.may(this.#scope, this.#options.clock.now());
  }

  /** @returns `held` when nothing was applied and another berth is to be tried: a gate closed before it left, or its principal was refused. */
  async #sendBy(berth: Berth, request: Request, trip: Trip): Promise<Reply | "held"> {
    const { clock, answered, lost, cancel } = this.#options;
    const operations = trip.operations ?? trip.work?.rows ?? 1;
    let sentAt = clock.now();
    const mayLeave = (): boolean => {
      sentAt = clock.now();
      return sentAt >= berth.member.openAt(berth);
    };
    this.#last = berth;
    try {
      const reply = await berth.member.principal.send(withCookie(request, berth), { ...trip, mayLeave });
      const elapsedMs = clock.now() - sentAt;
      this.#spent(answered(berth, { request, reply, work: trip.work, operations, elapsedMs }));
      this.#met(reply, trip);
      const bar = this.#options.barOf(reply, request);
      return bar !== undefined && this.#mayGoOn(berth, bar) ? "held" : reply;
    } catch (thrown) {
      const { code } = asSidecarError(thrown);
      if (code === "outcome_unknown") this.#spent(lost(berth, { operations, elapsedMs: clock.now() - sentAt }));
      else cancel(berth);
      if (code === "unavailable" || code === "outcome_unknown") this.#met(undefined, trip);
      if (code === "throttled") return "held";
      if (code === "credentials_rejected" && this.#mayGoOn(berth, "entry")) return "held";
      throw thrown;
    }
  }

  #met(reply: Reply | undefined, { tally, work }: Trip): void {
    if (this.#options.met(reply, work) && tally !== undefined) tally.outages += 1;
  }

  /** The principal of the berth was refused, and is not tried again for this request. @returns whether another one may be. */
  #mayGoOn(berth: Berth, bar: Bar): boolean {
    this.#spared.add(berth.member.principal.name);
    return this.#options.barred(berth, bar, this.#order);
  }

  get #order(): Order {
    const { seconds = secondsUntold, rows = 1 } = this.#work ?? {};
    return { seconds, rows, want: { scope: this.#scope, spared: this.#spared } };
  }

  #spent(seconds: number): void {
    this.#lastSeconds = seconds;
    this.#seconds += seconds;
  }
}

function withCookie(request: Request, { asked }: Berth): Request {
  return asked === undefined ? request : { ...request, headers: { ...request.headers, cookie: asked.cookie } };
}
