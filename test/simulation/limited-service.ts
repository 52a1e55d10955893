/** A service that only takes time: the emulator's limits, web servers and capacity, around requests whose path says how many rows they write. */
import type { Reply, Request, Send } from "../../server/transport/http.ts";
import { seededChance } from "../emulator/core/chance.ts";
import type { AffinityMode } from "../emulator/limits/affinity.ts";
import { Affinity } from "../emulator/limits/affinity.ts";
import type { CapacitySettings } from "../emulator/limits/capacity.ts";
import { Capacity } from "../emulator/limits/capacity.ts";
import { Gate } from "../emulator/limits/gate.ts";
import type { LimitSettings } from "../emulator/limits/limits.ts";
import { serviceLimits } from "../emulator/limits/limits.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

export interface LimitedSettings {
  readonly seed: number;
  readonly principals: number;
  readonly servers: number;
  readonly affinity: AffinityMode;
  readonly capacity?: CapacitySettings | undefined;
  readonly limits?: Partial<LimitSettings>;
  readonly hint: number;
  /** Of a request and of each row, milliseconds. */
  readonly requestMs: number;
  readonly rowMs: number;
  /** Each request takes 0.7 to 1.3 times as long, one in 500 ten times that. */
  readonly noise: boolean;
}

export interface Record {
  readonly principal: string;
  readonly server: number;
  /** Answered, in the clock's milliseconds. */
  readonly at: number;
  readonly rows: number;
  readonly status: number;
  readonly early: boolean;
  /** Of its work to what its rows cost on average. */
  readonly noise: number;
}

/** There and back. */
const travelLeastMs = 50;
const travelMostMs = 150;

export class LimitedService {
  readonly records: Record[] = [];
  readonly #settings: LimitedSettings;
  readonly #clock: VirtualClock;
  readonly #chance;
  readonly #affinity: Affinity;
  readonly #gate: Gate;
  readonly #capacity: Capacity | undefined;

  constructor(settings: LimitedSettings, clock: VirtualClock) {
    const { seed, servers, affinity, capacity, principals } = settings;
    const place = { now: () => clock.wall(), sleep: (ms: number) => clock.sleep(ms) };
    const limits = { ...serviceLimits, ...settings.limits };
    this.#settings = settings;
    this.#clock = clock;
    this.#chance = seededChance(seed ^ 0xc057);
    this.#affinity = new Affinity({ servers, mode: affinity, compression: 1, seed }, seededChance(seed));
    this.#capacity =
      capacity === undefined ? undefined : new Capacity(capacity, { clock: place, principals, compression: 1 });
    this.#gate = new Gate({ limits, graceMs: travelMostMs }, this.#capacity);
  }

  /** One attempt of `principal`. */
  sender(principal: string): Send {
    return async (request, trip) => {
      if (trip.mayLeave?.() === false) throw new Error("A request was to leave through a closed gate.");
      const travelMs = travelLeastMs + this.#chance.next() * (travelMostMs - travelLeastMs);
      await this.#clock.sleep(travelMs / 2);
      const reply = await this.#answer(principal, request);
      await this.#clock.sleep(travelMs / 2);
      return reply;
    };
  }

  async #answer(principal: string, { path, headers }: Request): Promise<Reply> {
    const rows = Number(path);
    const { requestMs, rowMs, hint } = this.#settings;
    const now = this.#clock.wall();
    const route = this.#affinity.route(principal, headers["cookie"], now);
    const admission = this.#gate.admit(principal, route, now);
    const record = { principal, server: route.server, rows, early: admission.early };
    const always = { ...this.#affinity.cookie(route), "x-ms-dop-hint": String(hint) };
    if (admission.kind === "refused") {
      this.records.push({ ...record, at: this.#clock.now(), status: 429, noise: 0 });
      const { status, headers: told, body } = admission.reply;
      return { status, headers: { ...told, ...always }, body: Buffer.from(String(body)) };
    }
    const noise = this.#noise();
    const workMs = (requestMs + rows * rowMs) * noise;
    const { lease } = admission;
    const until = now + workMs;
    if (this.#capacity === undefined) {
      lease.remainingMs = () => Math.max(0, until - this.#clock.wall());
      await this.#clock.sleep(workMs);
    } else {
      const job = this.#capacity.start(principal, workMs);
      lease.remainingMs = () => job.remainingMs();
      await job.done;
    }
    admission.leave(this.#clock.wall());
    this.records.push({ ...record, at: this.#clock.now(), status: 200, noise });
    return { status: 200, headers: always, body: Buffer.alloc(0) };
  }

  #noise(): number {
    if (!this.#settings.noise) return 1;
    const usual = 0.7 + 0.6 * this.#chance.next();
    return this.#chance.next() < 1 / 500 ? usual * 10 : usual;
  }
}
