/** The oracle: an append-only record of every request and of every effect it had. Nothing the emulator answers is read from it. */
import type { Effect } from "./effect.ts";
import { Effects } from "./effects.ts";

/** What of a request is known when it arrives. */
export interface Arrival {
  /** `identity`: the token endpoint, and whatever else is not the Web API. */
  readonly kind: "api" | "identity";
  readonly method: string;
  readonly path: string;
  /** What the client calls itself: `x-ms-client-session-id`, or else `User-Agent`. */
  readonly client: string;
}

export interface RequestRecord extends Arrival {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly arrived: number;
  principal: string;
  server: number;
  /** 0 while it runs and after a reset. */
  status: number;
  /** Milliseconds since 1970; 0 while it runs. */
  answered: number;
  /** Operations of a `$batch`, rows of a bulk message; 1 otherwise. */
  operations: number;
  /** Sent while a Retry-After of its principal was in force. */
  early: boolean;
  /** Refused by a limit. */
  limited: boolean;
  /** Sent with a token whose life was over. */
  expired: boolean;
  /** The fault that was played on it. */
  fault: string | undefined;
}

export interface TableCounts {
  creates: number;
  updates: number;
  deletes: number;
  /** Updates that carried the values of the effect before. */
  repeated: number;
}

/** Twenty million effects take about 1 GiB; a run beyond that is refused loudly, because an oracle with holes lies. */
const effectsMax = 20_000_000;
/** Two million requests stay below 1 GiB. */
const requestsMax = 2_000_000;

export class LedgerFull extends Error {}

export class Ledger {
  readonly effects = new Effects();
  readonly requests: RequestRecord[] = [];
  private readonly counts = new Map<string, TableCounts>();
  private readonly effectsMax: number;
  private readonly requestsMax: number;

  /** `max`: of both instead of the bounds above. */
  constructor(max?: number) {
    this.effectsMax = max ?? effectsMax;
    this.requestsMax = max ?? requestsMax;
  }

  /** Throws LedgerFull at the bound. */
  arrive(arrived: number, arrival: Arrival): RequestRecord {
    if (this.requests.length >= this.requestsMax) {
      throw new LedgerFull(
        `The ledger holds ${this.requestsMax} requests and takes no more; POST /__emulator__/reset.`,
      );
    }
    const record: RequestRecord = {
      number: this.requests.length + 1,
      ...arrival,
      arrived,
      principal: "",
      server: 0,
      status: 0,
      answered: 0,
      operations: 1,
      early: false,
      limited: false,
      expired: false,
      fault: undefined,
    };
    this.requests.push(record);
    return record;
  }

  /** Throws LedgerFull if `more` effects do not fit; called before anything is applied. */
  reserve(more: number): void {
    if (this.effects.length + more > this.effectsMax) {
      throw new LedgerFull(`The ledger holds ${this.effectsMax} effects and takes no more; POST /__emulator__/reset.`);
    }
  }

  append(effect: Omit<Effect, "sequence">): void {
    this.effects.append(effect);
    const counts = this.countsOf(effect.table);
    switch (effect.operation) {
      case "create":
        counts.creates += 1;
        break;
      case "update":
        counts.updates += 1;
        break;
      case "delete":
        counts.deletes += 1;
        break;
    }
    counts.repeated += effect.repeated ? 1 : 0;
  }

  countsOf(table: string): TableCounts {
    let counts = this.counts.get(table);
    if (counts === undefined) {
      counts = { creates: 0, updates: 0, deletes: 0, repeated: 0 };
      this.counts.set(table, counts);
    }
    return counts;
  }
}
