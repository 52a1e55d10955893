/**
 * The emulator's own web servers, limits, capacity and prices in front of a table of marks, on virtual time. It keeps what every request
 * came to; what it answers of metadata is the emulator's.
 */
import type { Reply } from "../../server/transport/http.ts";
import { seededChance } from "../../test/emulator/core/chance.ts";
import type { Emulator } from "../../test/emulator/emulator.ts";
import { createEmulator } from "../../test/emulator/emulator.ts";
import type { Route } from "../../test/emulator/limits/affinity.ts";
import { noise, readCosts } from "../../test/emulator/limits/cost.ts";
import { serviceLimits } from "../../test/emulator/limits/limits.ts";
import { Protection } from "../../test/emulator/limits/protection.ts";
import type { Lease } from "../../test/emulator/limits/window.ts";
import { parseSchema } from "../../test/emulator/schema/load.ts";
import type { WebReply, WebRequest } from "../../test/emulator/wire/http.ts";
import { isReset } from "../../test/emulator/wire/http.ts";
import type { VirtualClock } from "../../test/support/virtual-clock.ts";
import type { Cell } from "./cell.ts";
import { costs, prices } from "./cell.ts";
import { Rows, schema } from "./rows.ts";
import type { Applied } from "./table.ts";
import { Table } from "./table.ts";

export interface Record {
  readonly principal: string;
  readonly server: number;
  /** Answered, milliseconds since the start. */
  readonly at: number;
  readonly status: number;
  readonly way: Applied["way"] | "read" | "throttled";
  readonly rows: number;
  readonly judged: number;
  readonly written: number;
  /** Of its time to what its work costs on average. */
  readonly noise: number;
  /** Of execution, as charged. */
  readonly seconds: number;
  /** What its work costs on average where nothing stretches it, seconds. */
  readonly work: number;
}

/** What was on its way when a throttle reply left was not sent in defiance of it. */
const graceMs = 200;

export class Service {
  readonly records: Record[] = [];
  readonly rows: Rows;
  readonly table: Table;
  readonly principals: readonly string[];
  readonly #cell: Cell;
  readonly #clock: VirtualClock;
  readonly #start: number;
  readonly #protection: Protection;
  readonly #metadata: Emulator;
  /** Draws what the limiter draws. */
  readonly #noise;

  constructor(cell: Cell, clock: VirtualClock) {
    const { seed, servers, principals, affinity, hint, capacity } = cell;
    const place = { now: () => clock.wall(), sleep: (ms: number) => clock.sleep(ms) };
    this.#cell = cell;
    this.#clock = clock;
    this.#start = clock.now();
    this.rows = new Rows(cell);
    this.table = new Table(this.rows);
    this.#metadata = createEmulator({ seed, auth: false, principals, clock: place, ...parseSchema(schema) });
    this.principals = this.#metadata.principals.map(({ clientId }) => clientId);
    this.#noise = seededChance(seed ^ 0xc057);
    this.#protection = new Protection(
      {
        seed,
        servers,
        affinity,
        limits: serviceLimits,
        graceMs,
        costs: readCosts(costs),
        dopHint: hint,
        ...(capacity === undefined ? {} : { capacity: { ...capacity, steps: [] } }),
      },
      { clock: place, chance: seededChance(seed), principals, tableOf: (set) => set },
    );
  }

  /** Admits, executes and answers a request of `principal`. */
  async answer(principal: string, request: WebRequest): Promise<Reply> {
    const { affinity, gate } = this.#protection;
    const route = affinity.route(principal, request.headers["cookie"], this.#clock.wall());
    const admission = gate.admit(principal, route, this.#clock.wall());
    const common = { principal, server: route.server };
    if (admission.kind === "refused") {
      this.records.push({ ...common, ...nothing, at: this.#elapsed(), status: 429, way: "throttled" });
      return this.#reply(admission.reply, route);
    }
    const from = this.#clock.now();
    const metadata = request.method === "GET" ? await this.#read(request) : undefined;
    const factor = noise(this.#noise);
    const applied = await this.#run(principal, request, { lease: admission.lease, metadata });
    admission.leave(this.#clock.wall());
    const { reply, way, rows, judged, written } = applied;
    const spent = { noise: factor, seconds: (this.#clock.now() - from) / 1000, work: workOf(applied) / 1000 };
    this.records.push({ ...common, at: this.#elapsed(), status: reply.status, way, rows, judged, written, ...spent });
    return this.#reply(reply, route);
  }

  async #run(
    principal: string,
    request: WebRequest,
    { lease, metadata }: { readonly lease: Lease; readonly metadata: WebReply | undefined },
  ): Promise<Applied | Read> {
    return await this.#protection.run<Applied | Read>({
      principal,
      request,
      lease,
      work: () => (metadata === undefined ? this.table.apply(request) : { ...nothing, reply: metadata, way: "read" }),
      rowsDone: (result) => ("reached" in result ? result.reached : undefined),
    });
  }

  async #read(request: WebRequest): Promise<WebReply> {
    const answer = await this.#metadata.handle(request);
    if (isReset(answer)) throw new Error("The emulator reset a connection, though nobody asked it to.");
    // What its own web server says of itself is not ours.
    return { ...answer, headers: { "content-type": answer.headers["content-type"] ?? "" } };
  }

  #reply({ status, headers, body }: WebReply, route: Route): Reply {
    const always = { ...this.#protection.affinity.cookie(route), "x-ms-dop-hint": String(this.#cell.hint) };
    return { status, headers: { ...always, ...headers }, body: Buffer.from(body) };
  }

  #elapsed(): number {
    return this.#clock.now() - this.#start;
  }
}

/** Milliseconds. */
function workOf(applied: Applied | Read): number {
  switch (applied.way) {
    case "bulk":
      return prices.bulk + prices.bulkRow * (applied.reached ?? applied.rows);
    case "batch":
      return prices.batch + prices.operation * applied.rows;
    case "single":
    case "read":
      return prices.single;
  }
}

/** Of a request that was not executed. */
export const nothing = { rows: 0, judged: 0, written: 0, noise: 1, seconds: 0, work: 0 };

interface Read {
  readonly reply: WebReply;
  readonly way: "read";
  readonly rows: number;
  readonly judged: number;
  readonly written: number;
}
