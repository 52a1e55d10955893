/** Says what does not fit in a config in words that name the remedy. Never shows the value: it may be a secret. */

/** What a schema library knows of a value that does not fit, as far as words are made of it. */
export interface Misfit {
  readonly code: string;
  readonly input?: unknown;
  /** Kind that was expected: `string`, `int`, `object`, … */
  readonly expected?: unknown;
  readonly values?: readonly unknown[];
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  /** Faults of a name, where the name of an entry is at fault. */
  readonly issues?: readonly { readonly message: string }[];
}

/** @returns a sentence, or undefined where the schema's own says enough. */
export function configWords(misfit: Misfit): string | undefined {
  switch (misfit.code) {
    case "invalid_type":
      return missing(misfit.input)
        ? `Missing: give it ${form(misfit.expected)}.`
        : `Must be ${form(misfit.expected)}, not ${form(kindOf(misfit.input))}.`;
    case "invalid_value":
      return misfit.values === undefined ? undefined : `Must be one of ${misfit.values.join(", ")}.`;
    case "invalid_key":
      return misfit.issues?.[0]?.message;
    case "too_small":
      return range(misfit.input, `${misfit.minimum} or more`);
    case "too_big":
      return range(misfit.input, `${misfit.maximum} or less`);
    default:
      return undefined;
  }
}

function missing(input: unknown): boolean {
  return input === undefined || input === null;
}

function form(kind: unknown): string {
  switch (kind) {
    case "string":
      return "a text";
    case "int":
    case "number":
      return "a number, without quotes or a unit";
    case "array":
      return "a list, each entry on a line that begins with a hyphen";
    case "object":
    case "record":
      return "a mapping, each entry as `name: value`";
    default:
      return `a ${kind}`;
  }
}

function kindOf(input: unknown): string {
  return Array.isArray(input) ? "array" : typeof input;
}

function range(input: unknown, bound: string): string {
  if (typeof input === "number") return `Must be ${bound}.`;
  return input === "" ? "Must not be empty." : `Must have a length of ${bound}.`;
}
