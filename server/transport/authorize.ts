/** Puts a bearer token on each attempt, never on a batch: a token that was good when rows were read may be dead when they are sent. */
import { SidecarError } from "../core/errors.ts";
import type { Layer, Reply, Request, Send, Trip } from "./http.ts";
import { assertMayLeave } from "./http.ts";

export interface TokenOptions {
  /** A token the service has just refused: never returned again, while a newer one is not thrown away for it. */
  readonly rejected?: string;
  readonly signal: AbortSignal;
}

/** @throws SidecarError `credentials_rejected` or `unavailable`. */
export type Token = (options: TokenOptions) => Promise<string>;

/** On 401 one more try with another token; a second 401 is `credentials_rejected`. */
export function authorize({ token }: { readonly token: Token }): Layer {
  return (next) => async (request, trip) => {
    const first = await token({ signal: trip.signal });
    const reply = await sendWith(first, { next, request, trip });
    if (reply.status !== 401) return reply;
    const second = await token({ signal: trip.signal, rejected: first });
    const again = await sendWith(second, { next, request, trip });
    if (again.status !== 401) return again;
    throw new SidecarError("credentials_rejected", "The service refused two tokens in a row (401).", {
      remedy:
        "Check that `url` is the environment's own address, that `tenant_id` is its tenant, and that what an `access_token_file` holds has not expired.",
    });
  };
}

interface Attempt {
  readonly next: Send;
  readonly request: Request;
  readonly trip: Trip;
}

function sendWith(token: string, { next, request, trip }: Attempt): Promise<Reply> {
  // The token may have taken a while.
  assertMayLeave(trip);
  return next({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }, trip);
}
