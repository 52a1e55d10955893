/** Texts cut at a mark, but not inside quotes or brackets: `$select=a,b;$filter=contains(a,'x,y')`. */

/** The parts, trimmed; none is empty. */
export function splitOutside(text: string, mark: "," | ";"): readonly string[] {
  const parts: string[] = [];
  let [depth, quoted, start] = [0, false, 0];
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
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
