/**
 * Processor sharing: what runs shares a number of lanes evenly, so that more than that many makes everyone slower. Each
 * job's end is computed, not stepped to: a job or a change of lanes costs O(log n) and one timer at most.
 */
import type { Clock } from "../core/clock.ts";

export interface Job {
  /** When it ended, which a late timer tells later. */
  readonly done: Promise<number>;
  /** Milliseconds that it would still take if nothing came or went. */
  remainingMs(): number;
}

interface Running {
  /** The group's progress at which it is done. */
  readonly target: number;
  readonly finish: (end: number) => void;
}

/** Milliseconds: a double holds the time since 1970 no finer than a quarter of this. */
const tolerance = 1e-3;

export class Sharing {
  private readonly clock: Clock;
  private lanes: number;
  private readonly penalty: number;
  /** Milliseconds of work that each job running since the start would have got done by `at`. */
  private progress = 0;
  private at: number;
  /** Latest target first; bounded by the concurrent requests of all principals and servers. */
  private readonly jobs: Running[] = [];
  /** When the next timer is due; earlier needs one of its own, later ones find nothing due and set another. */
  private wakesAt = Number.POSITIVE_INFINITY;

  /** `penalty`: how much the throughput of all falls beyond the lanes; 0 leaves it as it is at them. */
  constructor(clock: Clock, lanes: number, penalty: number) {
    this.clock = clock;
    this.lanes = lanes;
    this.penalty = penalty;
    this.at = clock.now();
  }

  get running(): number {
    return this.jobs.length;
  }

  start(workMs: number): Job {
    this.advance(this.clock.now());
    const target = this.progress + workMs;
    const done = new Promise<number>((finish) => {
      const before = this.placeOf(target);
      this.jobs.splice(before, 0, { target, finish });
    });
    this.wake();
    return { done, remainingMs: () => this.remaining(target) };
  }

  /** `at`: not later than now, when the number changed. */
  setLanes(lanes: number, at: number): void {
    this.advance(at);
    this.lanes = lanes;
    this.wake();
  }

  private get rate(): number {
    return Math.min(1, (this.lanes / this.jobs.length) ** (1 + this.penalty));
  }

  private remaining(target: number): number {
    this.advance(this.clock.now());
    return Math.max(0, (target - this.progress) / this.rate);
  }

  /** Lets everything end that has ended by then, each at its own time, even where the timer was late. */
  private advance(now: number): void {
    for (let next = this.jobs.at(-1); next !== undefined; next = this.jobs.at(-1)) {
      const end = this.at + Math.max(0, next.target - this.progress) / this.rate;
      if (end > now + tolerance) {
        this.progress += Math.max(0, now - this.at) * this.rate;
        break;
      }
      this.at = end;
      this.progress = next.target;
      this.jobs.pop();
      next.finish(end);
    }
    this.at = Math.max(this.at, now);
  }

  private wake(): void {
    const next = this.jobs.at(-1);
    if (next === undefined) {
      return;
    }
    const due = this.at + Math.max(0, next.target - this.progress) / this.rate;
    if (due >= this.wakesAt) {
      return;
    }
    this.wakesAt = due;
    void this.clock.sleep(Math.max(0, due - this.clock.now())).then(() => {
      if (this.wakesAt === due) {
        this.wakesAt = Number.POSITIVE_INFINITY;
      }
      this.advance(this.clock.now());
      this.wake();
    });
  }

  /** Where a job with this target belongs; of two with the same, the earlier one ends first. */
  private placeOf(target: number): number {
    let [low, high] = [0, this.jobs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.jobs[middle]?.target ?? 0) > target) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
