/** A strict reader of small XML documents: elements, attributes and texts; no document types, so that nothing can be expanded. */

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** The text directly in it. */
  readonly text: string;
}

export class XmlError extends Error {}

/** A URL in a batch part has no more characters. */
const lengthMax = 65_536;

/** Deeper documents are no queries and could exhaust the stack. */
const depthMax = 64;

/** Throws an XmlError that says where. */
export function parseXml(text: string): Element {
  if (text.length > lengthMax) {
    throw new XmlError(`The document has more than ${lengthMax} characters.`);
  }
  return new XmlReader(text).document();
}

const nameForm = /[A-Za-z_][\w.:-]*/y;
const attributeForm = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const miscellany = /(?:\s+|<!--(?:(?!--)[\s\S])*-->|<\?[\s\S]*?\?>)*/y;
const entityForm = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));|&/g;
const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

class XmlReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): Element {
    this.take(miscellany);
    const root = this.element(0);
    this.take(miscellany);
    if (this.at !== this.text.length) {
      throw this.unexpected();
    }
    return root;
  }

  private element(depth: number): Element {
    if (depth > depthMax) {
      throw this.unexpected();
    }
    this.expect("<");
    const name = this.take(nameForm)?.[0];
    if (name === undefined) {
      throw this.unexpected();
    }
    const attributes = this.attributes();
    this.take(/\s*/y);
    if (this.skip("/>")) {
      return { name, attributes, children: [], text: "" };
    }
    this.expect(">");
    const children: Element[] = [];
    let text = "";
    for (;;) {
      text += this.characters();
      if (this.skip(`</${name}`)) {
        this.take(/\s*/y);
        this.expect(">");
        return { name, attributes, children, text };
      }
      if (!this.text.startsWith("<", this.at) || this.text.startsWith("</", this.at)) {
        throw this.unexpected();
      }
      children.push(this.element(depth + 1));
    }
  }

  private attributes(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (;;) {
      const [, name, double, single] = this.take(attributeForm) ?? [];
      if (name === undefined) {
        return found;
      }
      if (found.has(name)) {
        throw this.unexpected();
      }
      found.set(name, this.unescape(double ?? single ?? ""));
    }
  }

  /** Text up to the next element, comments left out. */
  private characters(): string {
    let text = "";
    for (;;) {
      text += this.unescape(this.take(/[^<]*/y)?.[0] ?? "");
      if (this.text.startsWith("<!--", this.at) || this.text.startsWith("<?", this.at)) {
        const before = this.at;
        this.take(miscellany);
        if (this.at === before) {
          throw this.unexpected();
        }
      } else {
        return text;
      }
    }
  }

  private unescape(text: string): string {
    return text.replace(entityForm, (_whole, name?: string, decimal?: string, hexadecimal?: string) => {
      if (name !== undefined) {
        return named[name] ?? "";
      }
      const code = decimal === undefined ? Number.parseInt(hexadecimal ?? "", 16) : Number(decimal);
      if (!(code > 0 && code <= 0x10ffff)) {
        throw this.unexpected();
      }
      return String.fromCodePoint(code);
    });
  }

  private take(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.at;
    const found = form.exec(this.text);
    if (found !== null) {
      this.at = form.lastIndex;
    }
    return found;
  }

  private skip(mark: string): boolean {
    if (!this.text.startsWith(mark, this.at)) {
      return false;
    }
    this.at += mark.length;
    return true;
  }

  private expect(mark: string): void {
    if (!this.skip(mark)) {
      throw this.unexpected();
    }
  }

  private unexpected(): XmlError {
    return new XmlError(`Unexpected character or end of text at position ${this.at}.`);
  }
}
