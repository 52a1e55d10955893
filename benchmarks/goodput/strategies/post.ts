/** What every strategy has: rows to write, requests to write them with, and a book of the rows that it gave up. No strategy is in here. */
import type { Request } from "../../../server/transport/http.ts";
import { readRetryAfter } from "../../../server/transport/retry-after.ts";
import type { VirtualClock } from "../../../test/support/virtual-clock.ts";
import type { Cell } from "../cell.ts";
import { limits } from "../cell.ts";
import type { Service } from "../service.ts";
import type { Wire } from "../wire.ts";

export interface Answer {
  readonly status: number;
  /** Of a 429; 0 otherwise. */
  readonly waitMs: number;
  readonly elapsedMs: number;
}

/** Runs until the time is over. */
export type Strategy = (post: Post) => Promise<void>;

const retryAfterMaxMs = 900_000;
const json = { "Content-Type": "application/json", Accept: "application/json" };
const boundary = "batch_goodput";
const multipart = { "Content-Type": `multipart/mixed; boundary=${boundary}`, Prefer: "odata.continue-on-error" };
const never = new AbortController().signal;

export class Post {
  readonly cell: Cell;
  readonly clock: VirtualClock;
  readonly principals: readonly string[];
  /** Rows in requests that were not repeated: neither written nor told to be bad. */
  givenUp = 0;
  readonly #until: number;
  readonly #send;
  /** By user: until when it was told to wait. */
  readonly #closed = new Map<string, number>();
  #next = 0;
  #turn = 0;

  constructor(cell: Cell, { service, wire, clock }: { service: Service; wire: Wire; clock: VirtualClock }) {
    this.cell = cell;
    this.clock = clock;
    this.principals = service.principals;
    this.#until = clock.now() + cell.seconds * 1000;
    this.#send = new Map(service.principals.map((name) => [name, wire.sender(name)]));
  }

  get isOpen(): boolean {
    return this.clock.now() < this.#until;
  }

  /** What the windows and the capacity sustain, which nothing tells a client. */
  get rightLanes(): number {
    const { principals, servers, capacity } = this.cell;
    const sustained = (limits.seconds / limits.windowSeconds) * principals * servers;
    return Math.max(1, Math.floor(Math.min(sustained, capacity?.lanes ?? sustained)));
  }

  /** Rows that were not taken yet. */
  take(count: number): readonly number[] {
    const first = this.#next;
    this.#next += count;
    return Array.from({ length: count }, (_, at) => first + at);
  }

  /** The principals in turn. */
  rotate(): string {
    this.#turn += 1;
    return this.principals[this.#turn % this.principals.length] ?? "";
  }

  /** So many at once, each again and again until the time is over. */
  async threads(count: number, work: (thread: number) => Promise<void>): Promise<void> {
    const thread = async (nth: number): Promise<void> => {
      while (this.isOpen) await work(nth);
    };
    await Promise.all(Array.from({ length: count }, (_, nth) => thread(nth)));
  }

  async bulk(principal: string, rows: readonly number[]): Promise<Answer> {
    const body = `{"Targets":[${rows.map(targetOf).join()}]}`;
    return await this.#post(principal, {
      path: "bench_rows/Microsoft.Dynamics.CRM.CreateMultiple",
      headers: json,
      body,
    });
  }

  /** @param method PATCH is an upsert. */
  async batch(principal: string, rows: readonly number[], method: "POST" | "PATCH" = "POST"): Promise<Answer> {
    const parts = rows.map((row) => partOf(row, method));
    return await this.#post(principal, {
      path: "$batch",
      headers: multipart,
      body: `${parts.join("")}--${boundary}--\r\n`,
    });
  }

  async single(principal: string, row: number): Promise<Answer> {
    return await this.#post(principal, { path: "bench_rows", headers: json, body: targetOf(row) });
  }

  /** When no Retry-After of the user is in force: what one thread is told holds back all of that user's, which is more than is published. */
  async whenOpen(principal: string): Promise<void> {
    for (let at = this.#openAt(principal); at > this.clock.now(); at = this.#openAt(principal)) {
      await this.clock.sleep(at - this.clock.now());
    }
  }

  /** Sends again after each Retry-After. @returns the first answer that is no throttle, or the last one. */
  async obedient(
    principal: string,
    attempt: () => Promise<Answer>,
    retriesMax = Number.POSITIVE_INFINITY,
  ): Promise<Answer> {
    await this.whenOpen(principal);
    let answer = await attempt();
    for (let retries = 0; answer.status === 429 && retries < retriesMax && this.isOpen; retries += 1) {
      await this.whenOpen(principal);
      answer = await attempt();
    }
    return answer;
  }

  #openAt(principal: string): number {
    return this.#closed.get(principal) ?? 0;
  }

  async #post(
    principal: string,
    { path, headers, body }: Omit<Request, "method" | "body"> & { body: string },
  ): Promise<Answer> {
    const send = this.#send.get(principal);
    if (send === undefined) throw new Error("A strategy names a principal that is not there.");
    const from = this.clock.now();
    const reply = await send({ method: "POST", path, headers, body: Buffer.from(body, "latin1") }, { signal: never });
    const wait = reply.status === 429 ? readRetryAfter(reply.headers, retryAfterMaxMs) : 0;
    const waitMs = typeof wait === "number" ? wait : 0;
    if (waitMs > 0) this.#closed.set(principal, Math.max(this.#openAt(principal), this.clock.now() + waitMs));
    return { status: reply.status, waitMs, elapsedMs: this.clock.now() - from };
  }
}

function targetOf(row: number): string {
  return `{"bench_number":${row}}`;
}

function partOf(row: number, method: string): string {
  const head = `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n`;
  const address = method === "PATCH" ? `bench_rows(bench_number=${row})` : "bench_rows";
  return `${head}${method} /api/data/v9.2/${address} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${targetOf(row)}\r\n`;
}
