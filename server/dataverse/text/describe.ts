/** How faults name things: column types as Arrow users know them, and the name that was probably meant. */
import type { ColumnType, Field } from "../../arrow/columns.ts";

/** @param children of the type's field. */
export function describeType(type: ColumnType, children: readonly Field[] = []): string {
  switch (type.kind) {
    case "int":
      return `${type.signed ? "int" : "uint"}${type.bits}`;
    case "float":
      return `float${type.bits}`;
    case "decimal":
      return `decimal${type.bits}(${type.precision},${type.scale})`;
    case "utf8":
    case "binary":
      return type.large ? `large_${type.kind}` : type.kind;
    case "fixed_binary":
      return `fixed_size_binary(${type.width})`;
    case "date":
      return type.unit === "day" ? "date32" : "date64";
    case "time":
      return `time${type.bits}[${type.unit}]`;
    case "timestamp":
      return type.zone === undefined ? `timestamp[${type.unit}] without zone` : `timestamp[${type.unit}, ${type.zone}]`;
    case "duration":
    case "interval":
      return `${type.kind}[${type.unit}]`;
    case "null":
    case "bool":
      return type.kind;
    case "list":
    case "fixed_list":
    case "map":
    case "struct":
      return `${type.kind}${inner(children)}`;
  }
}

function inner(children: readonly Field[]): string {
  return children.length === 0
    ? ""
    : `<${children.map((child) => describeType(child.type, child.children)).join(", ")}>`;
}

/** ` Did you mean x?`, or nothing if no candidate is near: up to a third of the name's letters may differ. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest === undefined ? "" : ` Did you mean ${nearest}?`;
}

/** Insertions, deletions and replacements from one to the other; `bound` if there are that many. */
function editDistance(from: string, to: string, bound: number): number {
  if (Math.abs(from.length - to.length) >= bound) return bound;
  let previous = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const current = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? bound;
}
