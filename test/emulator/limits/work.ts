/** What a request asks for, as far as its price needs to know it: seen from outside, before anything is run. */
import type { WebRequest } from "../wire/http.ts";
import { pathOf } from "../wire/http.ts";

export interface Step {
  readonly kind: "read" | "write" | "upsert" | "bulk";
  /** Whether it writes by upsert; of the rows, for a bulk message. */
  readonly upsert: boolean;
  /** Rows of a bulk message; 1 otherwise. */
  readonly rows: number;
  /** Entity set name, or whatever else the path begins with. */
  readonly set: string;
}

export type Work =
  | { readonly kind: "alone"; readonly step: Step }
  | { readonly kind: "batch"; readonly steps: readonly Step[] };

/** Never throws: what cannot be read will be refused, and until then costs what can be seen of it. */
export function workOf(request: WebRequest): Work {
  const path = belowRoot(request.url);
  if (/^\$batch(\?|$)/.test(path)) {
    return { kind: "batch", steps: batchSteps(textOf(request)) };
  }
  const conditional = request.headers["if-match"] !== undefined;
  return { kind: "alone", step: stepOf(request.method, path, { conditional, body: () => textOf(request) }) };
}

/** Bytes as characters: everything that is looked for is ASCII, and this is the cheapest text of all. */
function textOf({ body }: WebRequest): string {
  return typeof body === "string"
    ? body
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
}

function belowRoot(url: string): string {
  return pathOf(url).replace(/^\/api\/data\/v9\.\d\//, "");
}

interface Rest {
  readonly conditional: boolean;
  readonly body: () => string;
}

const bulkMessage = /\/Microsoft\.Dynamics\.CRM\.(Create|Update|Upsert|Delete)Multiple(\?|$)/;

function stepOf(method: string, path: string, { conditional, body }: Rest): Step {
  const [set = ""] = /^\/?\w*/.exec(path) ?? [];
  const common = { set: set.replace("/", ""), rows: 1, upsert: false } as const;
  switch (method) {
    case "PATCH":
      return conditional ? { ...common, kind: "write" } : { ...common, kind: "upsert", upsert: true };
    case "POST": {
      const [, message] = bulkMessage.exec(path) ?? [];
      return message === undefined
        ? { ...common, kind: "write" }
        : { ...common, kind: "bulk", upsert: message === "Upsert", rows: targets(body()) };
    }
    case "PUT":
    case "DELETE":
      return { ...common, kind: "write" };
    default:
      return { ...common, kind: "read" };
  }
}

/** A request line; no value in JSON can hold one, since it has no line ends of its own. */
const requestLine = /\n(GET|HEAD|POST|PATCH|PUT|DELETE) (\S+)(?: HTTP\/1\.1)?\r?\n/g;

function batchSteps(text: string): readonly Step[] {
  const steps: Step[] = [];
  for (const { 0: line, 1: method = "", 2: url = "", index } of text.matchAll(requestLine)) {
    const start = index + line.length;
    const conditional = method === "PATCH" && hasIfMatch(text, start);
    const body = (): string => text.slice(start, nextLine(text, start));
    steps.push(stepOf(method, belowRoot(url), { conditional, body }));
  }
  return steps;
}

/** Longer than the headers of any part. */
const headCharactersMax = 4096;

/** Among the lines up to the empty one. */
function hasIfMatch(text: string, start: number): boolean {
  const [head = ""] = text.slice(start, start + headCharactersMax).split(/\n\r?\n/, 1);
  return /(?:^|\n)if-match\s*:/i.test(head);
}

function nextLine(text: string, start: number): number {
  requestLine.lastIndex = start;
  const next = requestLine.exec(text);
  requestLine.lastIndex = 0;
  return next === null ? text.length : next.index;
}

const quote = 0x22;
const backslash = 0x5c;

/** Elements of the array `Targets`; 0 if there is none. Much cheaper than reading the JSON a second time. */
function targets(text: string): number {
  const open = /"Targets"\s*:\s*\[/.exec(text);
  if (open === null) {
    return 0;
  }
  let count = 0;
  let depth = 0;
  for (let at = open.index + open[0].length; at < text.length && depth >= 0; at += 1) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      at = endOfText(text, at);
    } else if (character === 0x7b || character === 0x5b) {
      count += depth === 0 ? 1 : 0;
      depth += 1;
    } else if (character === 0x7d || character === 0x5d) {
      depth -= 1;
    }
  }
  return count;
}

/** Place of the quote that ends the text which begins at `start`. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === backslash) {
      slashes += 1;
    }
    if (slashes % 2 === 0) {
      return end;
    }
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}
