/** What the whole environment can do at once, and what becomes of requests beyond it. Nothing in an answer says which. */
import type { Clock } from "../core/clock.ts";
import type { Job } from "./sharing.ts";
import { Sharing } from "./sharing.ts";

export const capacityModels = ["shared-stretch", "principal-stretch", "refuse"] as const;
/**
 * shared-stretch: all running requests share the lanes. principal-stretch: each principal has its even part of them.
 * refuse: a request beyond the lanes is refused like one beyond the concurrent requests.
 */
export type CapacityModel = (typeof capacityModels)[number];

export interface CapacitySettings {
  readonly model: CapacityModel;
  /** Requests that run at full speed at once. */
  readonly lanes: number;
  /** How steeply the throughput of all falls beyond the lanes: n requests do (lanes / n) ^ penalty of what the lanes can. */
  readonly penalty: number;
  /** Later sizes, in order of time. */
  readonly steps: readonly CapacityStep[];
}

export interface CapacityStep {
  /** Milliseconds from the start, before compression. */
  readonly afterMs: number;
  readonly lanes: number;
}

export interface CapacityPlace {
  readonly clock: Clock;
  readonly principals: number;
  /** All time shrinks by this factor. */
  readonly compression: number;
}

export class Capacity {
  private readonly settings: CapacitySettings;
  private readonly place: CapacityPlace;
  /** One, or one for each principal. */
  private readonly groups = new Map<string, Sharing>();
  private lanes: number;
  private running = 0;

  constructor(settings: CapacitySettings, place: CapacityPlace) {
    this.settings = settings;
    this.place = place;
    this.lanes = settings.lanes;
    const start = place.clock.now();
    for (const { afterMs, lanes } of settings.steps) {
      const at = start + afterMs / place.compression;
      void place.clock.sleep(at - start).then(() => this.change(lanes, at));
    }
  }

  /** Whether a request that arrives now is one too many. */
  get full(): boolean {
    return this.settings.model === "refuse" && this.running + 1 > this.lanes;
  }

  /** A request is there from its admission to its answer. */
  enter(): void {
    this.running += 1;
  }

  leave(): void {
    this.running -= 1;
  }

  /** Does `workMs` of work, stretched where the lanes do not suffice. */
  start(principal: string, workMs: number): Job {
    return this.group(this.settings.model === "principal-stretch" ? principal : "").start(workMs);
  }

  /** `at`: when it happened, not later than now. */
  change(lanes: number, at = this.place.clock.now()): void {
    this.lanes = lanes;
    for (const group of this.groups.values()) {
      group.setLanes(this.share(), at);
    }
  }

  private share(): number {
    switch (this.settings.model) {
      case "shared-stretch":
        return this.lanes;
      case "principal-stretch":
        return this.lanes / this.place.principals;
      case "refuse":
        return Number.POSITIVE_INFINITY;
    }
  }

  private group(name: string): Sharing {
    let group = this.groups.get(name);
    if (group === undefined) {
      group = new Sharing(this.place.clock, this.share(), this.settings.penalty);
      this.groups.set(name, group);
    }
    return group;
  }
}
