/** All that an environment measures its requests by: web servers, limits, capacity, prices and entitlement. A reset replaces it as a whole. */
import type { Chance } from "../core/chance.ts";
import { seededChance } from "../core/chance.ts";
import type { Clock } from "../core/clock.ts";
import type { WebRequest } from "../wire/http.ts";
import type { AffinityMode } from "./affinity.ts";
import { Affinity } from "./affinity.ts";
import type { CapacitySettings } from "./capacity.ts";
import { Capacity } from "./capacity.ts";
import type { Costs } from "./cost.ts";
import { costOf, flatCosts, noise } from "./cost.ts";
import { Entitlement } from "./entitlement.ts";
import { Gate } from "./gate.ts";
import type { LimitSettings } from "./limits.ts";
import type { Lease } from "./window.ts";
import { workOf } from "./work.ts";

export interface ProtectionOptions {
  readonly seed?: number;
  /** Web servers, each with its own limits. */
  readonly servers?: number;
  readonly affinity?: AffinityMode;
  readonly limits?: LimitSettings | "off";
  /** Requests so soon after a throttle answer were on their way and are not early. */
  readonly graceMs?: number;
  /** Milliseconds that every request takes, and every operation in it, before compression; the simple form of `costs`. */
  readonly requestMs?: number;
  readonly operationMs?: number;
  readonly costs?: Costs;
  /** Absent: any number of requests runs at full speed. */
  readonly capacity?: CapacitySettings;
  readonly dopHint?: number;
}

export interface ProtectionPlace {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly principals: number;
  /** Logical name of an entity set; what is none is given back. */
  readonly tableOf: (set: string) => string;
}

export interface Order<T> {
  readonly principal: string;
  readonly request: WebRequest;
  readonly lease: Lease;
  readonly work: () => T;
  /** Rows that a bulk message got to before it failed; undefined if it did not. */
  readonly rowsDone: (result: T) => number | undefined;
}

export class Protection {
  readonly affinity: Affinity;
  readonly gate: Gate;
  readonly capacity: Capacity | undefined;
  readonly entitlement = new Entitlement();
  private readonly place: ProtectionPlace;
  private readonly costs: Costs;
  private readonly isFree: boolean;
  private readonly compression: number;
  private readonly chance: Chance;

  constructor(options: ProtectionOptions, place: ProtectionPlace) {
    const { servers = 1, limits = "off", graceMs = 0, seed = 1, affinity = "on" } = options;
    this.place = place;
    this.compression = limits === "off" ? 1 : limits.compression;
    this.costs = options.costs ?? flatCosts(options.requestMs ?? 0, options.operationMs ?? 0);
    this.isFree = options.costs === undefined && !options.requestMs && !options.operationMs;
    this.chance = seededChance(seed ^ 0xc057);
    this.affinity = new Affinity({ servers, mode: affinity, compression: this.compression, seed }, place.chance);
    this.capacity =
      options.capacity === undefined
        ? undefined
        : new Capacity(options.capacity, { ...place, compression: this.compression });
    this.gate = new Gate({ limits, graceMs }, this.capacity);
  }

  /** Whether a bulk message that fails costs only what it did up to the bad row, so that it must be run to know its price. */
  private get paysByPart(): boolean {
    return this.costs.failed === "part";
  }

  /** Milliseconds of execution on the clock. `rowsDone`: of a bulk message that failed there. */
  private serviceMs(request: WebRequest, rowsDone?: number): number {
    if (this.isFree) {
      return 0;
    }
    const work = workOf(request);
    const done =
      rowsDone !== undefined && work.kind === "alone" && work.step.kind === "bulk"
        ? { ...work, step: { ...work.step, rows: Math.min(rowsDone, work.step.rows) } }
        : work;
    const ms = costOf(this.costs, done, this.place.tableOf);
    return (ms * (this.costs.noise ? noise(this.chance) : 1)) / this.compression;
  }

  /**
   * Lets the time of a request pass, longer where the environment is crowded, with `work` at the end of it or, where the
   * price depends on it, before; only that time is charged.
   */
  async run<T>(order: Order<T>): Promise<T> {
    const { clock } = this.place;
    const { request, lease, work } = order;
    const began = clock.now();
    const early = this.paysByPart ? { result: work() } : undefined;
    const ms = this.serviceMs(request, early === undefined ? undefined : order.rowsDone(early.result));
    const lasted = ms > 0 ? await this.pass(order.principal, ms, lease) : 0;
    const { result } = early ?? { result: work() };
    if (!this.isFree) {
      lease.lateMs += clock.now() - began - lasted;
    }
    return result;
  }

  /** The milliseconds that it took. */
  private async pass(principal: string, ms: number, lease: Lease): Promise<number> {
    const { clock } = this.place;
    const start = clock.now();
    if (this.capacity === undefined) {
      lease.remainingMs = () => Math.max(0, start + ms - clock.now());
      await clock.sleep(ms);
      return ms;
    }
    const job = this.capacity.start(principal, ms);
    lease.remainingMs = () => job.remainingMs();
    return (await job.done) - start;
  }
}
