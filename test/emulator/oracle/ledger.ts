/** The oracle: an append-only record of every request and of every effect it had. Nothing the emulator answers is read from it. */

export type Operation = "create" | "update" | "delete";

export interface Effect {
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly principal: string;
  readonly server: number;
  /** Number of the request in this ledger. */
  readonly request: number;
  readonly operation: Operation;
  readonly table: string;
  readonly id: string;
  /** Of the values that the operation carried. */
  readonly hash: string;
  /** The row held these very values from the effect before. */
  readonly repeated: boolean;
  /** What the operation carried, by column; absent under `--no-values`. */
  readonly values?: Readonly<Record<string, unknown>>;
}

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

/** Two million of each stay below 1 GiB; a run beyond that is refused loudly, because an oracle with holes lies. */
export const entriesMax = 2_000_000;

export class LedgerFull extends Error {}

export class Ledger {
  readonly effects: Effect[] = [];
  readonly requests: RequestRecord[] = [];
  private readonly counts = new Map<string, TableCounts>();
  private readonly max: number;

  constructor(max = entriesMax) {
    this.max = max;
  }

  /** Throws LedgerFull at the bound. */
  arrive(arrived: number, arrival: Arrival): RequestRecord {
    if (this.requests.length >= this.max) {
      throw new LedgerFull(`The ledger holds ${this.max} requests and takes no more; POST /__emulator__/reset.`);
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
    if (this.effects.length + more > this.max) {
      throw new LedgerFull(`The ledger holds ${this.max} effects and takes no more; POST /__emulator__/reset.`);
    }
  }

  append(effect: Omit<Effect, "sequence">): void {
    this.effects.push({ sequence: this.effects.length + 1, ...effect });
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
