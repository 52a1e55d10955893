/** A text that must not be seen: whatever prints, logs or serialises it gets a placeholder. */
import { inspect } from "node:util";

const placeholder = "[redacted]";

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The only way to the text: for the one call that needs it, never into a variable that outlives it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  [inspect.custom](): string {
    return placeholder;
  }
}
