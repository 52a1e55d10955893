/** The words of a SELECT statement. */
import { codes, ServiceError } from "../../wire/errors.ts";

export interface Token {
  readonly kind: "word" | "text" | "number" | "mark";
  /** Words as they were written; texts without quotes. */
  readonly text: string;
}

const form =
  /\s*(?:(?<text>N?'(?:[^']|'')*')|(?<number>-?\d+(?:\.\d+)?)|(?<word>[A-Za-z_]\w*|\[[^\]]+\])|(?<mark><=|>=|<>|!=|[=<>(),.*]))/gy;

/** Throws the service's 400 where no word begins. */
export function tokenize(sql: string): readonly Token[] {
  const found: Token[] = [];
  let end = 0;
  for (const match of sql.matchAll(form)) {
    const { text, number, word, mark } = match.groups ?? {};
    end += match[0].length;
    if (text !== undefined) {
      found.push({ kind: "text", text: text.replace(/^N?'|'$/g, "").replaceAll("''", "'") });
    } else if (word !== undefined) {
      found.push({ kind: "word", text: word.replace(/^\[|\]$/g, "") });
    } else {
      found.push(number === undefined ? { kind: "mark", text: mark ?? "" } : { kind: "number", text: number });
    }
  }
  if (!/^[\s;]*$/.test(sql.slice(end))) {
    throw sqlRefusal(`Incorrect syntax near '${sql.slice(end).trim().slice(0, 50)}'.`);
  }
  return found;
}

export function sqlRefusal(message: string): ServiceError {
  return new ServiceError(400, codes.argument, message);
}
