/** The faults that are left to play. A request plays one; those behind it in the script do not count it. */
import type { Chance } from "../core/chance.ts";
import { seededChance } from "../core/chance.ts";
import type { Clock } from "../core/clock.ts";
import { checkFault, FaultScriptError } from "./check.ts";
import type { Hit, SetOf } from "./match.ts";
import { operationTest, requestTest } from "./match.ts";
import type { Fault, FaultMatch } from "./script.ts";

/** More is no script but a mistake. */
const faultsMax = 10_000;
/** Requests that a rate hits unless it says otherwise: beyond it a run is no test of a client any more. */
const ratedCountMax = 100_000;
/** So that draws for faults change no id that the same seed gives. */
const ownSeed = 0x5fa17;

interface Pending {
  readonly fault: Fault;
  readonly meant: (hit: Hit) => boolean;
  /** Milliseconds since 1970. */
  readonly added: number;
  /** Matching requests. */
  seen: number;
  /** Requests that played it. */
  played: number;
}

export interface FaultSettings {
  readonly seed: number;
  readonly clock: Clock;
  readonly setOf: SetOf;
}

export class Faults {
  private readonly settings: FaultSettings;
  private pending: Pending[] = [];
  private chance: Chance;

  constructor(settings: FaultSettings) {
    this.settings = settings;
    this.chance = seededChance(settings.seed ^ ownSeed);
  }

  /** Adds a script, or none of it. Throws a FaultScriptError that names the fault and the field. */
  add(script: unknown): void {
    if (!Array.isArray(script)) {
      throw new FaultScriptError("A fault script is a JSON array of faults.");
    }
    if (this.pending.length + script.length > faultsMax) {
      throw new FaultScriptError(`More than ${faultsMax} faults are pending.`);
    }
    this.pending.push(...script.map((item: unknown, index) => this.compile(checkFault(item, index), index)));
  }

  /** What is left, with the number of matching requests seen so far. */
  left(): readonly (Fault & { readonly seen: number })[] {
    return this.pending.map(({ fault, seen }) => ({ ...fault, seen }));
  }

  /** None is left, and the draws begin anew. */
  clear(): void {
    this.pending = [];
    this.chance = seededChance(this.settings.seed ^ ownSeed);
  }

  /** The fault that this request plays, if any. */
  take(hit: Hit): Fault | undefined {
    for (const entry of this.pending) {
      const match = entry.fault.match ?? {};
      if (!this.isTime(match, entry.added) || !entry.meant(hit)) {
        continue;
      }
      entry.seen += 1;
      if (entry.seen < (match.nth ?? 1) || !this.drawn(entry.fault)) {
        continue;
      }
      entry.played += 1;
      if (entry.played >= countOf(entry.fault)) {
        this.pending = this.pending.filter((other) => other !== entry);
      }
      return entry.fault;
    }
    return undefined;
  }

  private compile(fault: Fault, index: number): Pending {
    const { setOf, clock } = this.settings;
    try {
      if ("where" in fault && fault.where !== undefined) {
        operationTest(fault.where, setOf);
      }
      return { fault, meant: requestTest(fault.match ?? {}, setOf), added: clock.now(), seen: 0, played: 0 };
    } catch (error) {
      throw new FaultScriptError(`Fault ${index}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private isTime({ from_ms = 0, until_ms = Number.POSITIVE_INFINITY }: FaultMatch, added: number): boolean {
    const since = this.settings.clock.now() - added;
    return since >= from_ms && since < until_ms;
  }

  private drawn({ rate }: Fault): boolean {
    return rate === undefined || this.chance.next() < rate;
  }
}

function countOf({ match, rate }: Fault): number {
  return match?.count ?? (rate === undefined ? 1 : ratedCountMax);
}
