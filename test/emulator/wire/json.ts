/** JSON read with every number kept as its own text, because a double would round decimals and 64-bit integers. */
import type { Json } from "./json-value.ts";
import { emptyObject, JsonObject, NumberText, Shape } from "./json-value.ts";

/** Deeper bodies than any client's have no use and could exhaust the stack. */
const depthMax = 64;

/** Longer objects are no rows; nothing is guessed of them. */
const guessedMax = 1024;

/** Of the object read last at each depth: the next one probably has the same names, which are then compared and not read. */
const guesses: Shape[] = Array.from({ length: depthMax + 1 }, () => new Shape([]));

/** Throws a SyntaxError that names the position. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const marks = {
  quote: 0x22,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  open: 0x7b,
  close: 0x7d,
} as const;
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
    switch (this.text.charCodeAt(this.at)) {
      case marks.quote:
        return this.string();
      case marks.open:
        return this.object(depth);
      case marks.openList:
        return this.array(depth);
      case 0x74:
        return this.word("true", true);
      case 0x66:
        return this.word("false", false);
      case 0x6e:
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
    this.at += 1;
    if (this.take(marks.close)) {
      return emptyObject;
    }
    const guess = guesses[depth] ?? new Shape([]);
    const members: Json[] = [];
    do {
      this.skipBlanks();
      if (!this.takeName(guess.names[members.length])) {
        return this.unguessed(depth, guess.names.slice(0, members.length), members);
      }
      this.need(marks.colon);
      members.push(this.value(depth + 1));
    } while (this.take(marks.comma));
    this.need(marks.close);
    const shape = members.length === guess.names.length ? guess : new Shape(guess.names.slice(0, members.length));
    return new JsonObject(shape, members);
  }

  /** The rest of an object whose members so far are known, from a name on. Of members of the same name the last counts. */
  private unguessed(depth: number, names: readonly string[], values: readonly Json[]): JsonObject {
    const members = new Map(names.map((name, place) => [name, values[place] ?? null]));
    let isPlain = true;
    do {
      this.skipBlanks();
      const start = this.at;
      const name = this.string();
      // An escape is longer than what it stands for.
      isPlain &&= this.at - start === name.length + 2;
      this.need(marks.colon);
      members.set(name, this.value(depth + 1));
    } while (this.take(marks.comma));
    this.need(marks.close);
    const shape = new Shape([...members.keys()]);
    if (isPlain && members.size <= guessedMax) {
      guesses[depth] = shape;
    }
    return new JsonObject(shape, [...members.values()]);
  }

  /** Whether a name, quotes included, stands here; it holds nothing that JSON would escape. */
  private takeName(name: string | undefined): boolean {
    const { text, at } = this;
    if (name === undefined || text.charCodeAt(at) !== marks.quote) {
      return false;
    }
    const end = at + 1 + name.length;
    if (!text.startsWith(name, at + 1) || text.charCodeAt(end) !== marks.quote) {
      return false;
    }
    this.at = end + 1;
    return true;
  }

  private array(depth: number): Json[] {
    const items: Json[] = [];
    this.at += 1;
    if (this.take(marks.closeList)) {
      return items;
    }
    do {
      items.push(this.value(depth + 1));
    } while (this.take(marks.comma));
    this.need(marks.closeList);
    return items;
  }

  private string(): string {
    const { text, at: start } = this;
    if (text.charCodeAt(start) !== marks.quote) {
      throw this.unexpected();
    }
    let plain = true;
    for (let at = start + 1; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === marks.quote) {
        this.at = at + 1;
        return plain ? text.slice(start + 1, at) : (JSON.parse(text.slice(start, at + 1)) as string);
      }
      if (unit === marks.backslash) {
        plain = false;
        at += 1;
      } else if (unit < 0x20) {
        break;
      }
    }
    throw this.unexpected();
  }

  private number(): NumberText {
    const end = this.endOfShortNumber();
    const text = end > 0 ? this.text.slice(this.at, end) : this.anyNumber();
    this.at += text.length;
    return new NumberText(text);
  }

  /** Where a number of digits and at most one point ends; 0 if it is of another form. */
  private endOfShortNumber(): number {
    const { text } = this;
    let at = this.at + (text.charCodeAt(this.at) === marks.minus ? 1 : 0);
    const whole = at;
    at = digitsEnd(text, at);
    if (at === whole || (text.charCodeAt(whole) === marks.zero && at > whole + 1)) {
      return 0;
    }
    if (text.charCodeAt(at) === marks.point) {
      const fraction = at + 1;
      at = digitsEnd(text, fraction);
      if (at === fraction) {
        return 0;
      }
    }
    // Behind it stands the end, or a mark that no number holds, but never an exponent.
    return (text.charCodeAt(at) | 0x20) === 0x65 ? 0 : at;
  }

  private anyNumber(): string {
    number.lastIndex = this.at;
    const found = number.exec(this.text);
    if (found === null) {
      throw this.unexpected();
    }
    return found[0];
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) {
      throw this.unexpected();
    }
    this.at += word.length;
    return value;
  }

  private need(mark: number): void {
    if (!this.take(mark)) {
      throw this.unexpected();
    }
  }

  private take(mark: number): boolean {
    this.skipBlanks();
    if (this.text.charCodeAt(this.at) !== mark) {
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

function digitsEnd(text: string, start: number): number {
  let at = start;
  for (let unit = text.charCodeAt(at); unit >= marks.zero && unit <= marks.nine; unit = text.charCodeAt(at)) {
    at += 1;
  }
  return at;
}
