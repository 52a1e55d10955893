/** Values of command-line flags, refused with a sentence that names the flag. */

export class UsageError extends Error {}

/** A whole number. */
export function natural(given: string | undefined, name: string, least = 0): number | undefined {
  if (given === undefined) {
    return undefined;
  }
  const value = Number(given);
  if (!/^\d{1,15}$/.test(given) || value < least) {
    throw new UsageError(`${name} must be a whole number of at least ${least}, not '${given}'.`);
  }
  return value;
}

/** A number with or without a fraction, greater than nothing unless zero is allowed too. */
export function decimal(given: string | undefined, name: string, zero: "zero" | "more"): number | undefined {
  if (given === undefined) {
    return undefined;
  }
  const value = Number(given);
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(given) || (zero === "more" && value === 0)) {
    throw new UsageError(`${name} must be a number ${zero === "more" ? "above" : "of at least"} 0, not '${given}'.`);
  }
  return value;
}

/** One of the allowed words; the first where none is given. */
export function choice<T extends string>(given: string | undefined, name: string, allowed: readonly [T, ...T[]]): T {
  const chosen = given === undefined ? allowed[0] : allowed.find((item) => item === given);
  if (chosen === undefined) {
    throw new UsageError(`${name} must be one of ${allowed.join(", ")}, not '${given ?? ""}'.`);
  }
  return chosen;
}
