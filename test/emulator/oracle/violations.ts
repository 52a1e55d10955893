/** What no client should have done, whatever the service answered; judged per client. */
import type { Environment } from "../environment.ts";
import type { Visit } from "../faults/elsewhere.ts";
import type { RequestRecord } from "./ledger.ts";
import type { Overlaps } from "./overlap.ts";
import { findOverlaps } from "./overlap.ts";
import type { Selection } from "./selection.ts";
import { selectedRequests } from "./selection.ts";

/** Requests by what is wrong with them. */
export interface Faulty {
  /** Sent before their Retry-After was over. */
  readonly early: number;
  /** Refused by a limit: one may run into it, but not on and on. */
  readonly limited: number;
  /** Sent with a token whose life was over. */
  readonly expired: number;
}

export interface ClientViolations extends Faulty {
  /** Client id; empty where no token told it. */
  readonly principal: string;
  readonly client: string;
  readonly requests: number;
}

export interface Violations extends Faulty {
  /** The first early ones. */
  readonly requests: readonly RequestRecord[];
  /** Keys touched twice in flight. */
  readonly overlaps: Overlaps;
  /** Redirects followed to another host, and how many of these took a token along; by whom is not known there. */
  readonly elsewhere: { readonly visits: number; readonly authorized: number };
  readonly clients: readonly ClientViolations[];
}

/** More would only repeat the point. */
const shownMax = 1000;
const overlapsShownMax = 20;
const clientsMax = 1000;

export function findViolations(environment: Environment, visits: readonly Visit[], selection: Selection): Violations {
  const all = selectedRequests(environment.ledger, selection).filter(({ kind }) => kind === "api");
  return {
    ...faultyAmong(all),
    requests: all.filter(({ early }) => early).slice(0, shownMax),
    overlaps: findOverlaps(environment, selection, overlapsShownMax),
    elsewhere: { visits: visits.length, authorized: visits.filter(({ authorized }) => authorized).length },
    clients: byClient(all),
  };
}

function faultyAmong(requests: readonly RequestRecord[]): Faulty {
  return {
    early: requests.filter(({ early }) => early).length,
    limited: requests.filter(({ limited }) => limited).length,
    expired: requests.filter(({ expired }) => expired).length,
  };
}

function byClient(requests: readonly RequestRecord[]): readonly ClientViolations[] {
  const groups = Map.groupBy(requests, ({ principal, client }) => `${principal} ${client}`);
  return [...groups.values()].slice(0, clientsMax).map((own) => ({
    principal: own[0]?.principal ?? "",
    client: own[0]?.client ?? "",
    requests: own.length,
    ...faultyAmong(own),
  }));
}
