/** The words of `$filter` and of parameter aliases. */
import { codes, ServiceError } from "../wire/errors.ts";

export interface Token {
  readonly kind: "text" | "json" | "qualified" | "lambda" | "word" | "bare" | "mark";
  readonly text: string;
  /** Where it ends in the whole text. */
  readonly end: number;
}

const form =
  /\s*(?:(?<text>'(?:[^']|'')*')|(?<json>"(?:[^"\\]|\\.)*")|(?<qualified>[A-Za-z_][\w.]*'[^']*')|(?<lambda>[A-Za-z_]\w*\s*:)|(?<word>[A-Za-z_@$][\w./]*(?![-:\w]))|(?<bare>[-+]?\w[-\w.:+]*)|(?<mark>[(),=[\]]))/gy;

/** Throws the service's 400 where no word begins. */
export function tokenize(text: string): readonly Token[] {
  const found: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(form)) {
    const [kind, value] = Object.entries(match.groups ?? {}).find(([, group]) => group !== undefined) ?? [];
    end += match[0].length;
    if (kind !== undefined && value !== undefined) {
      found.push({ kind: kind as Token["kind"], text: value, end });
    }
  }
  const rest = text.slice(end).trimStart();
  if (rest.startsWith("'")) {
    throw querySyntaxError(`There is an unterminated string literal at position ${text.length} in '${shown(text)}'.`);
  }
  if (rest !== "") {
    throw syntaxError(text, end);
  }
  return found;
}

/** The service's refusal of a text that it cannot read; `at` counts characters. */
export function syntaxError(text: string, at: number): ServiceError {
  return querySyntaxError(`Syntax error at position ${at} in '${shown(text)}'.`);
}

export function querySyntaxError(message: string): ServiceError {
  return new ServiceError(400, codes.query, message);
}

/** Answers do not grow with what they refuse. */
function shown(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
