/** Which principals may send a request, as far as refusals tell: let in, with the right, and not refused this very request. */
import type { Health } from "./health.ts";
import type { Principal } from "./principal.ts";
import type { Rights } from "./rights.ts";

/**
 * What a reply, or a sign-in, refuses: the principal itself (`entry`), its right to what was asked (`right`), or this request alone
 * (`request`).
 */
export type Bar = "entry" | "right" | "request";

export interface Candidate {
  readonly principal: Principal;
  readonly health: Health;
  readonly rights: Rights;
}

/** What a request needs of whoever sends it. */
export interface Want {
  /** Names a table and a mode; absent for what needs no right of its own. */
  readonly scope?: string | undefined;
  /** Names of principals that were refused it. */
  readonly spared: ReadonlySet<string>;
  /** It may use what is kept free for small streams, and does not wait until others' volleys have left the windows. */
  readonly needsLittle?: boolean | undefined;
}

export const anyone: Want = { spared: new Set() };
/** The same of what needs little. */
export const anyoneForLittle: Want = { ...anyone, needsLittle: true };

/** Those to choose from. If none is healthy and has the right, healthy ones are tried, or all others, for an answer that tells why. */
export function candidates<Each extends Candidate>(all: readonly Each[], want: Want, now: number): readonly Each[] {
  const left = leftOf(all, want);
  const healthy: Each[] = [];
  const welcome: Each[] = [];
  // Asked for each request. The code of a function that is made for one call is thrown away by each major collection, and compiled anew.
  for (const each of left) {
    if (!each.health.mayTry(now)) continue;
    healthy.push(each);
    if (each.rights.may(want.scope, now)) welcome.push(each);
  }
  if (welcome.length > 0) return welcome;
  return healthy.length > 0 ? healthy : left;
}

/** Whether a request that met `bar` is worth sending by somebody else. */
export function mayGoOn(all: readonly Candidate[], want: Want, bar: Bar, now: number): boolean {
  const left = leftOf(all, want);
  if (bar === "entry") return left.length > 0;
  return left.some(({ health, rights }) => health.mayTry(now) && rights.may(want.scope, now));
}

function leftOf<Each extends Candidate>(all: readonly Each[], { spared }: Want): readonly Each[] {
  return spared.size === 0 ? all : all.filter(({ principal }) => !spared.has(principal.name));
}
