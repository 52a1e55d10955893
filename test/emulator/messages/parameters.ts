/** Parameters of a function in a URL: `EntityNames=['account']`, or `EntityNames=@names` with `?@names=['account']`. */
import { payloadError } from "../wire/errors.ts";
import type { Query } from "../wire/query.ts";

const parameter = /\s*([A-Za-z_]\w*)=(@\w+|\[(?:[^\]']|'[^']*')*\]|(?:[^,']|'[^']*')+)(?:,|$)/gy;

/** Parameter to its value as it was written, aliases resolved. Throws the service's 400. */
export function readParameters(text: string, aliases: Query): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let end = 0;
  for (const [whole, name = "", value = ""] of text.matchAll(parameter)) {
    end += whole.length;
    const resolved = value.startsWith("@") ? aliases.get(value) : value.trim();
    if (resolved === undefined) {
      throw payloadError(
        "",
        `Microsoft.OData.ODataException: The parameter alias '${value}' has no value in the query.`,
      );
    }
    found.set(name, resolved);
  }
  if (end !== text.length) {
    throw payloadError("", "Microsoft.OData.ODataException: The parameters of the function cannot be read.");
  }
  return found;
}

const item = /\s*(?:'((?:[^']|'')*)'|"([^"\\]*)")\s*(?:,|$)/gy;

/** `['account','contact']`, with quotes of either kind. Undefined if the text is no list of texts. */
export function readTextList(text: string): readonly string[] | undefined {
  if (!text.startsWith("[") || !text.endsWith("]")) {
    return undefined;
  }
  const inside = text.slice(1, -1).trim();
  const found = [...inside.matchAll(item)];
  const length = found.reduce((sum, [whole]) => sum + whole.length, 0);
  return length === inside.length
    ? found.map(([, single, double]) => single?.replaceAll("''", "'") ?? double ?? "")
    : undefined;
}
