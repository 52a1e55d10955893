/**
 * Execution time within a sliding window: the integral of how many requests ran. A running request is charged while it
 * runs, or a volley of long ones would pass the gate at once; its time leaves the window as it entered, bit by bit.
 */

/** From `time` on, `running` requests ran; until then `sum` milliseconds of execution had passed in all. */
interface Mark {
  readonly time: number;
  readonly sum: number;
  readonly running: number;
}

const origin: Mark = { time: 0, sum: 0, running: 0 };

export class BusyTime {
  private readonly windowMs: number;
  /** At most two for each request of the window, and one before it. */
  private marks: Mark[] = [];
  private first = 0;
  private last: Mark = origin;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  get running(): number {
    return this.last.running;
  }

  /** A request started (+1) or ended (-1), `lateMs` after the time that it is charged for. */
  change(now: number, by: 1 | -1, lateMs = 0): void {
    this.last = { time: now, sum: at(this.last, now) - lateMs, running: this.last.running + by };
    this.marks.push(this.last);
    this.forget(now - this.windowMs);
  }

  /** Milliseconds of execution in the window that ends now. */
  used(now: number): number {
    const edge = now - this.windowMs;
    this.forget(edge);
    return at(this.last, now) - this.before(edge);
  }

  /**
   * Milliseconds until less than `allowed` remains in the window, if what runs takes `remainingMs` more and nothing else
   * comes; the window's length if it cannot be told.
   */
  wait(now: number, allowed: number, remainingMs: number): number {
    const mustLeave = at(this.last, now) + remainingMs - allowed;
    for (let index = this.first; index < this.marks.length; index += 1) {
      const mark = this.marks[index] ?? origin;
      const end = this.marks[index + 1]?.time ?? now;
      if (at(mark, end) > mustLeave) {
        // The moment itself still holds all that is allowed; a millisecond later there is room.
        return mark.time + Math.max(0, mustLeave - mark.sum) / Math.max(1, mark.running) + this.windowMs - now + 1;
      }
    }
    return this.windowMs;
  }

  /** Milliseconds until the window's edge comes to some execution. */
  untilLeaving(now: number): number {
    const edge = now - this.windowMs;
    for (let index = this.first; index < this.marks.length; index += 1) {
      const mark = this.marks[index] ?? origin;
      if (mark.running > 0 && (this.marks[index + 1]?.time ?? now) > edge) {
        return Math.max(0, mark.time - edge);
      }
    }
    return this.windowMs;
  }

  /** Of all execution, what had passed at the window's edge. */
  private before(edge: number): number {
    const oldest = this.marks[this.first];
    return oldest === undefined ? this.last.sum : at(oldest, Math.max(edge, oldest.time));
  }

  /** Lets go of marks before the one that is in force at the edge. */
  private forget(edge: number): void {
    while (this.first + 1 < this.marks.length && (this.marks[this.first + 1]?.time ?? 0) <= edge) {
      this.first += 1;
    }
    if (this.first * 2 > this.marks.length) {
      this.marks = this.marks.slice(this.first);
      this.first = 0;
    }
  }
}

function at(mark: Mark, time: number): number {
  return mark.sum + mark.running * (time - mark.time);
}
