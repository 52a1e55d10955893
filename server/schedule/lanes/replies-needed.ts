/** How many replies tell of a number of lanes: as few as noise allows, for a comparison costs what the worse of the two does less. */
import type { Sample } from "./rungs.ts";
import { spreadOf } from "./rungs.ts";

const least = 16;
const perLane = 1.5;
/** Of short requests: the first replies of a probe tell of the lanes before it, too. */
const perLaneShort = 3;
/** While lanes are being doubled. */
export const repliesAtStart = 6;
/** Great steps, of few lanes, show in so few. */
const leastOfProbe = 3;
/** Short requests are cheap to ask more of: a probe lasts so long, or one and a half rounds of its lanes. */
const probeSeconds = 8;
/** A request takes 0.7 to 1.3 times what it takes on average, until more is known. */
const spreadFirst = 0.18;
const spreadOver = 4;

export class RepliesNeeded {
  /** Of single replies about their mean. */
  #spread = spreadFirst;

  /** These were judged. */
  judged(samples: readonly Sample[]): void {
    this.#spread += (spreadOf(samples) - this.#spread) / spreadOver;
  }

  /** Of lanes that stay as they are. */
  toHold(lanes: number): number {
    return Math.max(least, perLane * lanes);
  }

  /**
   * So many that a knee and no knee lie two standard errors apart: few for a great step, more where single replies tell little.
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
