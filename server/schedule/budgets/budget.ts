/**
 * What one principal may still ask of one web server. Two 300 s windows, of execution seconds and of requests, say how much fits; a token
 * bucket says how fast it may be spent. Only a share of the documented limits is planned with. All of it is a forecast, which throttle
 * replies correct.
 */
import type { Gate } from "../../transport/gate.ts";
import { Knocks } from "./knocks.ts";
import { foreignMemoryMs, Share } from "./share.ts";
import { SlidingSum, windowMs } from "./sliding-sum.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Execution seconds and requests in a window (documented: service protection API limits). */
const secondsMax = 1200;
const requestsMax = 6000;
/** Requests in flight. 52 are documented; two are left to whoever else uses the principal. */
const inFlightMax = 50;
/** Busy requests at once that the window pays for indefinitely: 1,200 s of execution in 300 s. */
export const lanesSustained = secondsMax / (windowMs / 1000);
/** Share of a window by which the check before sending may exceed the planned share. */
const slack = 0.003;
/** Tokens come back by so much faster than the window frees seconds, so that in the long run the window is what limits. */
const refillFactor = 1.03;
/** A plan counts as spent when no more than this share of it is left: a window that one lane fills is never quite full. */
const spentLeft = 0.15;
/** The same of a window that somebody else uses too, where what was missed is not caught up; at least so many seconds. */
const spentLeftShared = 0.05;
const spentLeftLeast = 8;
/**
 * After a volley a window frees nothing for minutes. So streams that need little may exceed the plan by this share of a window, and while
 * such streams come and go all others stay below it by as much.
 */
const forLittle = 0.005;
/** A refusal that names no limit is taken to mean a window of which our own requests have used at least this share. */
const fullShare = 0.9;
/** While the share recovers it makes room for another request of the 6,000 within this time, long before the window frees any. */
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
  readonly #tokens = new TokenBucket();
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

  /** Takes over what was counted for the same server under its earlier cookie: windows, tokens, and the throttle. */
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

  /** The share of the documented limits that is planned with, 0 to 1. */
  share(now: number): number {
    return this.#share.at(now);
  }

  /** Requests left to plan with. */
  requestsLeft(now: number): number {
    return this.#requestsLimit(now) - this.requests(now);
  }

  /** When this share of the seconds that the window holds now has left it, in the clock's milliseconds. */
  forgottenAt(share: number, now: number): number {
    return this.#ran.whenAtMost(this.#ran.at(now) * (1 - share), now);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** When the forecast was last proved wrong: a refusal of a request that had left before tells nothing new. */
  get overdrawnAt(): number {
    return this.#overdrawnAt;
  }

  /** Requests in flight that it takes at once, however empty its windows are. */
  get most(): number {
    const width = this.#width();
    // Until several servers are known it is taken for one: a larger volley would be refused at once.
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

  /** The same as if it stood for one server alone: as much as there surely is. */
  roomOfOne(now: number): number {
    return secondsMax * this.#share.at(now) - this.used(now);
  }

  /** Whether it is the plan that holds requests back, and no throttle. */
  isSpent(now: number): boolean {
    if (!this.gate.isOpen) return false;
    const planned = this.planned(now);
    return (
      this.room(now) < (this.#isPart() ? Math.max(spentLeftLeast, spentLeftShared * planned) : spentLeft * planned)
    );
  }

  /** The whole window may be spent as fast as the environment takes it; not where somebody else was seen to spend it too. */
  beginBurst(now: number): void {
    if (now - this.#overdrawnAt > foreignMemoryMs) this.#tokens.beginBurst();
  }

  /** Nothing may be spent faster than it comes back any more. */
  endBurst(): void {
    this.#tokens.endBurst();
  }

  /** Whether a request of so many seconds may go now. @param needsLittle it may use what is kept for such requests. */
  mayTake(seconds: number, now: number, needsLittle = false): boolean {
    if (!this.gate.isOpen) return false;
    this.#refill(now);
    const width = this.#width();
    if (this.#isCrowded(seconds, width)) return false;
    if (width === Number.POSITIVE_INFINITY) return true;
    return (this.#tokens.isOpen && this.#fits(seconds, now, needsLittle)) || now >= this.#knockAt(seconds, now);
  }

  /** Whether there is room for a request that is addressed to no server, and may come here. */
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

  /** How many windows of that kind our own use would fill: 1 is one server's whole limit. */
  windowsUsed(kind: "seconds" | "requests", now: number): number {
    if (kind === "requests") return this.requests(now) / requestsMax;
    // The journey was taken off each charge: if it was believed too long, many short requests were charged too little.
    return (this.used(now) + this.requests(now) * this.#travel()) / secondsMax;
  }

  /** The window that our own use has about filled, if any. */
  explains(now: number): "seconds" | "requests" | undefined {
    const full = fullShare * Math.min(this.#width(), 1) * this.#share.at(now);
    return (["seconds", "requests"] as const).find((kind) => this.windowsUsed(kind, now) >= full);
  }

  /** The service says that a window is full, though by the plan it is not. @param isGuess whether the width is. */
  overdrawn(kind: "seconds" | "requests", now: number, isGuess: boolean): void {
    this.#refill(now);
    this.#overdrawnAt = now;
    this.#tokens.overdrawn();
    this.#knocks.refused(now);
    // Of several servers only the fullest refused: then the guessed width is too great, and not the share.
    if (!isGuess) this.#share.overdrawn(this.windowsUsed(kind, now) / this.#width(), now);
  }

  #lanes(seconds: number, width: number): number {
    if (width === Number.POSITIVE_INFINITY || this.isBurst) return this.most;
    if (this.#share.isShared) return this.#lanesShared(width);
    // The width may be less than one lane needs.
    const sustained = Math.max(1, Math.round(lanesSustained * width));
    return Math.min(this.most, sustained + Math.ceil(this.#tokens.spareLanes(seconds, width) * width));
  }

  /** A refusal hits all requests in flight. So there is one more than the share sustains, and not even that while a greater share is tried. */
  #lanesShared(width: number): number {
    const sustained = Math.max(1, Math.round(lanesSustained * width * this.#share.last));
    return this.#share.isTrying ? sustained : sustained + 1;
  }

  /** Whether every lane is taken: only an answer frees one, not time. */
  #isCrowded(seconds: number, width: number): boolean {
    // Whoever shares the window may have been refused meanwhile, and for longer: one request asks first.
    const isDoubted = this.gate.isHalfOpen || (this.gate.isUnproven && this.#isPart());
    return this.#inFlight >= (isDoubted ? 1 : this.#lanes(seconds, width));
  }

  /** When one request may go beyond the plan, in the clock's milliseconds: only where the plan is for less than one lane, which is a guess. */
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

  /**
   * The earliest time, in the clock's milliseconds, to send a request of so many seconds, so that the window has room for everything in flight
   * when that is over. Asked for streams that need little, and for others while such streams come.
   */
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

  /** Seconds that requests in flight will still take beyond what the window frees at its sustained rate meanwhile. */
  #overhang(seconds: number, now: number): number {
    return Math.max(0, this.#remaining(now) - lanesSustained * this.#width() * seconds);
  }

  /** Seconds that the requests in flight will still take, as expected. */
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
