/**
 * Who may send now: a few lanes per principal, each a turn in a queue. A turn is a right to send one batch, not a batch: what is
 * sent is decided when the turn comes, so nothing encoded lies waiting and a small stream is never behind a large one's backlog.
 */
import PQueue from "p-queue";
import type { Reply } from "../transport/http.ts";
import type { Principal } from "./principal.ts";

/** Without a hint: what a small environment recommends (dataverse-wire.md 7.1). */
const lanesUnhinted = 4;
/** The documented limit is 52 at once; the rest is left to others who use the principal. */
export const lanesMax = 48;
/** Replies in a row without a throttle after which a lane is added again. */
const calmReplies = 20;

class PrincipalLanes {
  readonly principal: Principal;
  readonly queue = new PQueue({ concurrency: lanesUnhinted });
  #hint = lanesUnhinted;
  #calm = 0;

  constructor(principal: Principal) {
    this.principal = principal;
  }

  /** Turns granted or waiting, per lane: where the next turn comes soonest. */
  get load(): number {
    return (this.queue.pending + this.queue.size) / this.queue.concurrency;
  }

  get gated(): boolean {
    return !this.principal.gate.isOpen;
  }

  learn(reply: Reply): void {
    const hint = Number(reply.headers["x-ms-dop-hint"]);
    if (Number.isInteger(hint) && hint >= 1) this.#setHint(Math.min(hint, lanesMax));
    this.#calm += 1;
    if (this.#calm >= calmReplies && this.queue.concurrency < this.#hint) {
      this.#calm = 0;
      this.queue.concurrency += 1;
    }
  }

  /** The gate closed: half as many start again when it opens. */
  halve(): void {
    this.#calm = 0;
    this.queue.concurrency = Math.max(1, Math.floor(this.queue.concurrency / 2));
  }

  /** A greater hint is taken at once, but never undoes what a throttle took away. */
  #setHint(hint: number): void {
    if (hint === this.#hint) return;
    const untouched = this.queue.concurrency === this.#hint;
    this.#hint = hint;
    this.queue.concurrency = untouched ? hint : Math.min(this.queue.concurrency, hint);
  }
}

export class Lanes {
  readonly #lanes: readonly PrincipalLanes[];
  #next = 0;

  constructor(principals: readonly Principal[]) {
    this.#lanes = principals.map((principal) => new PrincipalLanes(principal));
  }

  /** How many turns can be had at once. */
  get width(): number {
    return this.#lanes.reduce((sum, lanes) => sum + lanes.queue.concurrency, 0);
  }

  get principals(): readonly Principal[] {
    return this.#lanes.map((lanes) => lanes.principal);
  }

  /**
   * Resolves after `work` had its turn, or as soon as `signal` is aborted before the turn came: whoever has nothing to send any
   * more must not wait behind others' requests. Once begun, the work looks at its own signal: p-queue, given that one, would
   * free the lane of work that is still on the wire.
   */
  async turn(work: (principal: Principal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const lanes = this.#pick();
    if (lanes === undefined || signal.aborted) return;
    const queued = new AbortController();
    const withdraw = (): void => queued.abort(signal.reason);
    signal.addEventListener("abort", withdraw, { once: true });
    const begin = async (): Promise<void> => {
      signal.removeEventListener("abort", withdraw);
      await work(lanes.principal);
    };
    try {
      await lanes.queue.add(begin, { signal: queued.signal });
    } catch (thrown) {
      if (!queued.signal.aborted) throw thrown;
    }
  }

  learn(principal: Principal, reply: Reply, throttles: number): void {
    const lanes = this.#lanes.find((one) => one.principal === principal);
    if (throttles > 0) lanes?.halve();
    else lanes?.learn(reply);
  }

  /** Open gates first, then the shortest queue; ties in rotation. */
  #pick(): PrincipalLanes | undefined {
    this.#next += 1;
    const rotated = this.#lanes.map((_, i) => this.#lanes[(i + this.#next) % this.#lanes.length]);
    return rotated.reduce((best, lanes) => {
      if (best === undefined || lanes === undefined) return best ?? lanes;
      if (best.gated !== lanes.gated) return best.gated ? lanes : best;
      return lanes.load < best.load ? lanes : best;
    }, undefined);
  }
}
