/** Reads `$filter` into a tree; what it means is left to whoever evaluates it. */
import { codes, ServiceError } from "../wire/errors.ts";

export interface FilterLiteral {
  readonly kind: "text" | "bare" | "null";
  readonly text: string;
}

export type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le";
export type TextTest = "contains" | "startswith" | "endswith";

export type Filter =
  | { readonly kind: "compare"; readonly test: Comparison; readonly property: string; readonly literal: FilterLiteral }
  | { readonly kind: "text"; readonly test: TextTest; readonly property: string; readonly literal: FilterLiteral }
  | { readonly kind: "in"; readonly property: string; readonly literals: readonly FilterLiteral[] }
  | { readonly kind: "and" | "or"; readonly terms: readonly Filter[] }
  | { readonly kind: "not"; readonly term: Filter };

const token =
  /\s*(?:(?<text>'(?:[^']|'')*')|(?<json>"(?:[^"\\]|\\.)*")|(?<qualified>[A-Za-z_][\w.]*'[^']*')|(?<word>[A-Za-z_@$][\w./]*(?![-:\w]))|(?<bare>[-+]?\w[-\w.:+]*)|(?<mark>[(),=[\]]))/gy;

interface Token {
  readonly kind: "text" | "json" | "qualified" | "word" | "bare" | "mark";
  readonly text: string;
}

/** Deeper nesting is no filter that a client writes, and could exhaust the stack. */
const depthMax = 100;

/** Throws the service's 400 for a text that is no filter. */
export function parseFilter(text: string): Filter {
  const reader = new FilterReader(tokens(text), text);
  const filter = reader.disjunction(0);
  reader.end();
  return filter;
}

export function filterSyntax(text: string): ServiceError {
  return new ServiceError(400, codes.query, `Syntax error in the filter '${text.slice(0, 200)}'.`);
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [kind, value] = Object.entries(match.groups ?? {}).find(([, group]) => group !== undefined) ?? [];
    if (kind !== undefined && value !== undefined) {
      found.push({ kind: kind as Token["kind"], text: value });
    }
    end += match[0].length;
  }
  if (text.slice(end).trim() !== "") {
    throw filterSyntax(text);
  }
  return found;
}

const comparisons: ReadonlySet<string> = new Set(["eq", "ne", "gt", "ge", "lt", "le"]);
const textTests: ReadonlySet<string> = new Set(["contains", "startswith", "endswith"]);

class FilterReader {
  private readonly tokens: readonly Token[];
  private readonly text: string;
  private at = 0;

  constructor(found: readonly Token[], text: string) {
    this.tokens = found;
    this.text = text;
  }

  end(): void {
    if (this.at !== this.tokens.length) {
      throw filterSyntax(this.text);
    }
  }

  disjunction(depth: number): Filter {
    const terms = [this.conjunction(depth)];
    while (this.take("or")) {
      terms.push(this.conjunction(depth));
    }
    return terms.length === 1 && terms[0] !== undefined ? terms[0] : { kind: "or", terms };
  }

  private conjunction(depth: number): Filter {
    const terms = [this.negation(depth)];
    while (this.take("and")) {
      terms.push(this.negation(depth));
    }
    return terms.length === 1 && terms[0] !== undefined ? terms[0] : { kind: "and", terms };
  }

  private negation(depth: number): Filter {
    if (depth > depthMax) {
      throw filterSyntax(this.text);
    }
    if (this.take("not")) {
      return { kind: "not", term: this.negation(depth + 1) };
    }
    if (this.take("(")) {
      const inner = this.disjunction(depth + 1);
      this.expect(")");
      return inner;
    }
    return this.condition();
  }

  private condition(): Filter {
    const name = this.next("word");
    if (name === "Microsoft.Dynamics.CRM.In") {
      return this.inList();
    }
    if (textTests.has(name)) {
      this.expect("(");
      const property = this.next("word");
      this.expect(",");
      const literal = this.literal();
      this.expect(")");
      return { kind: "text", test: name as TextTest, property, literal };
    }
    const test = this.next("word");
    if (!comparisons.has(test)) {
      throw filterSyntax(this.text);
    }
    return { kind: "compare", test: test as Comparison, property: name, literal: this.literal() };
  }

  /** `In(PropertyName='name',PropertyValues=["a","b"])`: every value is quoted, whatever the column's type. */
  private inList(): Filter {
    this.expect("(");
    this.expect("PropertyName");
    this.expect("=");
    const property = this.literal().text;
    this.expect(",");
    this.expect("PropertyValues");
    this.expect("=");
    this.expect("[");
    const literals: FilterLiteral[] = [];
    do {
      literals.push(this.literal());
    } while (this.take(","));
    this.expect("]");
    this.expect(")");
    return { kind: "in", property, literals };
  }

  private literal(): FilterLiteral {
    const found = this.tokens[this.at];
    this.at += 1;
    switch (found?.kind) {
      case "text":
        return { kind: "text", text: found.text.slice(1, -1).replaceAll("''", "'") };
      case "json":
        return { kind: "text", text: this.unquote(found.text) };
      case "qualified":
        return { kind: "text", text: found.text.slice(found.text.indexOf("'") + 1, -1) };
      case "word":
        return found.text === "null" ? { kind: "null", text: "" } : { kind: "bare", text: found.text };
      case "bare":
        return { kind: "bare", text: found.text };
      default:
        throw filterSyntax(this.text);
    }
  }

  private unquote(text: string): string {
    try {
      return String(JSON.parse(text));
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw filterSyntax(this.text);
      }
      throw error;
    }
  }

  private next(kind: Token["kind"]): string {
    const found = this.tokens[this.at];
    if (found?.kind !== kind) {
      throw filterSyntax(this.text);
    }
    this.at += 1;
    return found.text;
  }

  private take(text: string): boolean {
    const found = this.tokens[this.at];
    if ((found?.kind !== "word" && found?.kind !== "mark") || found.text !== text) {
      return false;
    }
    this.at += 1;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) {
      throw filterSyntax(this.text);
    }
  }
}
