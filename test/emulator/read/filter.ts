/** Reads `$filter` into a tree; what it means is left to whoever evaluates it. */
import type { Token } from "./tokens.ts";
import { querySyntaxError, syntaxError, tokenize } from "./tokens.ts";

export interface FilterLiteral {
  readonly kind: "text" | "bare" | "null";
  readonly text: string;
}

export type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le";
export type TextTest = "contains" | "startswith" | "endswith";

export type Filter =
  | { readonly kind: "compare"; readonly test: Comparison; readonly property: string; readonly literal: FilterLiteral }
  /** One column with another. */
  | { readonly kind: "columns"; readonly test: Comparison; readonly property: string; readonly other: string }
  | { readonly kind: "text"; readonly test: TextTest; readonly property: string; readonly literal: FilterLiteral }
  | { readonly kind: "in"; readonly property: string; readonly literals: readonly FilterLiteral[] }
  /** Another of the service's query functions: `name` without the namespace. */
  | {
      readonly kind: "call";
      readonly name: string;
      readonly property: string;
      readonly literals: readonly FilterLiteral[];
    }
  /** `any` or `all` over a collection; without body: whether it has a row. */
  | {
      readonly kind: "lambda";
      readonly quantifier: "any" | "all";
      readonly property: string;
      readonly variable: string;
      readonly body: Filter | undefined;
    }
  | { readonly kind: "and" | "or"; readonly terms: readonly Filter[] }
  | { readonly kind: "not"; readonly term: Filter };

/** `@name` to its text, as the query options give it. */
export type Aliases = ReadonlyMap<string, string>;

/** Deeper nesting is no filter that a client writes, and could exhaust the stack. */
const depthMax = 100;

/** Throws the service's 400 for a text that is no filter. */
export function parseFilter(text: string, aliases: Aliases = new Map()): Filter {
  const reader = new FilterReader(text, aliases);
  const filter = reader.disjunction(0);
  reader.end();
  return filter;
}

const comparisons: ReadonlySet<string> = new Set(["eq", "ne", "gt", "ge", "lt", "le"]);
const textTests: ReadonlySet<string> = new Set(["contains", "startswith", "endswith"]);
const mirrored: Readonly<Record<Comparison, Comparison>> = {
  eq: "eq",
  ne: "ne",
  gt: "lt",
  ge: "le",
  lt: "gt",
  le: "ge",
};
const namespace = "Microsoft.Dynamics.CRM.";

type Operand =
  | { readonly kind: "property"; readonly name: string }
  | { readonly kind: "literal"; readonly literal: FilterLiteral };

class FilterReader {
  private readonly tokens: readonly Token[];
  private readonly text: string;
  private readonly aliases: Aliases;
  private at = 0;

  constructor(text: string, aliases: Aliases) {
    this.tokens = tokenize(text);
    this.text = text;
    this.aliases = aliases;
  }

  end(): void {
    if (this.at !== this.tokens.length) {
      throw this.syntax();
    }
  }

  disjunction(depth: number): Filter {
    const terms = [this.conjunction(depth)];
    while (this.take("or")) {
      terms.push(this.conjunction(depth));
    }
    return terms.length === 1 && terms[0] !== undefined ? terms[0] : { kind: "or", terms };
  }

  /** The value of an alias: one literal or a list. */
  literals(): readonly FilterLiteral[] {
    const alias = this.alias();
    if (alias !== undefined) {
      return alias;
    }
    if (!this.take("[")) {
      return [this.literal()];
    }
    const found: FilterLiteral[] = [];
    if (this.take("]")) {
      return found;
    }
    do {
      found.push(this.literal());
    } while (this.take(","));
    this.expect("]");
    return found;
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
      throw querySyntaxError("Recursion depth exceeded allowed limit.");
    }
    if (this.take("not")) {
      return { kind: "not", term: this.negation(depth + 1) };
    }
    if (this.take("(")) {
      const inner = this.disjunction(depth + 1);
      this.expect(")");
      return inner;
    }
    return this.condition(depth);
  }

  private condition(depth: number): Filter {
    const word = this.tokens[this.at];
    if (word?.kind === "word" && this.tokens[this.at + 1]?.text === "(") {
      this.at += 2;
      const test = this.called(word.text, depth);
      this.expect(")");
      return this.asBoolean(test);
    }
    return this.comparison();
  }

  private called(name: string, depth: number): Filter {
    if (name.startsWith(namespace)) {
      return this.queryFunction(name.slice(namespace.length));
    }
    if (textTests.has(name)) {
      return this.textTest(name as TextTest);
    }
    const [, property, quantifier] = /^(.+)\/(any|all)$/.exec(name) ?? [];
    if (property !== undefined) {
      return this.lambda(property, quantifier as "any" | "all", depth);
    }
    throw querySyntaxError(
      `An unknown function with name '${name}' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.`,
    );
  }

  private textTest(test: TextTest): Filter {
    const property = this.next("word");
    this.expect(",");
    return { kind: "text", test, property, literal: this.literal() };
  }

  private lambda(property: string, quantifier: "any" | "all", depth: number): Filter {
    if (quantifier === "any" && this.tokens[this.at]?.text === ")") {
      return { kind: "lambda", quantifier, property, variable: "", body: undefined };
    }
    const variable = this.next("lambda").replace(/\s*:$/, "");
    return { kind: "lambda", quantifier, property, variable, body: this.disjunction(depth + 1) };
  }

  /** `In(PropertyName='name',PropertyValues=["a","b"])`: every value is quoted, whatever the column's type. */
  private queryFunction(name: string): Filter {
    let property: string | undefined;
    const literals: FilterLiteral[] = [];
    do {
      const parameter = this.next("word");
      this.expect("=");
      const values = this.literals();
      if (parameter === "PropertyName") {
        property = values[0]?.text;
      } else if (/^PropertyValue[s12]?$/.test(parameter)) {
        literals.push(...values);
      } else {
        throw this.syntax();
      }
    } while (this.take(","));
    if (property === undefined) {
      throw this.syntax();
    }
    return name === "In" ? { kind: "in", property, literals } : { kind: "call", name, property, literals };
  }

  /** A condition may be compared with true or false. */
  private asBoolean(test: Filter): Filter {
    const negative = this.take("ne");
    if (!negative && !this.take("eq")) {
      return test;
    }
    const { kind, text } = this.literal();
    if (kind !== "bare" || (text !== "true" && text !== "false")) {
      throw this.syntax();
    }
    return (text === "true") === negative ? { kind: "not", term: test } : test;
  }

  private comparison(): Filter {
    const left = this.operand();
    const word = this.next("word");
    if (!comparisons.has(word)) {
      throw this.syntax();
    }
    const test = word as Comparison;
    const right = this.operand();
    if (left.kind === "property") {
      return right.kind === "property"
        ? { kind: "columns", test, property: left.name, other: right.name }
        : { kind: "compare", test, property: left.name, literal: right.literal };
    }
    if (right.kind === "property") {
      return { kind: "compare", test: mirrored[test], property: right.name, literal: left.literal };
    }
    throw this.syntax();
  }

  private operand(): Operand {
    const found = this.tokens[this.at];
    const isName = found?.kind === "word" && !/^(?:null|true|false|@.*)$/.test(found.text);
    return isName ? { kind: "property", name: this.next("word") } : { kind: "literal", literal: this.literal() };
  }

  private literal(): FilterLiteral {
    const [aliased] = this.alias() ?? [];
    if (aliased !== undefined) {
      return aliased;
    }
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
        throw this.syntax();
    }
  }

  private alias(): readonly FilterLiteral[] | undefined {
    const found = this.tokens[this.at];
    if (found?.kind !== "word" || !found.text.startsWith("@")) {
      return undefined;
    }
    this.at += 1;
    const text = this.aliases.get(found.text);
    if (text === undefined) {
      return [{ kind: "null", text: "" }];
    }
    // An alias cannot stand for another one.
    const reader = new FilterReader(text, new Map());
    const values = reader.literals();
    reader.end();
    return values;
  }

  private unquote(text: string): string {
    try {
      return String(JSON.parse(text));
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw this.syntax();
      }
      throw error;
    }
  }

  private next(kind: Token["kind"]): string {
    const found = this.tokens[this.at];
    if (found?.kind !== kind) {
      throw this.syntax();
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
      throw this.syntax();
    }
  }

  private syntax(): Error {
    return syntaxError(this.text, this.tokens[Math.min(this.at, this.tokens.length - 1)]?.end ?? 0);
  }
}
