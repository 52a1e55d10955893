/** The query options of a URL, decoded; a `+` is a blank, as clients of every kind write it. */
import { querySyntax } from "./errors.ts";

export type Query = ReadonlyMap<string, string>;

export interface Target {
  /** Before the question mark, still encoded. */
  readonly path: string;
  readonly query: Query;
}

export function splitTarget(url: string): Target {
  const mark = url.indexOf("?");
  if (mark < 0) {
    return { path: url, query: new Map() };
  }
  const query = new Map<string, string>();
  for (const option of url.slice(mark + 1).split("&")) {
    const equals = option.indexOf("=");
    if (option !== "") {
      const name = equals < 0 ? option : option.slice(0, equals);
      query.set(decodeOption(name), equals < 0 ? "" : decodeOption(option.slice(equals + 1)));
    }
  }
  return { path: url.slice(0, mark), query };
}

function decodeOption(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (error) {
    if (error instanceof URIError) {
      throw querySyntax();
    }
    throw error;
  }
}
