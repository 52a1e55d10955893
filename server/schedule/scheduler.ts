/**
 * Who may send now. A turn is the right to send, not a batch: what is sent is decided when the turn comes, so nothing encoded lies
 * waiting and a small stream is never behind a large one's backlog. Three things hold a turn back: the lanes that the environment
 * takes at once, the windows of its principals, and the Retry-After of its throttles.
 */
import PQueue from "p-queue";
import type { EnvironmentFigures } from "../core/environment-figures.ts";
import type { Waiting } from "../transport/gate.ts";
import type { Reply, Request, Send, Work } from "../transport/http.ts";
import type { Resend } from "../transport/retry.ts";
import type { Berth, DeskOptions, Throttle } from "./desk.ts";
import { Desk } from "./desk.ts";
import type { Lane } from "./lane.ts";
import { Knee } from "./lanes/knee.ts";
import { fullShare, Lessons } from "./lessons.ts";
import type { LaneKind } from "./outages/outage.ts";
import { Outage } from "./outages/outage.ts";
import { inRotation, isLetIn, once } from "./outages/question.ts";
import { rejectedStatus } from "./outages/rejections.ts";
import type { Bar, Want } from "./principals/candidates.ts";
import { anyone, anyoneForLittle } from "./principals/candidates.ts";
import type { Place } from "./principals/member.ts";
import { Alarm } from "./turns/alarm.ts";
import { Overdraft } from "./turns/overdraft.ts";
import type { Seat, TurnOptions } from "./turns/rota.ts";
import { Rota } from "./turns/rota.ts";
import { StillClock } from "./turns/still-clock.ts";
import type { WaitReason } from "./turns/waits.ts";
import { Waits } from "./turns/waits.ts";
import { Waiters } from "./waiters.ts";
import type { Exchange, Order } from "./wire-lane.ts";
import { WireLane } from "./wire-lane.ts";

/** Lanes to start with where the service hints none: what it recommends for a small environment. */
const lanesUnhinted = 4;
/** Sockets and bodies of one environment: 8 principals on 8 servers at twice the pace that windows sustain. */
export const lanesMax = 512;
/** A request that is expected to take no longer counts as a read, which needs no lane of its own. */
const readSeconds = 0.1;

export interface SchedulerOptions extends DeskOptions {
  /** Around the attempts of every request. */
  readonly resend: (attempt: Send) => Resend;
  /** A read that costs the service next to nothing: asked during an outage, to hear when it is over. */
  readonly question: Request;
  /** Of a 429. */
  readonly throttleOf: (reply: Reply) => Throttle;
  /** Whom or what the reply to a whole request refuses; absent = nobody. */
  readonly barOf?: (reply: Reply, request: Request) => Bar | undefined;
}

interface LaneParts {
  readonly kind: LaneKind;
  readonly berth?: Berth | undefined;
  readonly needsLittle?: boolean | undefined;
  /** The only place that its requests may go to. */
  readonly place?: Place;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: StillClock;
  readonly #desk: Desk;
  readonly #knee = new Knee(lanesUnhinted, lanesMax);
  readonly #outage: Outage;
  readonly #lessons: Lessons;
  readonly #queue = new PQueue<Rota, TurnOptions>({ queueClass: Rota, concurrency: lanesUnhinted });
  readonly #waiters = new Waiters();
  readonly #overdraft = new Overdraft();
  readonly #waits = new Waits((reason, seconds) => this.#options.log?.debug("a wait is over", { reason, seconds }));
  /** When something may be sent again though nothing is answered. */
  readonly #alarm: Alarm;

  constructor(options: SchedulerOptions) {
    const clock = new StillClock(options.clock);
    this.#options = options;
    this.#clock = clock;
    this.#desk = new Desk({ ...options, clock });
    this.#lessons = new Lessons({ knee: this.#knee, desk: this.#desk, question: options.question });
    const put = (place: Place): Promise<boolean> => isLetIn(options.question, this.#lane({ kind: "question", place }));
    this.#outage = new Outage({ ...options, clock, ask: inRotation((spared) => this.#desk.pick({ spared }), put) });
    this.#alarm = new Alarm(clock, () => this.#steer());
  }

  /** How many turns can be had at once. */
  get width(): number {
    return this.#queue.concurrency;
  }

  /** How many of them a stream can use: fewer where some principals lack the right to what it does. */
  widthFor({ scope }: Seat): number {
    return Math.ceil(this.width * this.#desk.crew.shareOf(scope));
  }

  /** How long a request should take, seconds. */
  get requestSeconds(): number {
    return this.#desk.requestSeconds;
  }

  /** What each request costs beside its execution, in terms of it, seconds. */
  get surcharge(): number {
    return this.#knee.isRefused(this.#clock.now()) ? this.#desk.roundTripMs / 1000 : this.#desk.surcharge;
  }

  /** A lane for reads that belong to no turn. */
  get reader(): Lane {
    return this.#lane({ kind: "read" });
  }

  /** A lane for what a stream must know before its first turn. */
  get opener(): Lane {
    return this.#lane({ kind: "opening", needsLittle: true });
  }

  /** For each principal a lane that goes by no other: to see that each of them can sign in. */
  readers(): readonly { readonly principal: string; readonly lane: Lane }[] {
    return this.#desk.alone().map((place) => ({
      principal: place.member.principal.name,
      lane: this.#lane({ kind: "read", place }),
    }));
  }

  /** Seconds of execution since the beginning. */
  get executedSeconds(): number {
    return this.#desk.crew.executedSeconds;
  }

  /** Seconds of the clock in which there was work that an outage, throttles or used up windows held back, since the beginning. */
  get heldSeconds(): number {
    const { outage, throttled, limits } = this.#waits.seconds(this.#clock.now());
    return outage + throttled + limits;
  }

  /** Milliseconds until the windows will have let so many seconds of execution through; infinite while nobody knows. */
  forecastMs(seconds: number): number {
    return this.#desk.forecastMs(seconds);
  }

  /** All that can be told of it now. */
  figures(): EnvironmentFigures {
    return {
      lanes: this.#queue.concurrency,
      inFlight: this.#desk.inFlight,
      servers: this.#desk.servers,
      waitedSeconds: this.#waits.seconds(this.#clock.now()),
      principals: this.#desk.crew.figures(),
    };
  }

  /** Why and until when nobody may send what needs the right that `scope` names; undefined while somebody may. */
  waitingFor(scope?: string | undefined): Waiting | undefined {
    const { askAt, holds } = this.#outage;
    if (!holds) return this.#desk.waiting({ ...anyone, scope });
    const untilMs = Math.ceil(this.#clock.wall() + askAt - this.#clock.now());
    return { untilMs, reason: "the service lets nobody in", principal: this.#options.principals[0]?.name ?? "" };
  }

  /** Whether throttles or windows keep everybody from sending what needs the right that `scope` names. */
  isHeld(scope: string | undefined): boolean {
    return this.#desk.waiting({ ...anyone, scope }) !== undefined;
  }

  /**
   * Resolves after `work` had its turn, or as soon as `signal` is aborted before the turn came: whoever has nothing to send any
   * more must not wait behind others' requests. Once begun, the work looks at its own signal: p-queue, given that one, would
   * free the lane of work that is still on the wire.
   */
  async turn(seat: Seat, work: (lane: Lane) => Promise<void>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (this.#goesBeside(seat)) return await this.#runBeside(seat, work);
    const queued = new AbortController();
    const withdraw = (): void => queued.abort(signal.reason);
    signal.addEventListener("abort", withdraw, { once: true });
    const begin = async (): Promise<void> => {
      signal.removeEventListener("abort", withdraw);
      await this.#run(seat, work);
    };
    try {
      const turn = this.#queue.add(begin, { signal: queued.signal, seat });
      // Otherwise the turn has begun, or the next answer or alarm decides.
      if (this.#queue.isPaused && !this.#alarm.isSet) this.#steer();
      else this.#noteHeld();
      await turn;
    } catch (thrown) {
      if (!queued.signal.aborted) throw thrown;
      // It may have been the last that waited.
      this.#steer();
    }
  }

  async #run(seat: Seat, work: (lane: Lane) => Promise<void>, { needsLittle } = anyone): Promise<void> {
    const prepaid = seat.expected();
    const berth = this.#mayJoin(true) ? this.#book(prepaid, { ...anyone, needsLittle, scope: seat.scope }) : undefined;
    const lane = this.#lane({ kind: "turn", berth, needsLittle });
    try {
      await work(lane);
    } finally {
      lane.close();
      seat.served += lane.seconds - prepaid;
      this.#overdraft.served(lane.seconds);
    }
  }

  /** A stream that needs next to nothing need not wait for a lane or a window: it crowds out nobody. */
  #goesBeside(seat: Seat): boolean {
    const isFull = this.#queue.isPaused || this.#queue.pending >= this.#queue.concurrency;
    return isFull && !this.#outage.holds && this.#overdraft.allows(seat.expected(), seat.served);
  }

  async #runBeside(seat: Seat, work: (lane: Lane) => Promise<void>): Promise<void> {
    const seconds = seat.expected();
    this.#desk.expectLittle();
    this.#overdraft.overdraw(seconds);
    seat.served += seconds;
    try {
      await this.#run(seat, work, anyoneForLittle);
    } finally {
      this.#steer();
    }
  }

  #lane({ kind, berth, place, needsLittle }: LaneParts): WireLane {
    return new WireLane({
      clock: this.#clock,
      resend: kind === "question" ? once : this.#options.resend,
      berth,
      take: (asked, signal) => {
        const order = { ...asked, want: { ...asked.want, needsLittle } };
        const at =
          place ?? (this.#outage.holds && !this.#outage.outlasts(kind) ? this.#desk.pick(order.want) : undefined);
        return at === undefined ? this.#take(order, signal) : this.#takeAt(at, order.seconds, signal);
      },
      rested: (turns) => this.#waiters.rested(turns),
      cancel: (unused) => {
        this.#desk.cancel(unused);
        this.#steer();
      },
      answered: (sent, exchange) => this.#answered(sent, exchange),
      lost: (lost, spent) => {
        const seconds = this.#desk.lost(lost, spent);
        if (kind === "turn") this.#lessons.lost(lost, this.#clock.now());
        this.#steer();
        return seconds;
      },
      met: (reply, work) => kind !== "question" && this.#met(reply, work) && this.#outage.outlasts(kind),
      barOf: (reply, request) => this.#options.barOf?.(reply, request),
      barred: (refused, bar, order) => {
        const mayGoOn = this.#desk.crew.barred(refused.member, bar, order);
        this.#steer();
        return mayGoOn && place === undefined;
      },
      permitted: ({ member }, scope) => member.rights.granted(scope, this.#clock.now()),
    });
  }

  #answered(berth: Berth, { request, reply, work, operations, elapsedMs }: Exchange): number {
    const throttle = reply.status === 429 ? this.#desk.named(this.#options.throttleOf(reply), berth) : undefined;
    const isLight = request.method === "GET" && work === undefined;
    const seconds = this.#desk.answered(berth, reply, {
      elapsedMs,
      throttle,
      isLight,
      isWork: work !== undefined && reply.status !== rejectedStatus,
      operations,
    });
    const turns = { lanes: this.#queue.concurrency, pending: this.#queue.pending, resting: this.#waiters.resting };
    this.#lessons.answered(berth, { request, reply, work, throttle, seconds }, turns, this.#clock.now());
    this.#steer();
    return seconds;
  }

  /** @returns whether it met an outage. */
  #met(reply: Reply | undefined, work: Work | undefined): boolean {
    const isOutage = this.#outage.met(reply, work);
    if (this.#outage.holds) this.#steer();
    return isOutage;
  }

  /** Books there as soon as no gate is closed, whatever else holds requests back. */
  async #takeAt(place: Place, seconds: number, signal: AbortSignal): Promise<Berth> {
    for (;;) {
      const ms = place.member.openAt(place) - this.#clock.now();
      if (ms <= 0) return this.#desk.book(place, seconds, -1);
      await this.#clock.sleep(Math.ceil(ms), signal);
    }
  }

  async #take(order: Order, signal: AbortSignal): Promise<Berth> {
    signal.throwIfAborted();
    const berth = this.#waiters.size === 0 ? this.#bookFor(order) : undefined;
    return berth ?? (await this.#waiters.wait(order, signal, () => this.#steer()));
  }

  #bookFor({ seconds, want }: Order): Berth | undefined {
    // A lane may have been taken away since its turn began. Reads are too short to crowd out anyone.
    return this.#mayJoin(seconds <= readSeconds || want.needsLittle === true) ? this.#book(seconds, want) : undefined;
  }

  /** @param isBeside it needs no lane of its own, unless the service refuses requests beyond its lanes. */
  #mayJoin(isBeside: boolean): boolean {
    const isFree = this.#desk.inFlight < this.#queue.concurrency;
    return isFree || (isBeside && !this.#knee.isRefused(this.#clock.now()));
  }

  #book(seconds: number, want: Want): Berth | undefined {
    // Where only other principals have room, the turn begins without a berth, and its lane waits for one.
    const place = this.#pick(want);
    if (place === undefined) return undefined;
    // With lanes to spare, an answer tells nothing of how many the environment takes.
    const isFull = this.#queue.pending - this.#waiters.idle >= fullShare * this.#queue.concurrency;
    const berth = this.#desk.book(place, seconds, isFull ? this.#knee.epoch : -1);
    // No further turn could be booked: whatever frees a place starts the queue again.
    if (this.#pick() === undefined) this.#queue.pause();
    return berth;
  }

  /** Looks for room for a typical request, whatever this one takes: then a place that was seen can be booked. */
  #pick(want: Want = anyone): Place | undefined {
    return this.#outage.holds ? undefined : this.#desk.pick(want);
  }

  /** After anything that may let requests leave, or hold them back. */
  #steer(): void {
    const isFree = this.#clock.during(() => this.#decide());
    if (!isFree) return;
    this.#queue.start();
    // What was free is taken: others go on waiting, though nothing happens until one of these is answered.
    this.#noteHeld();
  }

  /** No turn begins meanwhile. @returns whether any may. */
  #decide(): boolean {
    this.#queue.pause();
    const windows = this.#desk.windows();
    if (this.#knee.isTight(windows)) this.#desk.endBursts();
    this.#desk.keepEven(this.#knee.isExact(windows));
    this.#waiters.serve(
      (order) => this.#bookFor(order),
      () => this.#pick(anyoneForLittle) === undefined,
    );
    const isFree = this.#pick() !== undefined;
    const lanes = this.#knee.lanes(windows, this.#clock.now());
    if (this.#queue.concurrency !== lanes) this.#setLanes(lanes);
    this.#waits.note(this.#held(isFree), this.#clock.now());
    if (this.#queue.size === 0 && this.#waiters.size === 0) this.#alarm.stop();
    else if (this.#outage.holds) this.#outlast();
    else this.#hold(isFree);
    return isFree;
  }

  #setLanes(lanes: number): void {
    const before = this.#queue.concurrency;
    this.#queue.concurrency = lanes;
    this.#options.log?.debug("lanes changed", { lanes, before, ...this.#knee.state });
  }

  /** No turn is left in a queue that is not paused but for want of lanes. */
  #noteHeld(): void {
    this.#waits.note(this.#held(!this.#queue.isPaused), this.#clock.now());
  }

  /** What holds back the work that there is. */
  #held(isFree: boolean): WaitReason | undefined {
    if (this.#queue.size === 0 && this.#waiters.size === 0) return undefined;
    if (this.#outage.holds) return "outage";
    if (!isFree) return this.#desk.reason();
    return this.#queue.pending >= this.#queue.concurrency ? "lanes" : undefined;
  }

  /** The service is asked as long as anything waits for it. */
  #outlast(): void {
    this.#outage.ask().then(
      (isNews) => {
        if (isNews) this.#steer();
      },
      // It rejects for nothing but a defect, which the work will meet.
      () => undefined,
    );
    this.#alarm.setBy(Math.max(this.#outage.askAt, this.#desk.pick() === undefined ? this.#desk.nextAt() : 0));
  }

  /** The windows or a Retry-After hold requests back though lanes are free, or every lane is taken. */
  #hold(isFree: boolean): void {
    // Where others may send, one may wait for the only principal that has the right. Looked at before calm makes room for those that wait.
    const held = this.#waiters.wants.filter((want) => this.#pick(want) === undefined);
    if (!isFree && this.#queue.pending < this.#queue.concurrency) {
      this.#knee.bound(this.#clock.now());
      this.#desk.calm();
    }
    for (const want of isFree ? held : [anyone, ...held]) this.#alarm.setBy(this.#desk.nextAt(want));
  }
}
