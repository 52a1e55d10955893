/** How a request travels: one function type, and layers around it. There are no rows in this room. */

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
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Trip {
  /** Cuts waits short and forbids further attempts. What is on the wire already is let finish: cutting it would only
   *  hide whether it was applied. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request and returns the reply, whatever its status.
 * @throws SidecarError `unavailable` (surely never sent), `outcome_unknown` (sent, no readable reply),
 *   `credentials_rejected`; the signal's reason when aborted before sending.
 */
export type Send = (request: Request, trip: Trip) => Promise<Reply>;

export type Layer = (next: Send) => Send;

/** The first layer is the outermost. */
export function compose(send: Send, layers: readonly Layer[]): Send {
  return layers.reduceRight((next, layer) => layer(next), send);
}
