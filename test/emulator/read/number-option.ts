/** Query options and preferences that are numbers. */
import { querySyntaxError } from "./tokens.ts";

export function nonNegative(text: string, option: string): number {
  return whole(text, option, 0);
}

/** Throws the service's 400 for a text that is no whole number from `least` on. */
export function whole(text: string, option: string, least: number): number {
  const value = Number(text);
  if (!/^-?\d{1,15}$/.test(text) || value < least) {
    throw querySyntaxError(
      `Invalid value '${text.slice(0, 100)}' for ${option} query option found. The ${option} query option requires a non-negative integer value.`,
    );
  }
  return value;
}
