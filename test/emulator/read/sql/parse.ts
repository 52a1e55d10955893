/** Reads the SELECT statements that the Web API takes: joins, conditions, groups and orders, nothing else. */
import type { Item, Join, Name, Statement, Where } from "./statement.ts";
import type { Token } from "./tokens.ts";
import { sqlRefusal, tokenize } from "./tokens.ts";

/** Throws the service's 400. */
export function parseSelect(sql: string): Statement {
  return new SelectReader(tokenize(sql)).statement();
}

const calls: ReadonlySet<string> = new Set(["COUNT", "SUM", "AVG", "MIN", "MAX"]);
const clauses: ReadonlySet<string> = new Set(
  "SELECT FROM WHERE GROUP ORDER BY JOIN INNER LEFT RIGHT FULL CROSS OUTER ON AND OR NOT IN IS NULL LIKE BETWEEN AS ASC DESC HAVING UNION OFFSET TOP DISTINCT".split(
    " ",
  ),
);
const comparisons: ReadonlyMap<string, string> = new Map([
  ["=", "eq"],
  ["<>", "ne"],
  ["!=", "ne"],
  ["<", "lt"],
  ["<=", "le"],
  [">", "gt"],
  [">=", "ge"],
]);

/** Deeper nesting is no condition that a client writes. */
const depthMax = 30;

class SelectReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  statement(): Statement {
    this.expect("SELECT");
    const distinct = this.take("DISTINCT");
    const top = this.take("TOP") ? Number(this.next("number")) : undefined;
    const items = this.list(() => this.item());
    this.expect("FROM");
    const { table, alias } = this.tableName();
    const body = {
      distinct,
      items,
      table,
      alias,
      joins: this.joins(),
      where: this.take("WHERE") ? this.disjunction(0) : undefined,
      groups: this.takeAll("GROUP", "BY") ? this.list(() => this.name()) : [],
      orders: this.takeAll("ORDER", "BY") ? this.list(() => this.order()) : [],
    };
    const statement = { ...body, ...this.stretch(top, body.orders.length > 0) };
    if (this.at !== this.tokens.length) {
      throw this.syntax();
    }
    return statement;
  }

  /** `OFFSET n ROWS FETCH NEXT m ROWS ONLY` stands after an order, and never together with TOP. */
  private stretch(top: number | undefined, ordered: boolean): Pick<Statement, "top" | "offset"> {
    if (!ordered || top !== undefined || !this.take("OFFSET")) {
      return { top, offset: 0 };
    }
    const offset = Number(this.next("number"));
    this.rows();
    if (!this.take("FETCH")) {
      return { top, offset };
    }
    if (!this.take("NEXT")) {
      this.expect("FIRST");
    }
    const length = Number(this.next("number"));
    this.rows();
    this.expect("ONLY");
    return { top: length, offset };
  }

  private rows(): void {
    if (!this.take("ROWS")) {
      this.expect("ROW");
    }
  }

  private item(): Item {
    const word = this.tokens[this.at]?.text.toUpperCase() ?? "";
    if (!calls.has(word) || this.tokens[this.at + 1]?.text !== "(") {
      const name = this.name();
      return { name, call: undefined, distinct: false, as: this.alias() };
    }
    this.at += 2;
    const distinct = this.take("DISTINCT");
    const name = word === "COUNT" && this.take("*") ? undefined : this.name();
    this.expect(")");
    return { name, call: word, distinct, as: this.alias() };
  }

  private joins(): readonly Join[] {
    const found: Join[] = [];
    for (;;) {
      const outer = this.take("LEFT");
      if (outer) {
        this.take("OUTER");
      }
      const inner = !outer && this.take("INNER");
      if (!this.take("JOIN")) {
        if (outer || inner) {
          throw this.syntax();
        }
        return found;
      }
      const { table, alias } = this.tableName();
      this.expect("ON");
      const left = this.name();
      this.expect("=");
      found.push({ table, alias, outer, on: [left, this.name()] });
    }
  }

  private disjunction(depth: number): Where {
    const terms = [this.conjunction(depth)];
    while (this.take("OR")) {
      terms.push(this.conjunction(depth));
    }
    return { kind: "or", terms };
  }

  private conjunction(depth: number): Where {
    const terms = [this.condition(depth)];
    while (this.take("AND")) {
      terms.push(this.condition(depth));
    }
    return { kind: "and", terms };
  }

  private condition(depth: number): Where {
    if (this.take("(")) {
      if (depth > depthMax) {
        throw this.syntax();
      }
      const inner = this.disjunction(depth + 1);
      this.expect(")");
      return inner;
    }
    const name = this.name();
    const comparison = comparisons.get(this.tokens[this.at]?.text ?? "");
    if (comparison !== undefined) {
      this.at += 1;
      return { kind: "test", name, operator: comparison, values: [this.value()] };
    }
    if (this.take("IS")) {
      const operator = this.take("NOT") ? "not-null" : "null";
      this.expect("NULL");
      return { kind: "test", name, operator, values: [] };
    }
    return this.listTest(name, this.take("NOT") ? "not-" : "");
  }

  private listTest(name: Name, not: string): Where {
    if (this.take("LIKE")) {
      return { kind: "test", name, operator: `${not}like`, values: [this.value()] };
    }
    if (this.take("BETWEEN")) {
      const low = this.value();
      this.expect("AND");
      return { kind: "test", name, operator: `${not}between`, values: [low, this.value()] };
    }
    this.expect("IN");
    this.expect("(");
    const values = this.list(() => this.value());
    this.expect(")");
    return { kind: "test", name, operator: `${not}in`, values };
  }

  private order(): { readonly name: Name; readonly descending: boolean } {
    const name = this.name();
    const descending = this.take("DESC");
    if (!descending) {
      this.take("ASC");
    }
    return { name, descending };
  }

  private tableName(): { readonly table: string; readonly alias: string } {
    const table = this.identifier();
    return { table: table.toLowerCase(), alias: (this.alias() ?? table).toLowerCase() };
  }

  private alias(): string | undefined {
    const named = this.take("AS");
    const found = this.tokens[this.at];
    return named || (found?.kind === "word" && !clauses.has(found.text.toUpperCase())) ? this.identifier() : undefined;
  }

  private name(): Name {
    const first = this.identifier();
    return this.take(".")
      ? { of: first.toLowerCase(), column: this.identifier().toLowerCase() }
      : { of: undefined, column: first };
  }

  private identifier(): string {
    const found = this.tokens[this.at];
    if (found?.kind !== "word" || clauses.has(found.text.toUpperCase())) {
      throw this.syntax();
    }
    this.at += 1;
    return found.text;
  }

  private value(): string {
    const found = this.tokens[this.at];
    this.at += 1;
    if (found?.kind !== "text" && found?.kind !== "number") {
      throw this.syntax();
    }
    return found.text;
  }

  private list<T>(one: () => T): readonly T[] {
    const found = [one()];
    while (this.take(",")) {
      found.push(one());
    }
    return found;
  }

  private next(kind: Token["kind"]): string {
    const found = this.tokens[this.at];
    if (found?.kind !== kind) {
      throw this.syntax();
    }
    this.at += 1;
    return found.text;
  }

  private takeAll(first: string, second: string): boolean {
    const taken = this.take(first);
    if (taken) {
      this.expect(second);
    }
    return taken;
  }

  private take(word: string): boolean {
    const found = this.tokens[this.at];
    const taken = (found?.kind === "word" || found?.kind === "mark") && found.text.toUpperCase() === word;
    this.at += taken ? 1 : 0;
    return taken;
  }

  private expect(word: string): void {
    if (!this.take(word)) {
      throw this.syntax();
    }
  }

  private syntax(): Error {
    return sqlRefusal(`Incorrect syntax near '${(this.tokens[this.at]?.text ?? "").slice(0, 50)}'.`);
  }
}
