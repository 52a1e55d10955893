/** A reader of the XML that models are written in; it refuses what is not well formed. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
}

const token = /<\?[^>]*\?>|<\/([\w:.]+)>|<([\w:.]+)((?:\s+[\w:.]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const pair = /([\w:.]+)="([^"]*)"/g;

export function readXml(text: string): XmlElement {
  const root: Open = { name: "", attributes: {}, children: [] };
  const open = [root];
  let end = 0;
  for (const [whole, closed, opened, attributes = "", single] of text.matchAll(token)) {
    end += whole.length;
    const parent = open.at(-1) ?? root;
    if (closed !== undefined) {
      if (open.pop()?.name !== closed) {
        throw new Error(`</${closed}> closes nothing.`);
      }
    } else if (opened !== undefined) {
      const child: Open = { name: opened, attributes: readAttributes(attributes), children: [] };
      parent.children.push(child);
      if (single === "") {
        open.push(child);
      }
    }
  }
  const [only, ...others] = root.children;
  if (end !== text.length || open.length !== 1 || only === undefined || others.length > 0) {
    throw new Error(`This is no XML document: ${text.slice(end, end + 80)}`);
  }
  return only;
}

function readAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(pair)].map(([, name = "", value = ""]) => [name, value] as const);
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) {
    throw new Error(`An attribute stands twice: ${text}`);
  }
  return Object.fromEntries(pairs);
}

export function children(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}
