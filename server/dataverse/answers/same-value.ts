/** Whether a value read back is the one that was sent, by the kind of its attribute. In doubt it is not. */
import type { AttributeKind } from "../metadata/attributes.ts";
import { ExactDecimal } from "../text/exact-decimal.ts";
import { asGuid } from "../wire/operation.ts";

/** Lookups are compared by GUID: both sides must have been resolved before. Numbers are texts, exact. */
export function sameValue(kind: AttributeKind, sent: unknown, stored: unknown): boolean {
  if (isEmpty(sent, kind) || isEmpty(stored, kind)) return isEmpty(sent, kind) && isEmpty(stored, kind);
  if (typeof sent !== "string" || typeof stored !== "string") return kind === "boolean" && sent === stored;
  switch (kind) {
    case "boolean":
      return false;
    case "integer":
    case "bigint":
    case "decimal":
    case "money":
    case "choice":
    case "state":
    case "status":
      return sameNumber(sent, stored);
    case "float":
      return sent === stored || (isNumber(sent) && isNumber(stored) && Number(sent) === Number(stored));
    case "datetime":
      return sameInstant(sent, stored);
    case "guid":
    case "lookup":
    case "customer":
    case "owner":
      return asGuid(sent) !== undefined && asGuid(sent) === asGuid(stored);
    case "choices":
      return sameChoices(sent, stored);
    case "text":
    case "memo":
    case "dateonly":
    case "partylist":
    case "image":
    case "file":
    case "other":
      return sent === stored;
  }
}

/** The service stores an empty text as null. */
function isEmpty(value: unknown, kind: AttributeKind): boolean {
  return value === null || value === undefined || (value === "" && (kind === "text" || kind === "memo"));
}

/** Bounded, so that an absurd exponent costs nothing. */
function isNumber(text: string): boolean {
  return /^-?\d{1,80}(?:\.\d{1,80})?(?:e[+-]?\d{1,3})?$/i.test(text);
}

function sameNumber(sent: string, stored: string): boolean {
  const bounded = /^-?\d{1,80}(?:\.\d{1,80})?(?:e[+-]?\d{1,2})?$/i;
  if (!bounded.test(sent) || !bounded.test(stored)) return sent === stored;
  const decimal = (text: string): ExactDecimal => new ExactDecimal().loadText(text.toLowerCase());
  return decimal(sent).compare(decimal(stored)) === 0;
}

/** A multi-choice is a set: order and blanks mean nothing. */
function sameChoices(sent: string, stored: string): boolean {
  const choices = /^\s*-?\d+\s*(?:,\s*-?\d+\s*)*$/;
  if (!choices.test(sent) || !choices.test(stored)) return false;
  const sorted = (text: string): string => text.replace(/\s/g, "").split(",").sort().join();
  return sorted(sent) === sorted(stored);
}

/** The service may drop what is below a second: then, and only then, a fraction may be missing. */
function sameInstant(sent: string, stored: string): boolean {
  const a = instant(sent);
  const b = instant(stored);
  if (a === undefined || b === undefined) return sent === stored;
  return a.seconds === b.seconds && (a.fraction === b.fraction || b.fraction === "");
}

interface Instant {
  /** Since 1970, UTC. */
  readonly seconds: number;
  /** Digits after the point, without zeros at the end. */
  readonly fraction: string;
}

const instantPattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)?$/i;

/** No offset is UTC, as the service reads it. */
function instant(text: string): Instant | undefined {
  const match = instantPattern.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(numberOr0);
  const zone = /^([+-])(\d\d):(\d\d)$/.exec(match[8] ?? "");
  const offset = zone === null ? 0 : (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]));
  const seconds = dayNumber(year, month, day) * 86_400 + hour * 3_600 + (minute - offset) * 60 + second;
  return { seconds, fraction: (match[7] ?? "").replace(/0+$/, "") };
}

function numberOr0(digits: string | undefined): number {
  return Number(digits ?? 0);
}

/** Days since 1970-01-01 in the Gregorian calendar; years begin in March so that the leap day is the last. */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + dayOfYear - 719_468;
}
