/** Faults by script: which request is hit, and what happens to it. A request plays one fault; the others do not count it. */

export interface FaultMatch {
  /** The first matching request that is hit, counted from 1; default 1. */
  readonly nth?: number;
  /** Matching requests that are hit from there on; default 1. */
  readonly count?: number;
  /** Regular expression over path and query. */
  readonly path?: string;
  readonly method?: string;
  /** True: `$batch` only; false: all but `$batch`. */
  readonly batch?: boolean;
  /** `token`: the identity provider's endpoints; default `api`. */
  readonly on?: "api" | "token";
  /** Client id. */
  readonly principal?: string;
}

export type FaultEffect =
  /** The connection is reset and nothing is applied. */
  | { readonly effect: "reset_before" }
  /** Applied, then the connection is reset. `applied`: only so many operations of a batch are. */
  | { readonly effect: "lose_reply"; readonly applied?: number }
  /** Answered so without being applied. */
  | {
      readonly effect: "status";
      readonly status: number;
      readonly body?: "json" | "html" | "empty";
      readonly code?: string;
      readonly message?: string;
      /** Sent as it is, so that it can lie. */
      readonly retry_after?: number | string;
    }
  /** These operations of a batch, counted from 0, answer so without being applied. */
  | {
      readonly effect: "part_status";
      readonly parts: readonly number[];
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly retry_after?: number | string;
    }
  /** Applied; the connection breaks after so many bytes of the body. */
  | { readonly effect: "truncate_reply"; readonly bytes: number }
  /** Applied; the multipart answer is damaged. `part`: which one, counted from 0. */
  | { readonly effect: "malformed_multipart"; readonly how: Damage; readonly part?: number }
  /** Milliseconds, before it is applied (default) or after. */
  | { readonly effect: "slow"; readonly ms: number; readonly when?: "before" | "after" }
  /** Every token given out becomes worthless; the request gets 401. */
  | { readonly effect: "revoke_tokens" };

export type Damage = "wrong_boundary" | "missing_part" | "doubled_part" | "swapped_parts" | "no_end" | "lf_only";

export type Fault = { readonly match?: FaultMatch } & FaultEffect;

export interface Hit {
  readonly on: "api" | "token";
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly principal: string;
}

/** More is no script but a mistake. */
const faultsMax = 10_000;

const required: Readonly<Record<FaultEffect["effect"], readonly string[]>> = {
  reset_before: [],
  lose_reply: [],
  status: ["status"],
  part_status: ["parts", "status"],
  truncate_reply: ["bytes"],
  malformed_multipart: ["how"],
  slow: ["ms"],
  revoke_tokens: [],
};

type Check = (value: unknown) => boolean;

const natural: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const text: Check = (value) => typeof value === "string";
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(String(value));

const fields: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["match", () => true],
  ["effect", text],
  ["applied", natural],
  ["status", (value) => natural(value) && Number(value) >= 200 && Number(value) <= 599],
  ["body", oneOf("json", "html", "empty")],
  ["code", text],
  ["message", text],
  ["retry_after", (value) => text(value) || typeof value === "number"],
  ["parts", (value) => Array.isArray(value) && value.every(natural)],
  ["bytes", natural],
  ["how", oneOf("wrong_boundary", "missing_part", "doubled_part", "swapped_parts", "no_end", "lf_only")],
  ["part", natural],
  ["ms", natural],
  ["when", oneOf("before", "after")],
]);
const matchFields: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["nth", natural],
  ["count", natural],
  ["path", text],
  ["method", text],
  ["batch", (value) => typeof value === "boolean"],
  ["on", oneOf("api", "token")],
  ["principal", text],
]);

export class FaultScriptError extends Error {}

export class Faults {
  private pending: { readonly fault: Fault; readonly path: RegExp | undefined; seen: number }[] = [];

  /** Throws a FaultScriptError that names the fault and the field. */
  add(script: unknown): void {
    if (!Array.isArray(script)) {
      throw new FaultScriptError("A fault script is a JSON array of faults.");
    }
    const faults = script.map((item: unknown, index) => checkFault(item, index));
    if (this.pending.length + faults.length > faultsMax) {
      throw new FaultScriptError(`More than ${faultsMax} faults are pending.`);
    }
    for (const fault of faults) {
      const path = fault.match?.path;
      this.pending.push({ fault, path: path === undefined ? undefined : new RegExp(path), seen: 0 });
    }
  }

  /** What is left, with the number of matching requests seen so far. */
  left(): readonly (Fault & { readonly seen: number })[] {
    return this.pending.map(({ fault, seen }) => ({ ...fault, seen }));
  }

  clear(): void {
    this.pending = [];
  }

  /** The fault that this request plays, if any. */
  take(hit: Hit): Fault | undefined {
    for (const entry of this.pending) {
      const match = entry.fault.match ?? {};
      if (!matchesHit(match, entry.path, hit)) {
        continue;
      }
      entry.seen += 1;
      const first = match.nth ?? 1;
      if (entry.seen >= first) {
        if (entry.seen >= first + (match.count ?? 1) - 1) {
          this.pending = this.pending.filter((other) => other !== entry);
        }
        return entry.fault;
      }
    }
    return undefined;
  }
}

function matchesHit(match: FaultMatch, path: RegExp | undefined, hit: Hit): boolean {
  const isBatch = /\/\$batch$/.test(hit.path);
  return (
    (match.on ?? "api") === hit.on &&
    (match.method === undefined || match.method === hit.method) &&
    (match.batch === undefined || match.batch === isBatch) &&
    (match.principal === undefined || match.principal === hit.principal) &&
    (path === undefined || path.test(hit.path))
  );
}

function checkFault(item: unknown, index: number): Fault {
  const where = `Fault ${index}`;
  const given = recordOf(item, where);
  const needed = required[given["effect"] as FaultEffect["effect"]] as readonly string[] | undefined;
  if (needed === undefined) {
    throw new FaultScriptError(`${where} has no known effect; known: ${Object.keys(required).join(", ")}.`);
  }
  checkFields(given, fields, where);
  checkFields(recordOf(given["match"] ?? {}, `${where}.match`), matchFields, `${where}.match`);
  const missing = needed.find((name) => given[name] === undefined);
  if (missing !== undefined) {
    throw new FaultScriptError(`${where} lacks ${missing}.`);
  }
  return given as unknown as Fault;
}

function checkFields(given: Readonly<Record<string, unknown>>, known: ReadonlyMap<string, Check>, where: string): void {
  for (const [name, value] of Object.entries(given)) {
    const check = known.get(name);
    if (check === undefined) {
      throw new FaultScriptError(`${where} has the unknown field ${name}; known: ${[...known.keys()].join(", ")}.`);
    }
    if (!check(value)) {
      throw new FaultScriptError(`${where}.${name} has a value that it cannot have.`);
    }
  }
}

function recordOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FaultScriptError(`${where} must be an object.`);
  }
  return value as Readonly<Record<string, unknown>>;
}
