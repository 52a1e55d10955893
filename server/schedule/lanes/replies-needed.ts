/** How many replies are enough to judge a number of lanes: as few as noise allows, since the worse of the two that are compared costs pace. */
import type { Sample } from "./rungs.ts";
import { spreadOf } from "./rungs.ts";

/** Replies, and replies for each lane, whichever is more. */
const least = 16;
const perLane = 1.5;
/** For each lane where requests are short: the first replies of a probe still tell of the lanes before it. */
const perLaneShort = 3;
/** While lanes are being doubled. */
export const repliesAtStart = 6;
/** So few are enough where lanes are few, and a step is a great one. */
const leastOfProbe = 3;
/** A probe lasts so long if requests are short, since more of them cost little; else one and a half rounds of its lanes. */
const probeSeconds = 8;
/** Standard deviation of a reply's time per row until more is known: 0.7 to 1.3 times the mean. */
const spreadFirst = 0.18;
/** Judgements over which its mean is taken. */
const spreadOver = 4;

export class RepliesNeeded {
  /** Standard deviation of single replies, in terms of their mean. */
  #spread = spreadFirst;

  /** These were judged. */
  judged(samples: readonly Sample[]): void {
    this.#spread += (spreadOf(samples) - this.#spread) / spreadOver;
  }

  /** Replies to judge lanes by that stay as they are. */
  toHold(lanes: number): number {
    return Math.max(least, perLane * lanes);
  }

  /**
   * Replies to compare lanes by: so many that a knee and no knee lie two standard errors apart. Few for a great step, more where single
   * replies vary much.
   * @param step the lanes that are tried, in terms of those before. @param samples so far, at least one.
   */
  toCompare(lanes: number, step: number, samples: readonly Sample[]): number {
    const seconds = samples.reduce((sum, sample) => sum + sample.seconds, 0) / samples.length;
    const each = Math.max(perLane, probeSeconds / seconds);
    const enough = 32 * (this.#spread / Math.log(step)) ** 2;
    const few = Math.max(leastOfProbe, lanes * Math.min(each, perLaneShort));
    return Math.min(Math.max(least, lanes * each), Math.max(few, enough));
  }
}
