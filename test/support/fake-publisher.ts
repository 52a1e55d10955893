/** A publisher without Dataverse: it fails the rows it is told to, acknowledges the others, and remembers what was asked of it. */
import type { RecordBatch, Schema } from "../../server/arrow/columns.ts";
import type { SidecarError, StreamCode } from "../../server/core/errors.ts";
import type { PublishRequest } from "../../server/dataverse/request.ts";
import type {
  Deliver,
  Progress,
  Publication,
  Publisher,
  SettledRow,
  Summary,
} from "../../server/publish/publication.ts";

export interface FakeBehaviour {
  /** By index in the stream; none by default. */
  readonly fails?: (streamRow: number) => boolean;
  /** Refuses to open. */
  readonly refusal?: SidecarError;
  /** `open` waits for it, and the service is said to let nobody in. */
  readonly holdOpen?: Promise<void>;
  /** `accept` and `end` wait for it. */
  readonly hold?: Promise<void>;
  /** `end` alone waits for it. */
  readonly holdEnd?: Promise<void>;
  /** `abandon` waits for it: until then something is on the wire. */
  readonly holdAbandon?: Promise<void>;
  readonly message?: string;
}

export const heldUp = { untilMs: 1_700_000_030_000, reason: "the service lets nobody in", principal: "app" };

class FakePublication implements Publication {
  readonly request: PublishRequest;
  readonly schema: Schema;
  readonly batches: RecordBatch[] = [];
  abandoned: StreamCode | undefined;
  /** How often progress was asked for with rows under way. */
  asked = 0;
  readonly #behaviour: FakeBehaviour;
  readonly #deliver: Deliver;
  readonly #ended = new AbortController();
  readonly #deliveries: Promise<void>[] = [];
  #received = 0;
  #settled = 0;
  #failed = 0;

  constructor(open: { request: PublishRequest; schema: Schema; deliver: Deliver }, behaviour: FakeBehaviour) {
    this.request = open.request;
    this.schema = open.schema;
    this.#deliver = open.deliver;
    this.#behaviour = behaviour;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Ends the stream from within, as a greater attempt would. */
  expel(reason: SidecarError): void {
    this.#ended.abort(reason);
  }

  /** Nobody asks: a fake call's messages come whole. */
  room(): undefined {
    return undefined;
  }

  async accept(batch: RecordBatch): Promise<void> {
    const first = this.#received;
    this.#received += batch.rows;
    await this.#behaviour.hold;
    this.batches.push(batch);
    this.#settled += batch.rows;
    const rows = Array.from({ length: batch.rows }, (_, row) => row);
    const settled = rows
      .filter((row) => this.#behaviour.fails?.(first + row) === true)
      .map((row) => this.#fail(first, row));
    this.#failed += settled.length;
    if (settled.length === 0) return;
    const delivery = this.#deliver(batch, settled);
    // `end` hears of it; without `end`, the client is gone and so is whoever would care.
    delivery.catch(() => undefined);
    this.#deliveries.push(delivery);
  }

  async end(): Promise<Summary> {
    await this.#behaviour.hold;
    await this.#behaviour.holdEnd;
    await Promise.all(this.#deliveries);
    const acknowledged = this.#received - this.#failed;
    return {
      received: this.#received,
      acknowledged,
      failed: this.#failed,
      notSent: 0,
      created: 0,
      updated: 0,
      upserted: acknowledged,
      deleted: 0,
      unchanged: 0,
      requests: this.batches.length,
      throttles: 0,
      waitedMs: 0,
      failedByCode: this.#failed === 0 ? {} : { row_rejected: this.#failed },
      warnings: [],
      strategy: "",
      rowsPerSecond: 0,
    };
  }

  async abandon(code: StreamCode): Promise<void> {
    this.abandoned = code;
    await this.#behaviour.holdAbandon;
  }

  progress(): Progress {
    const acknowledged = this.#settled - this.#failed;
    if (this.#received > this.#settled) this.asked++;
    const inFlight = this.#received - this.#settled;
    return { received: this.#received, acknowledged, failed: this.#failed, inFlight, rowsPerSecond: 0 };
  }

  #fail(first: number, row: number): SettledRow {
    const message = this.#behaviour.message ?? "The service refused the row.";
    const failure = { code: "row_rejected", message, retryable: false } as const;
    return {
      row,
      streamRow: first + row,
      outcome: { kind: "failed", failure, attempts: 1, settledAt: 1_700_000_000_000 },
    };
  }
}

export class FakePublisher implements Publisher {
  readonly opened: FakePublication[] = [];
  behaviour: FakeBehaviour;
  /** Told so. */
  goneWhileOpening = false;

  constructor(behaviour: FakeBehaviour = {}) {
    this.behaviour = behaviour;
  }

  waiting(_environment: string): Progress["waiting"] {
    return this.behaviour.holdOpen === undefined ? undefined : heldUp;
  }

  async open(
    request: PublishRequest,
    schema: Schema,
    deliver: Deliver,
    gone = new AbortController().signal,
  ): Promise<Publication> {
    gone.addEventListener("abort", () => {
      this.goneWhileOpening ||= this.behaviour.holdOpen !== undefined;
    });
    await this.behaviour.holdOpen;
    if (this.behaviour.refusal !== undefined) throw this.behaviour.refusal;
    const publication = new FakePublication({ request, schema, deliver }, this.behaviour);
    this.opened.push(publication);
    return publication;
  }

  /** The latest. */
  get last(): FakePublication {
    const publication = this.opened.at(-1);
    if (publication === undefined) throw new Error("Nothing was opened.");
    return publication;
  }
}
