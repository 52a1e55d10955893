/**
 * What one principal may still ask of one web server: 300 s windows of execution seconds and of requests, of which a share is planned
 * with, and a reserve of tokens. It is a forecast; a throttle reply is its correction.
 */
import type { Gate } from "../../transport/gate.ts";
import { Knocks } from "./knocks.ts";
import { Reserve } from "./reserve.ts";
import { foreignMemoryMs, Share } from "./share.ts";
import { SlidingSum, windowMs } from "./sliding-sum.ts";

/** Execution seconds and requests in a window (documented: service protection API limits). */
const secondsMax = 1200;
const requestsMax = 6000;
/** Of the 52 requests at once that are documented; the rest is left to others who use the principal. */
const inFlightMax = 50;
/** What a full window sustains for ever: 1,200 s in 300 s. */
export const lanesSustained = secondsMax / (windowMs / 1000);
/** Beyond the plan, at the last check before sending. */
const slack = 0.003;
/** Faster than the window lets go, so that the window is what binds. */
const refillFactor = 1.03;
/** Of the plan, what is left when it is as good as spent: the window of one lane is never quite full. */
const spentLeft = 0.15;
/** The same of a window that somebody else uses, too, where what was missed is not caught up; and a few requests, seconds. */
const spentLeftShared = 0.05;
const spentLeftLeast = 8;
/** After a volley a window lets nothing go for minutes: so much more is for those who need little, and so much less for others beside them. */
const forLittle = 0.005;
/** Of a window, what is used when it may be that which a refusal is about. */
const fullShare = 0.9;
/** A share that recovers lets one more request of 6,000 through in about this time, long before the window does. */
const recoveringMs = 5000;

/** A request that is on its way, or about to be. */
export interface Booking {
  /** Expected execution. */
  readonly seconds: number;
  /** In the clock's milliseconds. */
  readonly at: number;
}

export interface BudgetOptions {
  /** Closed by throttle replies. */
  readonly gate: Gate;
  /** Web servers that the budget stands for: 1, or more where requests cannot be addressed; infinite while nothing is known. */
  readonly width: () => number;
  /** It is a part of one server's that somebody else uses, too. */
  readonly isPart?: () => boolean;
  /** Seconds of a window kept for requests that come here though they were not meant to. */
  readonly reserve: () => number;
  /** Whether streams that need little come and go. */
  readonly expectsLittle: () => boolean;
  /** Seconds for which a request is taken to have travelled, and which it was not charged. */
  readonly travel: () => number;
}

export class Budget {
  readonly gate: Gate;
  readonly #width: () => number;
  readonly #isPart: () => boolean;
  readonly #reserve: () => number;
  readonly #expectsLittle: () => boolean;
  readonly #travel: () => number;
  readonly #ran = new SlidingSum();
  readonly #sent = new SlidingSum();
  #inFlight = 0;
  #bookedSeconds = 0;
  #bookedAt = 0;
  readonly #tokens = new Reserve();
  readonly #share = new Share();
  readonly #knocks = new Knocks();
  #overdrawnAt = Number.NEGATIVE_INFINITY;

  constructor({ gate, width, isPart = () => false, reserve, expectsLittle, travel }: BudgetOptions) {
    this.#isPart = isPart;
    this.#reserve = reserve;
    this.#expectsLittle = expectsLittle;
    this.#travel = travel;
    this.gate = gate;
    this.#width = width;
  }

  /** It is kept for the same server under a new name: what that has counted is in its windows, and its throttle holds. */
  follow(earlier: Budget): void {
    this.gate.close(earlier.gate.openAt, "throttled by the service");
    this.#ran.follow(earlier.#ran);
    this.#sent.follow(earlier.#sent);
    this.#tokens.follow(earlier.#tokens);
  }

  /** Web servers that it stands for. */
  get width(): number {
    return this.#width();
  }

  /** Of the documented limits, what is planned with. */
  share(now: number): number {
    return this.#share.at(now);
  }

  /** Requests left to plan with. */
  requestsLeft(now: number): number {
    return this.#requestsLimit(now) - this.requests(now);
  }

  /** When so great a share of what the window holds has left it, in the clock's milliseconds. */
  forgottenAt(share: number, now: number): number {
    return this.#ran.whenAtMost(this.#ran.at(now) * (1 - share), now);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The last time that the forecast was wrong: requests that had left before tell nothing new. */
  get overdrawnAt(): number {
    return this.#overdrawnAt;
  }

  /** Requests in flight that it takes at once, however empty its windows are. */
  get most(): number {
    const width = this.#width();
    // Until it is known to be several, it is taken for one where a volley would be refused at once.
    return width === Number.POSITIVE_INFINITY ? inFlightMax : Math.ceil(inFlightMax * width);
  }

  get isBurst(): boolean {
    return this.#tokens.isBurst;
  }

  /** Seconds of execution in the window, with what runs now. */
  used(now: number): number {
    return this.#ran.at(now) + (this.#inFlight * now - this.#bookedAt) / 1000;
  }

  /** Requests in the window. */
  requests(now: number): number {
    return this.#sent.at(now);
  }

  /** Seconds of execution that a window may hold by the plan. */
  planned(now: number): number {
    return secondsMax * this.#width() * this.#share.at(now) - this.#reserve();
  }

  /** Seconds of execution left to plan with. */
  room(now: number): number {
    return this.planned(now) - this.used(now) - this.#remaining(now);
  }

  /** Its plan holds requests back, and no throttle does. */
  isSpent(now: number): boolean {
    if (!this.gate.isOpen) return false;
    const planned = this.planned(now);
    return (
      this.room(now) < (this.#isPart() ? Math.max(spentLeftLeast, spentLeftShared * planned) : spentLeft * planned)
    );
  }

  /** What the window holds may be spent as fast as the environment takes it; not where somebody else may be spending it, too. */
  beginBurst(now: number): void {
    if (now - this.#overdrawnAt > foreignMemoryMs) this.#tokens.beginBurst();
  }

  /** Nothing may be spent faster than it comes back any more. */
  endBurst(): void {
    this.#tokens.endBurst();
  }

  /** @param needsLittle it may have what is kept for such. */
  mayTake(seconds: number, now: number, needsLittle = false): boolean {
    if (!this.gate.isOpen) return false;
    this.#refill(now);
    const width = this.#width();
    if (this.#isCrowded(seconds, width)) return false;
    if (width === Number.POSITIVE_INFINITY) return true;
    return (this.#tokens.isOpen && this.#fits(seconds, now, needsLittle)) || now >= this.#knockAt(seconds, now);
  }

  /** Whether a request may come here that was not meant to. */
  mayMeet(seconds: number, now: number): boolean {
    return this.gate.isOpen && this.room(now) >= seconds && this.requests(now) < requestsMax * this.#share.at(now);
  }

  /** When `mayTake` may change its mind though nothing is answered, in the clock's milliseconds. */
  nextAt(seconds: number, now: number, needsLittle = false): number {
    if (!this.gate.isOpen) return this.gate.openAt;
    const width = this.#width();
    this.#refill(now);
    if (width === Number.POSITIVE_INFINITY || this.#isCrowded(seconds, width)) return Number.POSITIVE_INFINITY;
    const tokensAt = this.#tokens.openAt(this.#refillPerSecond(now), now);
    const target = this.#limit(now, needsLittle) - this.#overhang(seconds, now) - (this.used(now) - this.#ran.at(now));
    const windowAt = Math.max(this.#ran.whenAtMost(target, now), this.#stillUntil(seconds, now, needsLittle));
    const requestsAt = this.#sent.whenAtMost(Math.ceil(this.#requestsLimit(now)) - 1 - this.#inFlight, now);
    const at = Math.min(Math.max(tokensAt, windowAt, requestsAt), Math.max(now, this.#knockAt(seconds, now)));
    return this.#share.isRecovering ? Math.min(at, now + recoveringMs) : at;
  }

  book({ seconds, at }: Booking): void {
    this.#refill(at);
    this.#inFlight += 1;
    this.#bookedSeconds += seconds;
    this.#bookedAt += at;
    this.#tokens.book(seconds);
  }

  /** The request is over, or its bytes never left. */
  cancel({ seconds, at }: Booking): void {
    this.#inFlight -= 1;
    this.#bookedSeconds -= seconds;
    this.#bookedAt -= at;
    this.#tokens.cancel(seconds);
  }

  /** A request was executed for so many seconds until now. */
  charge(seconds: number, now: number): void {
    this.#ran.add(seconds, now - seconds * 1000, now);
    this.#sent.add(1, now, now);
    this.#knocks.letIn();
    this.#tokens.charge(seconds, this.#width());
  }

  /** How many windows our own use would fill. */
  windowsUsed(kind: "seconds" | "requests", now: number): number {
    if (kind === "requests") return this.requests(now) / requestsMax;
    // Many short requests may have travelled for less than was believed.
    return (this.used(now) + this.requests(now) * this.#travel()) / secondsMax;
  }

  /** The window that our own use has about filled; undefined while neither is. */
  explains(now: number): "seconds" | "requests" | undefined {
    const full = fullShare * Math.min(this.#width(), 1) * this.#share.at(now);
    return (["seconds", "requests"] as const).find((kind) => this.windowsUsed(kind, now) >= full);
  }

  /** The service says that a window is full, though by the plan it is not. */
  overdrawn(kind: "seconds" | "requests", now: number, isGuess: boolean): void {
    this.#refill(now);
    this.#overdrawnAt = now;
    this.#tokens.overdrawn();
    this.#knocks.refused(now);
    // Of several servers only the fullest is: how wide they are taken to be is what is wrong.
    if (!isGuess) this.#share.overdrawn(this.windowsUsed(kind, now) / this.#width(), now);
  }

  #lanes(seconds: number, width: number): number {
    if (width === Number.POSITIVE_INFINITY || this.isBurst) return this.most;
    if (this.#share.isShared) return this.#lanesShared(width);
    // The width may be less than one lane needs.
    const sustained = Math.max(1, Math.round(lanesSustained * width));
    return Math.min(this.most, sustained + Math.ceil(this.#tokens.spareLanes(seconds, width) * width));
  }

  /** What is refused is refused to all in flight: hardly more than the share sustains, and no more than that while it is tried to be more. */
  #lanesShared(width: number): number {
    const sustained = Math.max(1, Math.round(lanesSustained * width * this.#share.last));
    return this.#share.isTrying ? sustained : sustained + 1;
  }

  /** No time frees a lane, but an answer. */
  #isCrowded(seconds: number, width: number): boolean {
    // Whoever uses the window, too, may have been refused since, for longer.
    const isDoubted = this.gate.isHalfOpen || (this.gate.isUnproven && this.#isPart());
    return this.#inFlight >= (isDoubted ? 1 : this.#lanes(seconds, width));
  }

  /** When one may go beyond a plan that is a guess of less than one lane, though nothing is answered, in the clock's milliseconds. */
  #knockAt(seconds: number, now: number): number {
    const isLittle = this.#width() * this.#share.at(now) * lanesSustained < 1;
    return isLittle && this.#inFlight === 0 ? this.#knocks.at(seconds) : Number.POSITIVE_INFINITY;
  }

  #requestsLimit(now: number): number {
    return requestsMax * this.#width() * this.#share.at(now);
  }

  #fits(seconds: number, now: number, needsLittle: boolean): boolean {
    if (this.requests(now) + this.#inFlight >= this.#requestsLimit(now)) return false;
    if (this.used(now) + this.#overhang(seconds, now) > this.#limit(now, needsLittle)) return false;
    return this.#stillUntil(seconds, now, needsLittle) <= now;
  }

  /** When the window lets go of so much that there is room for all that runs on by the time that it has run, in the clock's milliseconds. */
  #stillUntil(seconds: number, now: number, needsLittle: boolean): number {
    if (!needsLittle && !this.#expectsLittle()) return now;
    const running = this.used(now) - this.#ran.at(now);
    const left = needsLittle ? 0 : secondsMax * this.#width() * forLittle;
    const at = this.#ran.whenAtMost(this.#limit(now, needsLittle) - left - running - this.#remaining(now), now);
    return at - 1000 * Math.max(seconds, this.#bookedSeconds / Math.max(1, this.#inFlight));
  }

  #limit(now: number, needsLittle: boolean): number {
    const share = this.#share.at(now) + (needsLittle ? forLittle : 0) + slack;
    return secondsMax * this.#width() * share - this.#reserve();
  }

  /** What runs on is let in with what the window lets go meanwhile; only more than that counts. */
  #overhang(seconds: number, now: number): number {
    return Math.max(0, this.#remaining(now) - lanesSustained * this.#width() * seconds);
  }

  /** Of the requests in flight. */
  #remaining(now: number): number {
    return Math.max(0, this.#bookedSeconds - (this.#inFlight * now - this.#bookedAt) / 1000);
  }

  #refillPerSecond(now: number): number {
    return lanesSustained * this.#width() * this.#share.at(now) * refillFactor;
  }

  #refill(now: number): void {
    const width = this.#width();
    if (width === Number.POSITIVE_INFINITY) return;
    const [perSecond, room] = [this.#refillPerSecond(now), this.planned(now) - this.#ran.at(now)];
    this.#tokens.refill({ width, perSecond, room, isIdle: this.#inFlight === 0, isShared: this.#isPart() }, now);
  }
}
