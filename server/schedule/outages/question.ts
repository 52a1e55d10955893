/** What a service that lets nobody in is asked, to hear when it is back: a request that changes nothing and that no row depends on. */
import { asSidecarError } from "../../core/errors.ts";
import type { Request, Send } from "../../transport/http.ts";
import { isNoEntry } from "../../transport/no-entry.ts";
import type { Resend } from "../../transport/retry.ts";
import type { Lane } from "../lane.ts";

/** Never aborted: the question ends by the deadline of its attempt. */
const { signal } = new AbortController();

/** Whether it is let in, whatever it is answered then. */
export async function isLetIn(question: Request, lane: Pick<Lane, "send">): Promise<boolean> {
  try {
    return !isNoEntry(await lane.send(question, { signal }));
  } catch (thrown) {
    const { code } = asSidecarError(thrown);
    // Anything else, such as a refused sign-in, is no outage: work meets it too, and knows what to do.
    return code !== "unavailable" && code !== "outcome_unknown";
  }
}

/** One attempt, without retry: the outage's own clock says when to ask again. */
export function once(attempt: Send): Resend {
  return async (request, trip) => {
    const reply = await attempt(request, trip);
    return { ...reply, attempts: 1, throttles: 0, uncertain: false, waitedMs: 0 };
  };
}

/** By whom the question is sent, as far as is looked at here. */
interface Spot {
  readonly member: { readonly principal: { readonly name: string } };
}

/**
 * By another principal each time: one alone may have no way to its tokens.
 * @param pick a place of somebody who is not spared, if one is free.
 * @returns what puts it; that is undefined while nobody may send anything.
 */
export function inRotation<At extends Spot>(
  pick: (spared: ReadonlySet<string>) => At | undefined,
  put: (at: At) => Promise<boolean>,
): () => Promise<boolean> | undefined {
  let last: ReadonlySet<string> = new Set();
  return () => {
    const at = pick(last) ?? pick(new Set());
    if (at === undefined) return undefined;
    last = new Set([at.member.principal.name]);
    return put(at);
  };
}
