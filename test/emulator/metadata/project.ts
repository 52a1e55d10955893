/** `$select`, `$expand` and `$filter` over metadata objects. */

import type { Filter, FilterLiteral } from "../read/filter.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { MetadataObject } from "./describe.ts";
import { RawNumber } from "./describe.ts";

export interface Expansion {
  readonly name: string;
  readonly select: string | undefined;
  readonly filter: string | undefined;
}

/** The items of an `$expand`, split at commas outside parentheses and quotes. */
export function parseExpand(text: string | undefined): readonly Expansion[] {
  return splitOutside(text ?? "", ",").map((item) => {
    const [, name, options = ""] = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/s.exec(item) ?? [];
    if (name === undefined) {
      throw new ServiceError(400, codes.query, `Syntax error in $expand: '${item}'.`);
    }
    const given = new Map(
      splitOutside(options, ";").map((option) => {
        const equals = option.indexOf("=");
        return [option.slice(0, equals).trim(), option.slice(equals + 1)];
      }),
    );
    return { name, select: given.get("$select"), filter: given.get("$filter") };
  });
}

function splitOutside(text: string, mark: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "'") {
      quoted = !quoted;
    } else if (!quoted && (character === "(" || character === ")")) {
      depth += character === "(" ? 1 : -1;
    } else if (!quoted && depth === 0 && character === mark) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.filter((part) => part.trim() !== "");
}

/** The chosen properties and the id that always comes along. Throws for a property that this type does not have. */
export function project(object: MetadataObject, select: string | undefined, type: string): Record<string, unknown> {
  if (select === undefined || select.trim() === "") {
    return { ...object };
  }
  const chosen: Record<string, unknown> = {};
  for (const name of [...select.split(",").map((item) => item.trim()), "MetadataId"]) {
    if (!(name in object)) {
      throw new ServiceError(
        400,
        codes.query,
        `Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${type}'.`,
      );
    }
    chosen[name] = object[name];
  }
  return chosen;
}

/** Whether a metadata object matches; enum members and texts compare without case. */
export function matches(object: MetadataObject, filter: Filter): boolean {
  switch (filter.kind) {
    case "and":
      return filter.terms.every((term) => matches(object, term));
    case "or":
      return filter.terms.some((term) => matches(object, term));
    case "not":
      return !matches(object, filter.term);
    case "compare": {
      const same = textOf(valueAt(object, filter.property)) === literalText(filter.literal);
      if (filter.test !== "eq" && filter.test !== "ne") {
        throw new ServiceError(400, codes.query, `The operator '${filter.test}' is not supported on metadata.`);
      }
      return filter.test === "eq" ? same : !same;
    }
    case "in":
      return filter.literals.some((literal) => textOf(valueAt(object, filter.property)) === literalText(literal));
    case "text":
      throw new ServiceError(400, codes.query, `The function '${filter.test}' is not supported on metadata.`);
  }
}

function valueAt(object: MetadataObject, property: string): unknown {
  let value: unknown = object;
  for (const name of property.split("/")) {
    if (typeof value !== "object" || value === null || !(name in value)) {
      throw new ServiceError(400, codes.query, `Could not find a property named '${name}'.`);
    }
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value).toLowerCase();
}

function literalText(literal: FilterLiteral): string {
  return literal.kind === "null" ? "" : literal.text.toLowerCase();
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
