/** A publish call without a network: the test plays the client, and sees the status as the gRPC library would send it. */
import { Duplex, PassThrough } from "node:stream";
import { status } from "@grpc/grpc-js";
import type { Call } from "../../server/flight/exchange.ts";
import type { FlightData } from "../../server/flight/messages.ts";
import { readFlightData, writeFlightData } from "../../server/flight/messages.ts";
import { WireWriter } from "../../server/flight/wire-format.ts";

export interface FakeStatus {
  readonly code: number;
  readonly details: string;
}

export class FakeCall extends Duplex implements Call {
  cancelled = false;
  /** Where the library puts messages together; here they come whole. */
  readonly call = { stream: new PassThrough(), decoder: { maxReadMessageLength: 1 << 20 } };
  readonly written: FlightData[] = [];
  /** Whether the client takes what is written. */
  reads = true;
  status: FakeStatus | undefined;
  readonly over: Promise<FakeStatus>;
  readonly #settle: (status: FakeStatus) => void;
  #held: (() => void) | undefined;

  constructor() {
    super({ objectMode: true });
    const { promise, resolve } = Promise.withResolvers<FakeStatus>();
    this.over = promise;
    this.#settle = resolve;
    this.on("error", (reply: Error & Partial<FakeStatus>) => {
      this.status = { code: reply.code ?? status.UNKNOWN, details: reply.details ?? reply.message };
      this.end();
    });
  }

  /** A piece of a message comes, as the library would have it; returns the messages that it ends. */
  pieces(piece: Buffer): readonly Buffer[] {
    const decoder = this.call.decoder as unknown as { write(piece: Buffer): readonly Buffer[] };
    return decoder.write(piece);
  }

  override _read(): void {
    // Messages are pushed by the test.
  }

  override _write(message: Buffer, _encoding: string, taken: () => void): void {
    this.written.push(readFlightData(message));
    if (this.reads) taken();
    else this.#held = taken;
  }

  override _final(done: () => void): void {
    this.status ??= { code: status.OK, details: "" };
    this.#settle(this.status);
    done();
  }

  /** The client reads on. */
  readOn(): void {
    this.reads = true;
    this.#held?.();
  }

  say(message: Parameters<typeof writeFlightData>[0]): void {
    this.push(writeFlightData(message));
  }

  /** The first message of a stream. */
  command(publish: object): void {
    const cmd = Buffer.from(JSON.stringify({ publish }), "utf8");
    this.push(new WireWriter().element(1, new WireWriter().varint(1, 2).bytes(2, cmd).finish()).finish());
  }

  sayEnd(rows: number): void {
    this.say({ metadata: Buffer.from(JSON.stringify({ end: { rows } }), "utf8") });
  }

  halfClose(): void {
    this.push(null);
  }

  vanish(): void {
    this.cancelled = true;
    this.emit("cancelled");
  }

  get events(): readonly { progress?: object; summary?: Record<string, unknown> }[] {
    return this.written
      .filter(({ metadata }) => metadata.length > 0)
      .map(({ metadata }) => JSON.parse(String(metadata)));
  }
}
