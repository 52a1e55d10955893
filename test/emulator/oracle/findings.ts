/** The words of a report, and what was found of each. */

const words = ["lost", "unexpected", "duplicated", "regressed", "repeated"] as const;
export type Word = (typeof words)[number];

export interface Example {
  readonly key: readonly unknown[];
  /** In a sentence. */
  readonly what: string;
}

/** More would only repeat the point. */
const examplesMax = 20;

export class Findings {
  private readonly found = new Map<Word, { count: number; readonly examples: Example[] }>(
    words.map((word) => [word, { count: 0, examples: [] }]),
  );

  add(word: Word, key: readonly unknown[], what: string): void {
    const found = this.found.get(word);
    if (found === undefined) {
      return;
    }
    found.count += 1;
    if (found.examples.length < examplesMax) {
      found.examples.push({ key, what });
    }
  }

  counts(): Readonly<Record<Word, number>> {
    return this.each(({ count }) => count);
  }

  examples(): Readonly<Record<Word, readonly Example[]>> {
    return this.each(({ examples }) => examples);
  }

  private each<T>(part: (found: { readonly count: number; readonly examples: readonly Example[] }) => T) {
    const all = [...this.found].map(([word, found]) => [word, part(found)] as const);
    return Object.fromEntries(all) as Record<Word, T>;
  }
}
