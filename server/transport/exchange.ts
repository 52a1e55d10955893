/**
 * One request and its reply over undici's dispatch, because only there the moment is known at which bytes may leave: an
 * error before it means "surely never sent", an error after it that the outcome is unknown.
 */
import type { Dispatcher } from "undici";
import { SidecarError } from "../core/errors.ts";
import type { Peer } from "./failures.ts";
import { failureBeforeSending, failureOnTheWire } from "./failures.ts";
import type { Reply, Trip } from "./http.ts";
import { assertMayLeave } from "./http.ts";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A dispatch handler whose `reply` settles once, whatever the connection does afterwards. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly reply: Promise<Reply>;
  readonly #trip: Trip;
  readonly #peer: Peer;
  readonly #settled = Promise.withResolvers<Reply>();
  readonly #chunks: Buffer[] = [];
  readonly #onAbort = (): void => this.#abandonUnlessSent();
  readonly #onCut = (): void => this.#abandon();
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;
  #status = 0;
  #headers: Record<string, string> = {};

  constructor(trip: Trip, peer: Peer) {
    this.#trip = trip;
    this.#peer = peer;
    this.reply = this.#settled.promise;
    trip.signal.addEventListener("abort", this.#onAbort, { once: true });
    trip.cut?.addEventListener("abort", this.#onCut, { once: true });
  }

  /** What is thrown here keeps the request from being written and leaves the connection whole. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) throw new SidecarError("unavailable", "The request was given up while it waited for a connection.");
    assertMayLeave(this.#trip);
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = joined(headers);
    const encoding = (this.#headers["content-encoding"] ?? "").trim().toLowerCase();
    if (encoding !== "" && encoding !== "identity") {
      controller.abort(
        new SidecarError("outcome_unknown", `The reply came with content-encoding ${encoding}, unasked.`),
      );
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end();
    const [first] = this.#chunks;
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#settled.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#end();
    this.#settled.reject(
      this.#controller === undefined ? failureBeforeSending(error, this.#peer) : failureOnTheWire(error),
    );
  }

  #abandonUnlessSent(): void {
    if (this.#controller !== undefined) return;
    this.#end();
    this.#settled.reject(this.#trip.signal.reason);
  }

  #abandon(): void {
    const reason: unknown = this.#trip.cut?.reason;
    const error = reason instanceof Error ? reason : new SidecarError("outcome_unknown", "The attempt was cut.");
    if (this.#controller === undefined) this.onResponseError(undefined, error);
    else this.#controller.abort(error);
  }

  #end(): void {
    this.#over = true;
    this.#trip.signal.removeEventListener("abort", this.#onAbort);
    this.#trip.cut?.removeEventListener("abort", this.#onCut);
  }
}

function joined(headers: Headers): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = typeof value === "string" ? value : value.join(", ");
  }
  return plain;
}
