/** Reads an `$expand` of metadata: names with options in brackets, which may hold further ones. */
import { splitOutside } from "../read/split.ts";
import { codes, ServiceError } from "../wire/errors.ts";

export interface Expansion {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Split at commas outside brackets and quotes. Throws the service's 400 for anything else. */
export function parseExpand(text: string | undefined): readonly Expansion[] {
  return splitOutside(text ?? "", ",").map((item) => {
    const [, name, options = ""] = /^(\w+)\s*(?:\((.*)\))?$/s.exec(item) ?? [];
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
