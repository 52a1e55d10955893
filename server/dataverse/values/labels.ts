/** Options by their labels, compared as the service compares text. A label that two options have names neither. */

import { hashBytes } from "../keys/hash.ts";
import { foldText } from "../keys/keys.ts";
import type { Option } from "../metadata/attributes.ts";

/** Spellings remembered: rows repeat a few. Beyond it each is folded anew. */
const SPELLINGS_MAX = 4_096;
/** No label is longer; what is longer is not worth remembering. */
const SPELLING_BYTES_MAX = 1_000;

interface Spelling {
  readonly bytes: Uint8Array;
  readonly found: number | string;
}

export class Labels {
  readonly #exact = new Map<string, number | string>();
  readonly #folded = new Map<string, number | string>();
  readonly #spellings = new Map<number, Spelling>();
  readonly #unknown: string;

  private constructor(labels: ReadonlyMap<number, string>, language: number | undefined) {
    const ambiguous = `a label that more than one of its ${labels.size} options has`;
    this.#unknown = `a label that none of its ${labels.size} options has${language === undefined ? "" : ` in language ${language}`}`;
    for (const [value, label] of labels) {
      const folded = foldText(label);
      this.#exact.set(label, this.#exact.has(label) ? ambiguous : value);
      this.#folded.set(folded, this.#folded.has(folded) ? ambiguous : value);
    }
  }

  /** @param language undefined: the one of the application user. @returns undefined if no option has a label in it. */
  static of(options: ReadonlyMap<number, Option>, language: number | undefined): Labels | undefined {
    const labels = new Map<number, string>();
    for (const [value, option] of options) {
      const label = language === undefined ? option.label : option.labels.get(language);
      if (label !== undefined && label !== "") labels.set(value, label);
    }
    return labels.size === 0 ? undefined : new Labels(labels, language);
  }

  /** The value of the option whose label is the UTF-8 in [start, end), or why there is none. */
  find(bytes: DataView, start: number, end: number): number | string {
    const hash = hashBytes(bytes, start, end);
    const known = this.#spellings.get(hash);
    if (known !== undefined && isEqual(known.bytes, { bytes, start, end })) return known.found;
    const spelling = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    const text = spelling.toString("utf8");
    const found = this.#exact.get(text) ?? this.#folded.get(foldText(text)) ?? this.#unknown;
    if (this.#spellings.size < SPELLINGS_MAX && end - start <= SPELLING_BYTES_MAX) {
      this.#spellings.set(hash, { bytes: Uint8Array.from(spelling), found });
    }
    return found;
  }
}

function isEqual(
  known: Uint8Array,
  other: { readonly bytes: DataView; readonly start: number; readonly end: number },
): boolean {
  const { bytes, start, end } = other;
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes.getUint8(start + i)) return false;
  return true;
}
