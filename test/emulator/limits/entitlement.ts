/** Requests as licences count them: per principal and day, each operation of a batch and each target of a bulk message. Nothing is refused for it. */

const dayMs = 86_400_000;
/** Days that are kept of each principal; a run of more than a year forgets its beginning. */
const daysMax = 400;

/** By client id, then by day of the universal time. */
export type EntitlementCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export class Entitlement {
  /** By principal, then by day; bounded by the principals and the days. */
  private readonly days = new Map<string, Map<string, number>>();
  private day = Number.NaN;
  private name = "";

  add(principal: string, operations: number, now: number): void {
    const day = this.nameOf(now);
    let days = this.days.get(principal);
    if (days === undefined) {
      days = new Map();
      this.days.set(principal, days);
    }
    const before = days.get(day);
    days.set(day, (before ?? 0) + operations);
    if (before === undefined && days.size > daysMax) {
      days.delete(days.keys().next().value ?? day);
    }
  }

  counts(): EntitlementCounts {
    return Object.fromEntries([...this.days].map(([principal, days]) => [principal, Object.fromEntries(days)]));
  }

  private nameOf(now: number): string {
    const day = Math.floor(now / dayMs);
    if (day !== this.day) {
      this.day = day;
      this.name = new Date(day * dayMs).toISOString().slice(0, 10);
    }
    return this.name;
  }
}
