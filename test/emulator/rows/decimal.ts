/** Decimals as canonical text ("-12.5", "0", "1000"), exact at any length that the service accepts. */

/** Canonical already, but for the sign of a zero. */
const plainForm = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
const form = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** More digits than a 96-bit decimal can hold are refused before anything is padded. */
const digitsMax = 64;

/** The canonical text of a JSON number; undefined if it is no number or too long to be a decimal. */
export function canonicalDecimal(text: string): string | undefined {
  if (text.length <= digitsMax && plainForm.test(text) && text !== "-0") {
    return text;
  }
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = form.exec(text) ?? [];
  if (whole === "") {
    return undefined;
  }
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (Math.abs(shift) > digitsMax || digits.length > 2 * digitsMax) {
    return undefined;
  }
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const cut = Math.max(1, point);
  const integer = padded.slice(0, cut).replace(/^0+(?=\d)/, "");
  const rest = padded.slice(cut).replace(/0+$/, "");
  const magnitude = rest === "" ? integer : `${integer}.${rest}`;
  return magnitude === "0" ? "0" : sign + magnitude;
}

/** Digits after the point of a canonical decimal. */
export function fractionDigits(canonical: string): number {
  const point = canonical.indexOf(".");
  return point < 0 ? 0 : canonical.length - point - 1;
}

/** Negative, zero or positive, like a comparator. Both are canonical. */
export function compareDecimals(a: string, b: string): number {
  // Up to 15 digits a double keeps the order of decimals.
  if (a.length <= 15 && b.length <= 15) {
    return Number(a) - Number(b);
  }
  const scale = Math.max(fractionDigits(a), fractionDigits(b));
  const difference = scaled(a, scale) - scaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The same value with at least `digits` digits after the point, as money is shown. */
export function withFraction(canonical: string, digits: number): string {
  const missing = digits - fractionDigits(canonical);
  if (missing <= 0) {
    return canonical;
  }
  return canonical + (missing === digits ? "." : "") + "0".repeat(missing);
}

/** The quotient, rounded half away from zero to `digits` digits after the point. Both are canonical, `by` is not zero. */
export function divideDecimals(value: string, by: string, digits: number): string {
  if (by === "1") {
    return roundDecimal(value, digits);
  }
  const scale = Math.max(fractionDigits(value), fractionDigits(by));
  const [over, under] = [scaled(value, scale) * 10n ** BigInt(digits) * 2n, scaled(by, scale)];
  const magnitude = (over < 0n ? -over : over) / under;
  const rounded = (magnitude + 1n) / 2n;
  return canonicalDecimal(`${over < 0n ? "-" : ""}${rounded}e-${digits}`) ?? value;
}

/** The value rounded half away from zero to `digits` digits after the point. */
export function roundDecimal(canonical: string, digits: number): string {
  const excess = fractionDigits(canonical) - digits;
  if (excess <= 0) {
    return canonical;
  }
  const unit = 10n ** BigInt(excess);
  const value = scaled(canonical, fractionDigits(canonical));
  const magnitude = ((value < 0n ? -value : value) + unit / 2n) / unit;
  return canonicalDecimal(`${value < 0n ? "-" : ""}${magnitude}e-${digits}`) ?? canonical;
}

function scaled(canonical: string, scale: number): bigint {
  const point = canonical.indexOf(".");
  const digits = point < 0 ? canonical : canonical.slice(0, point) + canonical.slice(point + 1);
  return BigInt(digits + "0".repeat(scale - fractionDigits(canonical)));
}
