/**
 * One publish stream (DoExchange): command, schema and record batches in; outcome rows as they settle, and a summary, out.
 * It must never say OK before the client's end, and never make the client's writing wait for the client's reading.
 */
import type { Readable } from "node:stream";
import type { RecordBatch, Schema } from "../arrow/columns.ts";
import type { Arrival } from "../arrow/decode.ts";
import { StreamDecoder } from "../arrow/decode.ts";
import type { Clock } from "../core/clock.ts";
import { asSidecarError, SidecarError } from "../core/errors.ts";
import type { PublishRequest } from "../dataverse/request.ts";
import type { Permits } from "../publish/memory/permits.ts";
import type { Deliver, Progress, Publication, Publisher, Summary } from "../publish/publication.ts";
import { noRows } from "../publish/rows/ledger.ts";
import { Answer } from "./answer.ts";
import type { Caller } from "./auth.ts";
import { assertMayPublish } from "./auth.ts";
import { readCommand } from "./command.ts";
import { readEnd } from "./events.ts";
import { cancelled, Fault } from "./fault.ts";
import { Incoming } from "./incoming.ts";
import type { FlightData, FlightDescriptor } from "./messages.ts";
import { readFlightData } from "./messages.ts";
import type { Outlet } from "./outgoing.ts";
import { Outgoing } from "./outgoing.ts";
import type { RunOwners } from "./run-owners.ts";
import type { FlightSettings } from "./settings.ts";
import { endWithError } from "./status.ts";

export interface ExchangeParts {
  readonly settings: FlightSettings;
  readonly publisher: Publisher;
  readonly permits: Permits;
  readonly clock: Clock;
  readonly owners: RunOwners;
  newRunId(): string;
  /** Hears of faults of the server itself, for the log. */
  readonly onFault: (fault: unknown) => void;
}

/** Progress is promised every second, and a timer may be late. */
const heartbeatMs = 500;
/** How long a client that has said its end may take to half-close; one that reads to the end of the stream first never would. */
const halfCloseGraceMs = 1000;

const nothing: Summary = {
  ...noRows,
  acknowledged: 0,
  requests: 0,
  throttles: 0,
  waitedMs: 0,
  failedByCode: {},
  warnings: [],
  strategy: "",
  rowsPerSecond: 0,
};

const nothingYet: Progress = { received: 0, acknowledged: 0, failed: 0, inFlight: 0, rowsPerSecond: 0 };

const none = Buffer.alloc(0);
const noMessage: FlightData = { descriptor: undefined, header: none, metadata: none, body: none };

/** What is used of a gRPC call. */
export interface Call extends Readable, Outlet {
  readonly cancelled: boolean;
  end(): unknown;
}

/** Carries the call to its status; resolves when nothing of it is under way any more, and never rejects. */
export async function exchange(call: Call, caller: Caller, parts: ExchangeParts): Promise<void> {
  await new Exchange(call, caller, parts).run();
}

class Exchange {
  readonly #call: Call;
  readonly #caller: Caller;
  readonly #parts: ExchangeParts;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #fault = new Fault();
  readonly #decoder = new StreamDecoder();
  #descriptor: FlightDescriptor | undefined;
  /** The last one that came, until it is read. */
  #message: FlightData | undefined;
  #leave: () => void = () => {};
  #warnings: readonly string[] = [];
  #publication: Publication | undefined;
  /** Where a stream that has a schema opens, and what its answer will be. */
  #opening: { readonly environment: string; readonly answer: Answer } | undefined;
  /** Its schema has been sent. */
  #answer: Answer | undefined;
  #received = 0;
  #ended = false;

  constructor(call: Call, caller: Caller, parts: ExchangeParts) {
    this.#call = call;
    this.#caller = caller;
    this.#parts = parts;
    // Before the publication is open there are the command and the schema alone.
    this.#incoming = new Incoming(call, parts.clock, (bytes) => this.#publication?.room(bytes));
    this.#outgoing = new Outgoing(call, parts);
  }

  async run(): Promise<void> {
    // It comes after every call, an orderly one too: by then nobody waits for the fault.
    this.#call.on("cancelled", () => this.#fault.raise(cancelled("The client went away.")));
    const stop = this.#parts.clock.every(heartbeatMs, () => this.#beat());
    try {
      await this.#publish();
      this.#call.end();
    } catch (thrown) {
      await this.#fail(asSidecarError(thrown));
    } finally {
      stop();
      this.#outgoing.forget();
      this.#leave();
    }
  }

  async #publish(): Promise<void> {
    await this.#next();
    const descriptor = this.#message?.descriptor;
    if (descriptor?.type !== "cmd") {
      throw new SidecarError("invalid_command", "The stream does not begin with a descriptor of kind CMD.", {
        remedy: "Call DoExchange with FlightDescriptor.for_command(b'{\"publish\": {…}}').",
      });
    }
    this.#descriptor = descriptor;
    const { request, warnings } = readCommand(descriptor.cmd, {
      environments: this.#parts.settings.environments,
      newRunId: this.#parts.newRunId,
    });
    this.#warnings = warnings;
    assertMayPublish(this.#caller, request.environment, request.mode);
    this.#leave = this.#parts.owners.join(request.runId, this.#caller);
    const ended = await this.#readRows(request);
    if (!ended && request.endsExplicitly) {
      throw cancelled("The stream was half-closed without the explicit end that its command announced.");
    }
    this.#ended = true;
    await this.#finish(ended);
  }

  /** Resolves at the client's end: true if it was explicit, false if it was the half-close. */
  async #readRows(request: PublishRequest): Promise<boolean> {
    for (; this.#message !== undefined; await this.#next()) {
      const end = await this.#read(request);
      if (end === undefined) continue;
      this.#checkEnd(end);
      return true;
    }
    return false;
  }

  /** Leaves no message at the half-close. */
  async #next(): Promise<void> {
    await this.#fault.unless(this.#outgoing.room());
    const message = await this.#fault.unless(this.#incoming.next());
    // A client that was killed looks like a half-close, but for this.
    if (message === undefined && this.#call.cancelled) throw cancelled("The client went away.");
    if (message === undefined) return;
    const flight = readFlightData(message);
    if (flight.descriptor !== undefined && this.#descriptor?.cmd.equals(flight.descriptor.cmd) === false) {
      throw new SidecarError("invalid_command", "A second command came on the stream.", {
        remedy: "Open a stream for each command.",
      });
    }
    this.#message = flight;
  }

  /** Resolves to the number of rows that the client says it has sent, at its explicit end. */
  async #read(request: PublishRequest): Promise<number | undefined> {
    const { arrival, end } = this.#arrive();
    switch (arrival?.kind) {
      case "schema":
        await this.#open(request, arrival.schema);
        break;
      case "record_batch":
        await this.#accept(arrival.batch);
        break;
      case "dictionary":
      case undefined:
    }
    return end;
  }

  /** Not `async`: the frame of one that waits for room would keep the message beside the columns that were made of it. */
  #arrive(): { readonly arrival: Arrival | undefined; readonly end: number | undefined } {
    const { header, body, metadata } = this.#message ?? noMessage;
    this.#message = undefined;
    return {
      arrival: header.length > 0 ? this.#decoder.read(header, body) : undefined,
      end: metadata.length > 0 ? readEnd(metadata) : undefined,
    };
  }

  async #open(request: PublishRequest, schema: Schema): Promise<void> {
    const answer = new Answer(schema);
    this.#opening = { environment: request.environment, answer };
    const deliver: Deliver = async (batch, settled) => {
      await this.#fault.unless(this.#outgoing.room());
      for (const rows of answer.rows(batch, settled)) this.#outgoing.send(rows);
    };
    const opening = this.#parts.publisher.open(request, schema, deliver, this.#fault.signal);
    const publication = await this.#keepOrAbandon(opening);
    this.#opening = undefined;
    const { ended } = publication;
    ended.addEventListener("abort", () => this.#fault.raise(asSidecarError(ended.reason)), { once: true });
    if (ended.aborted) throw asSidecarError(ended.reason);
    this.#begin(answer);
  }

  /** Once: a stream that waits to open has told so before. */
  #begin(answer: Answer): Answer {
    if (this.#answer === undefined) this.#outgoing.send(answer.schema());
    this.#answer = answer;
    return answer;
  }

  /** A publication that opens after the client has gone must not be left open. */
  async #keepOrAbandon(opening: Promise<Publication>): Promise<Publication> {
    const kept = opening.then((publication) => {
      this.#publication = publication;
      return publication;
    });
    try {
      return await this.#fault.unless(kept);
    } catch (thrown) {
      await kept.catch(() => {
        // It did not open: `thrown` says why, or why nobody wants it any more.
      });
      throw thrown;
    }
  }

  async #accept(batch: RecordBatch): Promise<void> {
    this.#received += batch.rows;
    if (this.#publication !== undefined) await this.#fault.unless(this.#publication.accept(batch));
  }

  #checkEnd(rows: number): void {
    if (rows === this.#received) return;
    throw new SidecarError("invalid_command", `The client says it sent ${rows} rows; ${this.#received} came.`, {
      remedy: "Count the rows of the record batches that were written to this stream.",
    });
  }

  async #finish(explicitly: boolean): Promise<void> {
    const halfClose = explicitly ? this.#halfClose() : undefined;
    const answer = this.#answer ?? this.#begin(new Answer(undefined));
    const summary = this.#publication === undefined ? nothing : await this.#fault.unless(this.#publication.end());
    this.#publication = undefined;
    const warnings = [...summary.warnings, ...this.#warnings];
    this.#outgoing.send(answer.summary({ ...summary, warnings }));
    await this.#fault.unless(this.#outgoing.flush());
    if (halfClose !== undefined) await this.#fault.unless(this.#withinGrace(halfClose));
  }

  /** Rows behind an explicit end are no rows of this stream: to say OK would lose them silently. */
  async #halfClose(): Promise<void> {
    if ((await this.#incoming.next()) === undefined) return;
    this.#fault.raise(
      new SidecarError("invalid_command", "A message came after the explicit end.", {
        remedy: "Send the end after the last record batch, then half-close.",
      }),
    );
  }

  async #withinGrace(halfClose: Promise<void>): Promise<void> {
    const over = new AbortController();
    const grace = this.#parts.clock.sleep(halfCloseGraceMs, over.signal).catch(() => {
      // Aborted below: the client half-closed in time.
    });
    await Promise.race([halfClose, grace]);
    over.abort();
  }

  #beat(): void {
    const { clientStallTimeoutMs, progressTimeoutMs } = this.#parts.settings;
    if (this.#outgoing.stalledMs() >= clientStallTimeoutMs) {
      this.#fault.raise(stalled(`The client has read no outcome row for ${clientStallTimeoutMs / 1000} s.`));
    }
    if (this.#incoming.brokenOffMs() >= clientStallTimeoutMs) {
      this.#fault.raise(stalled(`The client has broken off a message ${clientStallTimeoutMs / 1000} s ago.`));
    }
    if (!this.#ended && this.#incoming.idleMs() >= progressTimeoutMs) {
      this.#fault.raise(stalled(`The client has sent nothing for ${progressTimeoutMs / 1000} s.`));
    }
    // To a client that does not read, old progress is of no use.
    if (!this.#outgoing.empty) return;
    if (this.#publication === undefined) this.#tellOpening();
    else if (this.#answer !== undefined) this.#tell(this.#publication.progress(), this.#answer);
  }

  #tell(progress: Progress, answer: Answer): void {
    if (progress.inFlight > 0 || progress.waiting !== undefined) this.#outgoing.send(answer.progress(progress));
  }

  /** The service lets nobody in: whoever is refused after all has seen no more than a schema. */
  #tellOpening(): void {
    const { publisher } = this.#parts;
    const waiting = this.#opening === undefined ? undefined : publisher.waiting(this.#opening.environment);
    if (this.#opening === undefined || waiting === undefined) return;
    this.#tell({ ...nothingYet, waiting }, this.#begin(this.#opening.answer));
  }

  async #fail(error: SidecarError): Promise<void> {
    this.#fault.raise(error);
    if (error.code === "internal") this.#parts.onFault(error);
    this.#outgoing.forget();
    endWithError(this.#call, error);
    this.#incoming.discard();
    if (this.#publication === undefined) return;
    const code = error.code === "superseded" || error.code === "internal" ? error.code : "cancelled";
    await this.#publication.abandon(code).catch(this.#parts.onFault);
  }
}

function stalled(message: string): SidecarError {
  return new SidecarError("client_stalled", message, {
    remedy: "Read while writing: take outcome rows in a second thread.",
  });
}
