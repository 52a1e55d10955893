/**
 * How many requests an environment takes at once before everything gets slower: found by comparing the time of a row at two numbers of
 * lanes, never with a remembered minimum, which noise would set (docs/scheduling.md).
 */

import type { Windows } from "../principals/windows.ts";
import { LookDown } from "./look-down.ts";
import { Refusals } from "./refusals.ts";
import { RepliesNeeded, repliesAtStart } from "./replies-needed.ts";
import type { Sample } from "./rungs.ts";
import { paceOf, Rungs, stretch } from "./rungs.ts";
import { spareLanes } from "./spare-lanes.ts";

/** The time of a row grows as (lanes) ^ elasticity: 0 below the knee, 1 above it. This is the border between the two. */
const flat = 0.5;
/** From this elasticity on, both numbers of lanes that were compared lie above the knee, noise aside. */
const steepEnough = 0.85;
/** The border between the two at the start: there the replies that come first, which are those judged, are the quick ones. */
const steepAtStart = 0.6;
/** From this elasticity on, spare lanes cost more than they bring. */
const steep = 1.25;
/** Rows that take so many times longer than before at the same lanes: what is remembered of other lanes is no longer true. */
const slower = 1.3;
/** Steps of a probe, as a share of the lanes. */
const stepUp = 0.12;
/** Great enough that few replies show whether rows got quicker. */
const stepDown = 0.25;
/** Until more lanes are tried again, doubling while that is in vain. */
const waitLeastMs = 30_000;
const waitMostMs = 480_000;
/** Where windows bind, no more lanes than so many times what they sustain are ever in use: of more there is nothing to learn. */
const usedMost = 3;
/** One look down goes to this share of the lanes at most: what it finds may be noise. */
const lookShare = 0.5;
/**
 * How long spare lanes stay withdrawn, divided by the time that requests travel in terms of their execution. Spare lanes make up for
 * travel: the less there is of it, the less they bring, and the more seldom they are worth another try.
 */
const sparePauseMs = 18_000;
const sparePauseMostMs = 900_000;
/** A knee within this range of what the windows sustain is taken for exactly that: estimates err by 5 to 10 %. */
const snapFrom = 0.84;
const snapTo = 1.3;

type Phase = "start" | "hold" | "up" | "down";

export class Knee {
  readonly #most: number;
  readonly #rungs = new Rungs();
  #phase: Phase = "start";
  /** In force, spare lanes aside. */
  #lanes: number;
  /** Before the probe that is under way. */
  #from: number;
  /** Of a look down: lanes to go back to when fewer are worse, and the fewest to try. */
  #home = 0;
  #least = 1;
  /** Spare lanes are put aside, so that the lanes of a comparison are those of its samples. */
  #isBare = false;
  /** By which the probe under way adds lanes. */
  #step = 1;
  #epoch = 0;
  #samples: Sample[] = [];
  /** Replies in a row that came while not all lanes could be used. */
  #unused = 0;
  readonly #needed = new RepliesNeeded();
  /** The elasticity that was found last. */
  #told = Number.NaN;
  #probeAt = 0;
  #waitMs = waitLeastMs;
  readonly #lookDown = new LookDown();
  #spareAt = 0;
  readonly #refusals = new Refusals();

  /** @param start lanes to begin with. @param most whatever is found. */
  constructor(start: number, most: number) {
    this.#lanes = Math.min(start, most);
    this.#from = this.#lanes;
    this.#most = most;
  }

  /** Replies to requests that were sent in another epoch tell nothing of the lanes in force. */
  get epoch(): number {
    return this.#epoch;
  }

  /** What lanes in force rest on, for the log; NaN where no two numbers of lanes were compared. */
  get state(): { readonly phase: string; readonly epoch: number; readonly elasticity: number } {
    return { phase: this.#phase, epoch: this.#epoch, elasticity: this.#told };
  }

  /** The environment takes about what the windows sustain, or less: nothing is gained by a burst. */
  isTight({ sustained }: Windows): boolean {
    return this.#phase !== "start" && this.#settled <= snapTo * sustained;
  }

  /** The capacity is so near to what the windows sustain that it is taken for exactly that. */
  isExact(windows: Windows): boolean {
    return windows.exact && !windows.burst && this.isTight(windows) && this.#settled >= this.#snapFrom(windows);
  }

  /** Requests that may be in flight at once. */
  lanes(windows: Windows, now: number): number {
    if (this.#phase === "hold" && this.isExact(windows)) {
      const sustained = Math.max(1, Math.round(windows.sustained));
      return this.#refusals.hold(now) ? Math.min(this.#lanes, sustained) : sustained;
    }
    return Math.min(
      this.#most,
      this.#lanes + (this.#mayAdd(windows, now) ? spareLanes(this.#lanes, windows.travel, windows.principals) : 0),
    );
  }

  /** The service hints how many it likes: where to start, and no more than that. */
  hint(lanes: number): void {
    if (this.#phase !== "start" || this.#epoch > 0 || this.#samples.length > 0) return;
    this.#lanes = Math.min(lanes, this.#most);
    this.#from = this.#lanes;
  }

  /** A request was refused for too many at once, while so many others were in flight. */
  refused(others: number, now: number): void {
    this.#lanes = this.#refusals.refused(this.#lanes, others, now);
    this.#settle(this.#lanes, now);
  }

  /** Refusals say how many lanes there are. Then no spare lane can make up for the time in which a request travels. */
  isRefused(now: number): boolean {
    return this.#refusals.hold(now);
  }

  /** A request of this epoch was answered that had been sent while the lanes, and nothing else, were the limit. */
  learn(sample: Sample, windows: Windows, now: number): void {
    this.#samples.push(sample);
    this.#unused = 0;
    this.#refusals.answered();
    const lanes = this.lanes(windows, now);
    if (this.#samples.length >= this.#repliesFor(lanes)) this.#judge(lanes, windows, now);
  }

  /** The windows hold requests back: a probe of more lanes would judge some that were never used. */
  bound(now: number): void {
    if (this.#phase === "up") this.#settle(this.#from, now);
  }

  /** A request was answered while only `used` lanes carried anything, since memory was short: to compare more of them is in vain. */
  unused(used: number, now: number): void {
    this.#unused += 1;
    if (used < this.#lanes && this.#unused >= this.#needed.toHold(used)) this.#settle(Math.max(1, used), now);
  }

  get #settled(): number {
    return this.#phase === "up" || this.#phase === "down" ? this.#from : this.#lanes;
  }

  #mayAdd(windows: Windows, now: number): boolean {
    if (this.#phase !== "hold" || this.#isBare || this.#refusals.hold(now) || windows.bind) return false;
    return now >= this.#spareAt && this.#lanes < this.#snapFrom(windows);
  }

  /** `sustained` counts travelling requests as well; what the environment takes at once is found by those that are executed. */
  #snapFrom({ sustained, travel }: Windows): number {
    return (snapFrom * sustained) / (1 + travel);
  }

  #judge(lanes: number, windows: Windows, now: number): void {
    const pace = paceOf(this.#samples);
    const before = this.#rungs.at(lanes, now);
    const slowed = before === undefined ? 1 : (stretch(before, pace) ?? 1);
    if (slowed > slower) this.#rungs.clear();
    this.#rungs.add(lanes, pace, now);
    this.#needed.judged(this.#samples);
    this.#begin();
    switch (this.#phase) {
      case "start":
        this.#judgeStart(windows, now);
        break;
      case "up":
        this.#judgeUp(now);
        break;
      case "down":
        this.#judgeDown(windows, now);
        break;
      case "hold":
        if (slowed > slower) this.#probeDown(lanes, now);
        else this.#hold(lanes, windows, now);
    }
  }

  #repliesFor(lanes: number): number {
    switch (this.#phase) {
      case "start":
        return repliesAtStart;
      case "hold":
        return this.#needed.toHold(lanes);
      case "up":
      case "down":
        return this.#needed.toCompare(lanes, this.#lanes / this.#from, this.#samples);
    }
  }

  #judgeStart({ sustained, most, bind }: Windows, now: number): void {
    // Unknown counts as below the knee: to stop too late is put right at once by a look down, to stop too early costs the burst.
    const elasticity = this.#elasticity(this.#from, this.#lanes, now) ?? 0;
    if (elasticity >= steepAtStart) this.#fallBack(now);
    else if (bind || this.#lanes >= Math.min(this.#most, most)) this.#settle(this.#lanes, now);
    else {
      this.#from = this.#lanes;
      this.#lanes = Math.min(this.#most, most, Math.ceil(this.#lanes * (this.#lanes < sustained ? 2 : 1.5)));
    }
  }

  #judgeUp(now: number): void {
    const elasticity = this.#elasticity(this.#from, this.#lanes, now) ?? 0;
    if (elasticity >= flat) {
      this.#waitMs = Math.min(waitMostMs, this.#waitMs * 2);
      this.#fallBack(now);
      return;
    }
    this.#waitMs = waitLeastMs;
    this.#step *= 2;
    this.#from = this.#lanes;
    this.#lanes = Math.min(this.#most, this.#lanes + this.#step);
    if (this.#lanes === this.#from) this.#settle(this.#lanes, now);
  }

  #judgeDown(windows: Windows, now: number): void {
    const elasticity = this.#elasticity(this.#lanes, this.#from, now) ?? 0;
    if (elasticity <= flat) {
      this.#lookDown.inVain(this.#lanes / this.#home, now);
      this.#settle(isCharged(windows) ? this.#equal(this.#lanes, this.#home, now) : this.#home, now);
      return;
    }
    this.#lookDown.found();
    // The knee lies between the two, or no fewer are to be tried: as many as do the same work at the pace of the fewer.
    if (elasticity < steepEnough || this.#lanes <= this.#least) {
      this.#settle(this.#equal(this.#lanes, this.#from, now), now);
      this.#lookDown.endedOnTheWay(now);
    } else {
      this.#home = this.#lanes;
      this.#stepDown(this.#lanes);
    }
  }

  #hold(lanes: number, windows: Windows, now: number): void {
    const spared = this.#elasticity(this.#lanes, lanes, now) ?? 0;
    if (spared > steep) this.#spareAt = now + Math.min(sparePauseMostMs, sparePauseMs / windows.travel);
    const { bind, sustained } = windows;
    const isUsed = !bind || this.#lanes <= usedMost * sustained;
    if (this.#refusals.hold(now)) {
      if (this.#lanes < sustained && this.#refusals.mayAsk(now))
        this.#settle(Math.min(this.#most, this.#lanes + 1), now);
    } else if (this.#lookDown.isDue(now) && this.#lanes > 1 && isUsed) this.#lookAt(lanes, windows, now);
    else if (!bind && now >= this.#probeAt && !this.isExact(windows)) this.#probeUp();
  }

  /**
   * Tries fewer lanes. What was seen of them a while ago is not paid for again, but where there are more than windows sustain: too many are
   * charged for nothing, and what was seen may have been noise. Spare lanes are put aside first, for a fair comparison.
   */
  #lookAt(lanes: number, windows: Windows, now: number): void {
    const seen = this.#elasticity(fewerThan(this.#lanes), this.#lanes, now);
    if (seen !== undefined && seen <= flat && this.#lanes < windows.sustained) {
      this.#isBare = false;
      this.#lookDown.begin(now);
      if (isCharged(windows)) this.#settle(this.#equal(fewerThan(this.#lanes), this.#lanes, now), now);
    } else if (lanes > this.#lanes && !this.#isBare) this.#isBare = true;
    else this.#probeDown(lanes, now);
  }

  #probeUp(): void {
    this.#from = this.#lanes;
    this.#step = Math.max(1, Math.round(this.#lanes * stepUp));
    this.#lanes = Math.min(this.#most, this.#lanes + this.#step);
    if (this.#lanes > this.#from) this.#phase = "up";
  }

  /** @param lanes in force, whose pace is known: with spare ones, or fewer than were found where windows bring them down. */
  #probeDown(lanes: number, now: number): void {
    this.#home = Math.min(lanes, this.#lanes);
    this.#least = Math.max(1, Math.round(this.#home * lookShare));
    this.#waitMs = waitLeastMs;
    if (lanes === 1) {
      this.#settle(1, now);
      return;
    }
    this.#phase = "down";
    this.#stepDown(lanes);
    this.#lookDown.begin(now);
    this.#begin();
  }

  #stepDown(lanes: number): void {
    this.#from = lanes;
    this.#lanes = fewerThan(lanes);
  }

  /** More lanes only made rows slower: back to as many as do the same work at the old pace. */
  #fallBack(now: number): void {
    const equal = this.#equal(this.#from, this.#lanes, now);
    this.#settle(Math.max(this.#from, Math.min(equal, this.#lanes - 1)), now);
  }

  /** How many lanes do at the pace of the fewer what `more` do at theirs. */
  #equal(fewer: number, more: number, now: number): number {
    const first = this.#rungs.at(fewer, now);
    const second = this.#rungs.at(more, now);
    const slowed = first === undefined || second === undefined ? 1 : (stretch(first, second) ?? 1);
    return Math.max(fewer, Math.min(more, Math.round(more / slowed)));
  }

  #settle(lanes: number, now: number): void {
    this.#phase = "hold";
    this.#isBare = false;
    this.#lanes = lanes;
    this.#from = lanes;
    this.#probeAt = now + this.#waitMs;
    this.#begin();
  }

  #begin(): void {
    this.#epoch += 1;
    this.#samples = [];
    this.#unused = 0;
  }

  #elasticity(fewer: number, more: number, now: number): number | undefined {
    const first = this.#rungs.at(fewer, now);
    const second = this.#rungs.at(more, now);
    if (first === undefined || second === undefined || fewer >= more) return undefined;
    const slowed = stretch(first, second);
    if (slowed === undefined) return undefined;
    this.#told = Math.log(slowed) / Math.log(more / fewer);
    return this.#told;
  }
}

/**
 * Windows bind whose size is a guess: then nothing but the pace says how many lanes are right, and stretched time is charged. So the little
 * that more lanes bring is given up.
 */
function isCharged({ bind, exact }: Windows): boolean {
  return bind && !exact;
}

/** What a look down compares so many lanes with. */
function fewerThan(lanes: number): number {
  return Math.max(1, Math.min(lanes - 1, Math.round(lanes * (1 - stepDown))));
}
