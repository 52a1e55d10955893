/** Metadata objects as items: properties, the part of them that the base type has, and links to further items. */

export type MetadataObject = Readonly<Record<string, unknown>>;

export interface Item {
  /** Without namespace: `StringAttributeMetadata`. */
  readonly type: string;
  /** Properties that the type shares with its base. */
  readonly base: MetadataObject;
  /** Properties that only a cast to the type exposes. */
  readonly extra: MetadataObject;
  /** Navigation properties; made only when asked for. */
  readonly links: Readonly<Record<string, Linked>>;
}

export interface Linked {
  /** Type as the navigation property declares it. */
  readonly type: string;
  readonly items: () => readonly Item[] | Item | null;
}

/** A number that JSON shows by these digits: 64-bit bounds do not fit a double. */
export class RawNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function managed(value: unknown, name: string): MetadataObject {
  return { Value: value, CanBeChanged: true, ManagedPropertyLogicalName: name };
}

/** In the organization's language and further ones; null labels for an empty text. */
export function label(text: string, others: ReadonlyMap<number, string> = new Map()): MetadataObject {
  if (text === "") {
    return { LocalizedLabels: [], UserLocalizedLabel: null };
  }
  const localized = (words: string, language: number): MetadataObject => ({
    Label: words,
    LanguageCode: language,
    IsManaged: false,
    MetadataId: null,
    HasChanged: null,
  });
  const user = localized(text, 1033);
  return {
    LocalizedLabels: [user, ...[...others].map(([language, words]) => localized(words, language))],
    UserLocalizedLabel: user,
  };
}

/** JSON with RawNumber as its digits. */
export function metadataJson(value: unknown): string {
  const numbers: string[] = [];
  // A mark that no label can hold: JSON escapes the NUL.
  const text = JSON.stringify(value, (_key, item: unknown) =>
    item instanceof RawNumber ? `\u0000${numbers.push(item.text) - 1}\u0000` : item,
  );
  return text.replace(/"\\u0000(\d+)\\u0000"/g, (_whole, index: string) => numbers[Number(index)] ?? "null");
}
