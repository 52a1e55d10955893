/** How a request travels: one function type, and layers around it. There are no rows in this room. */
import { SidecarError } from "../core/errors.ts";

export interface Request {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Relative to the environment's service root, e.g. `accounts?$top=1`, without a leading slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whole bytes, so that it can be sent again. */
  readonly body?: Uint8Array;
}

export interface Reply {
  readonly status: number;
  /** Lower-case names; several values joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** What held a request up: layers within the retry add to it, and the retry counts neither against the request. */
export interface Tally {
  /** Attempts that met an outage: they are made again when it is over. */
  outages: number;
  /** Milliseconds for which attempts waited for their turn to be sent: behind a closed gate, a full window, an outage. */
  waitedMs: number;
}

/** What a request asks of the service, as far as whoever made it knows. */
export interface Work {
  /** Rows of one kind cost alike, e.g. `account UPSERT bulk`: of a small set. */
  readonly kind: string;
  readonly rows: number;
  /** Expected execution in all, seconds. */
  readonly seconds: number;
  /** What the request costs beside its rows, in terms of rows. */
  readonly requestRows: number;
}

export interface Trip {
  /** Cuts waits short and forbids further attempts. What is on the wire already is let finish: cutting it would only
   *  hide whether it was applied. */
  readonly signal: AbortSignal;
  /** Given to each attempt by the retry. */
  readonly tally?: Tally;
  /**
   * `short`: someone waits for the answer of a read: two attempts, then an error. Throttle waits do not count, as ever. `entry`: the same
   * of a service that answers or cannot be reached; one that lets nobody in is tried as often as for a write.
   */
  readonly patience?: "short" | "entry";
  /** Whether an attempt that may have been applied is repeated (the default), or told at once: for what must be read first. */
  readonly onUnknown?: "repeat" | "report";
  /** Absent: a read, or something as short. */
  readonly work?: Work;
  /** The table and mode whose privilege it needs, e.g. `account UPSERT`. Absent: none of its own. */
  readonly scope?: string;
  /** Names of principals that refused it for want of a privilege, and are not asked again. */
  readonly spared?: readonly string[];
  /** As licences count them: parts of a `$batch`, targets of a bulk message. Absent: the rows of the work, or one. */
  readonly operations?: number;
  /** Asked at the last moment before bytes leave, because a gate may have closed while a token or a connection was awaited. */
  readonly mayLeave?: () => boolean;
  /** Ends the attempt even on the wire: for the attempt's own deadline only. Its reason names why. */
  readonly cut?: AbortSignal;
}

/**
 * Sends a request and returns the reply, whatever its status.
 * @throws SidecarError `unavailable` (surely never sent), `outcome_unknown` (sent, no readable reply), `throttled` (held
 *   back because `mayLeave` said no), `credentials_rejected`; the signal's reason when aborted before sending.
 */
export type Send = (request: Request, trip: Trip) => Promise<Reply>;

/**
 * Throws unless bytes may leave now: called where an attempt was held up after it was let go.
 * @throws the signal's reason; SidecarError `throttled`, after which the attempt waits for its turn again.
 */
export function assertMayLeave(trip: Trip): void {
  trip.signal.throwIfAborted();
  if (trip.mayLeave?.() === false) {
    throw new SidecarError("throttled", "The gate closed before the request left.");
  }
}

export type Layer = (next: Send) => Send;

/** The first layer is the outermost. */
export function compose(send: Send, layers: readonly Layer[]): Send {
  return layers.reduceRight((next, layer) => layer(next), send);
}
