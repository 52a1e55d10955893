/** JSON read with every number kept as its own text, because a double would round decimals and 64-bit integers. */

/** A number as it was written. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = ReadonlyMap<string, Json>;
export type Json = null | boolean | string | NumberText | readonly Json[] | JsonObject;

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** Deeper bodies than any client's have no use and could exhaust the stack. */
const depthMax = 64;

/** Throws a SyntaxError that names the position. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const blank = /[ \t\r\n]*/y;

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): Json {
    if (depth > depthMax) {
      throw this.unexpected();
    }
    this.skipBlanks();
    switch (this.text[this.at]) {
      case "{":
        return this.object(depth);
      case "[":
        return this.array(depth);
      case '"':
        return this.string();
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  end(): void {
    this.skipBlanks();
    if (this.at !== this.text.length) {
      throw this.unexpected();
    }
  }

  private object(depth: number): JsonObject {
    const members = new Map<string, Json>();
    this.at += 1;
    if (this.take("}")) {
      return members;
    }
    do {
      this.skipBlanks();
      const name = this.string();
      if (!this.take(":")) {
        throw this.unexpected();
      }
      members.set(name, this.value(depth + 1));
    } while (this.take(","));
    if (!this.take("}")) {
      throw this.unexpected();
    }
    return members;
  }

  private array(depth: number): Json[] {
    const items: Json[] = [];
    this.at += 1;
    if (this.take("]")) {
      return items;
    }
    do {
      items.push(this.value(depth + 1));
    } while (this.take(","));
    if (!this.take("]")) {
      throw this.unexpected();
    }
    return items;
  }

  private string(): string {
    if (this.text[this.at] !== '"') {
      throw this.unexpected();
    }
    let plain = true;
    for (let at = this.at + 1; at < this.text.length; at += 1) {
      const unit = this.text.charCodeAt(at);
      if (unit === 0x22) {
        const start = this.at;
        this.at = at + 1;
        return plain ? this.text.slice(start + 1, at) : (JSON.parse(this.text.slice(start, at + 1)) as string);
      }
      if (unit === 0x5c) {
        plain = false;
        at += 1;
      } else if (unit < 0x20) {
        break;
      }
    }
    throw this.unexpected();
  }

  private number(): NumberText {
    number.lastIndex = this.at;
    const found = number.exec(this.text);
    if (found === null) {
      throw this.unexpected();
    }
    this.at = number.lastIndex;
    return new NumberText(found[0]);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) {
      throw this.unexpected();
    }
    this.at += word.length;
    return value;
  }

  private take(mark: string): boolean {
    this.skipBlanks();
    if (this.text[this.at] !== mark) {
      return false;
    }
    this.at += 1;
    return true;
  }

  private skipBlanks(): void {
    const unit = this.text.charCodeAt(this.at);
    if (unit > 0x20 || Number.isNaN(unit)) {
      return;
    }
    blank.lastIndex = this.at;
    blank.exec(this.text);
    this.at = blank.lastIndex;
  }

  private unexpected(): SyntaxError {
    return new SyntaxError(`Unexpected character or end of text at position ${this.at}.`);
  }
}
