/** Streams without end before a service that only takes time: how much of what it has to give they get, and what they do to it. */
import { once } from "node:events";
import { asSidecarError } from "../../server/core/errors.ts";
import { Turns } from "../../server/publish/sending/turns.ts";
import { Costs } from "../../server/publish/splitting/costs.ts";
import { Strategy } from "../../server/publish/splitting/strategy.ts";
import type { Lane } from "../../server/schedule/lane.ts";
import type { Scheduler } from "../../server/schedule/scheduler.ts";
import type { AffinityMode } from "../emulator/limits/affinity.ts";
import type { CapacityModel } from "../emulator/limits/capacity.ts";
import { repeating, schedulerOf } from "../support/publish/scripted-lane.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { LimitedService } from "./limited-service.ts";

export interface Cell {
  readonly principals: number;
  readonly servers: number;
  readonly affinity?: AffinityMode;
  /** Requests that the whole environment runs at full speed at once; absent = any number. */
  readonly lanes?: number;
  readonly model?: CapacityModel;
  readonly hint?: number;
  /** Processes that know nothing of each other. */
  readonly schedulers?: number;
  /** When those beside the first begin, seconds from the start. */
  readonly joinsAt?: number;
  /** When the state is taken for steady: the windows that were empty have been filled, and lanes have been found. */
  readonly steadyAt?: number;
  /** Until its end, from the start. */
  readonly seconds?: number;
}

/** In a steady state. */
export interface Figures {
  /** Rows written, of those that the limits allow, percent. */
  readonly share: number;
  /** The same of the scheduler that got least. */
  readonly least: number;
  /** Of all requests, percent. */
  readonly throttled: number;
  /** Requests before their Retry-After, from the start. */
  readonly early: number;
}

const seedFirst = 1;
/** Of one run's few thousand requests a handful more or less is refused by chance. */
const runs = 3;
const requestMs = 60;
const rowMs = 8;
/** As many as a request may have: what the ceiling is reckoned with. */
const rowsMost = 1000;
/** Of a window: seconds of execution a second, and requests a second. */
const lanesOfWindow = 4;
const requestsOfWindow = 20;
const readsFirst = 5;

/** Rows without end, by bulk requests. */
export class EndlessStream {
  readonly written: { readonly at: number; readonly rows: number }[] = [];
  readonly #scheduler: Scheduler;
  readonly #clock: VirtualClock;
  readonly #costs = new Costs();
  readonly strategy: Strategy;

  constructor(scheduler: Scheduler, clock: VirtualClock) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    const requestSeconds = (): number => scheduler.requestSeconds;
    const surcharge = (): number => scheduler.surcharge;
    this.strategy = new Strategy({ choice: "AUTO", costs: this.#costs, requestSeconds, surcharge });
  }

  /** Resolves when `signal` is aborted and nothing is on the wire any more. */
  async run(signal: AbortSignal): Promise<void> {
    // As a publication reads metadata first, which tells of the round trip.
    for (let i = 0; i < readsFirst; i++) {
      await this.#scheduler.reader.send({ method: "GET", path: "0", headers: {} }, { signal });
    }
    const defect = Promise.withResolvers<never>();
    const turns = new Turns({
      scheduler: this.#scheduler,
      seat: { served: 0, expected: () => this.strategy.expected(rowsMost) },
      clock: this.#clock,
      signal,
      wanted: () => Number.POSITIVE_INFINITY,
      nextAt: () => undefined,
      send: (lane) => this.#send(lane, signal),
      over: () => undefined,
      fail: defect.reject,
    });
    turns.pump();
    await Promise.race([once(signal, "abort"), defect.promise]);
    await turns.silence();
  }

  async #send(lane: Lane, signal: AbortSignal): Promise<void> {
    const { size } = this.strategy.next();
    const work = { kind: "rows", rows: size, ...this.strategy.work("bulk", size) };
    try {
      const { seconds } = await lane.send({ method: "POST", path: String(size), headers: {} }, { signal, work });
      this.strategy.answered("bulk", size, seconds);
      this.strategy.judged(size, 0);
      this.written.push({ at: this.#clock.now(), rows: size });
    } catch (thrown) {
      if (!signal.aborted && asSidecarError(thrown).code !== "deadline_passed") throw thrown;
    }
  }
}

/** Means of several runs; requests that came early of all of them. */
export async function runCell(cell: Cell): Promise<Figures> {
  const each: Figures[] = [];
  for (let seed = seedFirst; seed < seedFirst + runs; seed++) each.push(await runOnce(cell, seed));
  const mean = (figure: (one: Figures) => number): number => sum(each.map(figure)) / runs;
  return {
    share: mean(({ share }) => share),
    least: mean(({ least }) => least),
    throttled: mean(({ throttled }) => throttled),
    early: sum(each.map(({ early }) => early)),
  };
}

async function runOnce(cell: Cell, seed: number): Promise<Figures> {
  const { schedulers = 1, joinsAt = 0, steadyAt = 300, seconds = 900 } = cell;
  const clock = new VirtualClock({ seed });
  const service = new LimitedService(settingsOf(cell, seed), clock);
  const names = Array.from({ length: cell.principals }, (_, i) => `app ${i}`);
  const streams = Array.from({ length: schedulers }, () => {
    const principals = names.map((name) => ({ name, send: service.sender(name) }));
    return new EndlessStream(schedulerOf(clock, principals, { resend: repeating(clock) }), clock);
  });
  const halt = new AbortController();
  const from = clock.now() + steadyAt * 1000;
  const until = clock.now() + seconds * 1000;
  const over = clock.sleep(seconds * 1000).then(() => halt.abort(new Error("over")));
  const runs = streams.map(async (stream, nth) => {
    if (nth > 0 && joinsAt > 0) await clock.sleep(joinsAt * 1000);
    await stream.run(halt.signal);
  });
  await clock.run(Promise.all([over, ...runs]));
  const isSteady = ({ at }: { readonly at: number }): boolean => at >= from && at < until;
  const records = service.records.filter(isSteady);
  const done = records.filter(({ status }) => status === 200);
  const rows = sum(done.map((record) => record.rows));
  const noise = sum(done.map((record) => record.rows * record.noise)) / rows;
  const ceiling = (rowsASecond(cell) * (until - from)) / 1000 / noise;
  const shareOf = (written: number): number => (100 * written) / ceiling;
  return {
    share: shareOf(rows),
    least: Math.min(...streams.map(({ written }) => shareOf(sum(written.filter(isSteady).map((each) => each.rows))))),
    throttled: (100 * (records.length - done.length)) / records.length,
    early: service.records.filter(({ early }) => early).length,
  };
}

export function settingsOf(cell: Cell, seed = seedFirst): ConstructorParameters<typeof LimitedService>[0] {
  const { principals, servers, affinity = "on", lanes, model = "shared-stretch", hint = 4 } = cell;
  const capacity = lanes === undefined ? undefined : { model, lanes, penalty: 0, steps: [] };
  return { seed, principals, servers, affinity, hint, requestMs, rowMs, noise: true, capacity };
}

/** What the tightest of the limits allows for ever, if requests were full. */
function rowsASecond({ principals, servers, lanes = Number.POSITIVE_INFINITY }: Cell): number {
  const windows = principals * servers;
  const requestSeconds = (requestMs + rowsMost * rowMs) / 1000;
  return (
    rowsMost * Math.min((lanesOfWindow * windows) / requestSeconds, requestsOfWindow * windows, lanes / requestSeconds)
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
