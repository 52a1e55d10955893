/** Whether a request, or an operation of a batch, is one that a fault means. */
import type { FaultMatch, OperationMatch } from "./script.ts";

export interface Hit {
  readonly on: "api" | "token";
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Client id. */
  readonly principal: string;
  /** Asked for by those faults only that look into it. */
  readonly body: () => string;
}

export interface OperationSeen {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

type Test<Seen> = (seen: Seen) => boolean;

/** The entity set of a table; throws for an unknown one. */
export type SetOf = (table: string) => string;

/** Throws a SyntaxError for what is no regular expression. */
export function operationTest(match: OperationMatch, setOf: SetOf): Test<OperationSeen> {
  const line = match.operation === undefined ? undefined : new RegExp(match.operation);
  const set = match.table === undefined ? undefined : new RegExp(`(?:^|/)${setOf(match.table)}(?=[(/?]|$)`);
  const { contains } = match;
  return ({ method, url, body }) =>
    (line?.test(`${method} ${url}`) ?? true) &&
    (set?.test(url) ?? true) &&
    (contains === undefined || body.includes(contains) || url.includes(contains));
}

/** Throws a SyntaxError for what is no regular expression. */
export function requestTest(match: FaultMatch, setOf: SetOf): Test<Hit> {
  const path = match.path === undefined ? undefined : new RegExp(match.path);
  const operation = operationTest(match, setOf);
  const looksInside = match.operation !== undefined || match.table !== undefined || match.contains !== undefined;
  return (hit) =>
    (match.on ?? "api") === hit.on &&
    (match.method ?? hit.method) === hit.method &&
    (match.batch ?? isBatchPath(hit.path)) === isBatchPath(hit.path) &&
    (match.principal ?? hit.principal) === hit.principal &&
    (path?.test(hit.path) ?? true) &&
    (!looksInside || operationsOf(hit).some(operation));
}

function isBatchPath(path: string): boolean {
  return /\/\$batch(\?|$)/.test(path);
}

/** A batch by its request lines; each operation's body reaches to the next one. */
function operationsOf(hit: Hit): readonly OperationSeen[] {
  const body = hit.body();
  if (!isBatchPath(hit.path)) {
    return [{ method: hit.method, url: hit.path, body }];
  }
  const lines = [...body.matchAll(/^([A-Z]+) (\S+) HTTP\/1\.1\r?$/gm)];
  return lines.map((line, index) => ({
    method: line[1] ?? "",
    url: line[2] ?? "",
    body: body.slice(line.index, lines[index + 1]?.index),
  }));
}
