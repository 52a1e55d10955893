/** Texts against patterns of SQL's LIKE, without case: `%` any text, `_` any character, `[abc]`, `[a-f]`, `[^abc]` one of a set. */

type Part =
  | { readonly kind: "any" }
  | { readonly kind: "one" }
  | { readonly kind: "text"; readonly character: string }
  | { readonly kind: "set"; readonly negated: boolean; readonly members: string };

export function like(pattern: string): (text: string) => boolean {
  const parts = partsOf(pattern.toLowerCase());
  return (text) => matches(parts, text.toLowerCase());
}

function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at] ?? "";
    // A `]` right after the bracket is a member of the set.
    const close = character === "[" ? pattern.indexOf("]", at + 2) : -1;
    parts.push(close > 0 ? setOf(pattern.slice(at + 1, close)) : single(character));
    at = Math.max(at, close) + 1;
  }
  return parts;
}

function single(character: string): Part {
  return character === "%" ? { kind: "any" } : character === "_" ? { kind: "one" } : { kind: "text", character };
}

function setOf(inner: string): Part {
  const negated = inner.startsWith("^") && inner.length > 1;
  return { kind: "set", negated, members: negated ? inner.slice(1) : inner };
}

/** Goes back to the last `%` alone, so that no pattern takes exponential time. */
function matches(parts: readonly Part[], text: string): boolean {
  let [at, part] = [0, 0];
  let star: { part: number; at: number } | undefined;
  while (at < text.length) {
    const current = parts[part];
    if (current?.kind === "any") {
      star = { part, at };
      part += 1;
    } else if (current !== undefined && holds(current, text[at] ?? "")) {
      part += 1;
      at += 1;
    } else if (star !== undefined) {
      star = { part: star.part, at: star.at + 1 };
      part = star.part + 1;
      at = star.at;
    } else {
      return false;
    }
  }
  return parts.slice(part).every(({ kind }) => kind === "any");
}

function holds(part: Exclude<Part, { kind: "any" }>, character: string): boolean {
  if (part.kind === "set") {
    return inSet(part.members, character) !== part.negated;
  }
  return part.kind === "one" || part.character === character;
}

function inSet(members: string, character: string): boolean {
  for (let at = 0; at < members.length; at += 1) {
    const first = members[at] ?? "";
    const last = members[at + 1] === "-" ? members[at + 2] : undefined;
    if (last === undefined ? character === first : character >= first && character <= last) {
      return true;
    }
    at += last === undefined ? 0 : 2;
  }
  return false;
}
