/** Reads an `$expand` of metadata: names with options in brackets, which may hold further ones. */
import { codes, ServiceError } from "../wire/errors.ts";

export interface Expansion {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Split at commas outside brackets and quotes. Throws the service's 400 for anything else. */
export function parseExpand(text: string | undefined): readonly Expansion[] {
  return splitOutside(text ?? "", ",").map((item) => {
    const [, name, options = ""] = /^(\w+)\s*(?:\((.*)\))?$/s.exec(item.trim()) ?? [];
    if (name === undefined) {
      throw new ServiceError(400, codes.query, `Syntax error in $expand: '${item}'.`);
    }
    return { name, options: new Map(splitOutside(options, ";").map(option)) };
  });
}

const known: ReadonlySet<string> = new Set(["$select", "$filter", "$expand"]);

function option(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf("=");
  const name = text.slice(0, equals).trim();
  if (equals < 0 || !known.has(name)) {
    throw new ServiceError(400, codes.query, `Syntax error in $expand: '${text}'.`);
  }
  return [name, text.slice(equals + 1)];
}

function splitOutside(text: string, mark: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "'") {
      quoted = !quoted;
    } else if (!quoted && (character === "(" || character === ")")) {
      depth += character === "(" ? 1 : -1;
    } else if (!quoted && depth === 0 && character === mark) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.filter((part) => part.trim() !== "");
}
