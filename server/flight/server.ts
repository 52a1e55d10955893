/** The listening Flight server: limits, TLS, and how it comes to an end. Every bound that the library leaves open is set here. */
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { messageBytesMax } from "../arrow/limits.ts";
import { cannotListen } from "../core/listening.ts";
import type { Catalog } from "./catalog.ts";
import { DeadConnections } from "./dead-connections.ts";
import type { ExchangeParts } from "./exchange.ts";
import { RunOwners } from "./run-owners.ts";
import { flightCalls, flightService } from "./service.ts";
import type { TlsSettings } from "./settings.ts";
import { Windows, windowBytesMin } from "./windows.ts";

export interface FlightParts extends Omit<ExchangeParts, "owners"> {
  readonly catalog: Catalog;
}

/** Command, metadata and tags beside the largest Arrow message; a message within it is refused with a sentence of ours. */
const messageSlackBytes = 2 * 1024 * 1024;
/** A connection is one client, one Spark task: it has a stream or two. */
const streamsPerConnection = 64;
/**
 * A host that vanished without a word is noticed within 90 s; one whose process died, at once (`dead-connections.ts`). The library's timer
 * runs out before an answer is read that has arrived, so a minute must be more than both event loops are ever behind together:
 * 4 s were seen here with 32 streams on cores that 17 programs wanted.
 */
export const keepalive = { timeMs: 30_000, timeoutMs: 60_000 } as const;
const drainMs = 30_000;

function credentials(tls: TlsSettings | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const clientCa = tls.clientCa === undefined ? null : Buffer.from(tls.clientCa);
  const pair = { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) };
  return ServerCredentials.createSsl(clientCa, [pair], clientCa !== null);
}

export class FlightServer {
  readonly #parts: FlightParts;
  readonly #server: Server;
  readonly #windows: Windows;
  readonly #dead: DeadConnections;
  readonly #streams = new Set<Promise<void>>();
  #draining = false;

  constructor(parts: FlightParts) {
    this.#parts = parts;
    // The library would write to stderr, where only our JSON lines may go; what it knows comes as errors, too.
    setLogVerbosity(logVerbosity.NONE);
    this.#server = new Server({
      "grpc.max_receive_message_length": messageBytesMax + messageSlackBytes,
      "grpc.max_concurrent_streams": streamsPerConnection,
      "grpc.keepalive_time_ms": keepalive.timeMs,
      "grpc.keepalive_timeout_ms": keepalive.timeoutMs,
      "grpc.enable_channelz": 0,
      // For the day when it works for servers, too.
      "grpc-node.flow_control_window": windowBytesMin,
    });
    this.#windows = new Windows(parts.permits);
    this.#windows.narrowStreams(this.#server);
    this.#dead = new DeadConnections(parts.clock);
    this.#server.addService(
      flightService,
      flightCalls({
        ...parts,
        owners: new RunOwners(),
        draining: () => this.#draining,
        track: (stream) => this.#track(stream),
      }),
    );
  }

  /**
   * Resolves to the port; 0 takes a free one.
   * @throws SidecarError overloaded if it cannot be bound.
   */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    const bound = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, credentials(this.#parts.settings.tls), (cause, found) => {
        if (cause === null) resolve(found);
        else reject(cannotListen({ what: "The server", address, setting: "listen" }, cause));
      });
    });
    this.#windows.widenConnections(this.#server);
    this.#dead.watch(this.#server);
    return bound;
  }

  /** Lets no new stream in; resolves when the last one is over, or after 30 s. What publishes is told to stop elsewhere. */
  async drain(): Promise<void> {
    this.#draining = true;
    const over = new AbortController();
    const late = this.#parts.clock.sleep(drainMs, over.signal).catch(() => {
      // Aborted below: all streams ended in time.
    });
    await Promise.race([Promise.all(this.#streams).then(() => this.#flushed()), late]);
    over.abort();
  }

  /** The last status of a stream is still on its way when the stream is over. */
  #flushed(): Promise<void> {
    return new Promise((resolve) => this.#server.tryShutdown(() => resolve()));
  }

  /** Ends every connection at once. */
  close(): void {
    this.#dead.stop();
    this.#server.forceShutdown();
  }

  #track(stream: Promise<void>): void {
    this.#streams.add(stream);
    stream.finally(() => this.#streams.delete(stream)).catch(this.#parts.onFault);
  }
}
