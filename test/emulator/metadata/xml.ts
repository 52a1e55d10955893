/** XML elements as text. */

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** With a blank before it. */
export function attribute(name: string, value: string): string {
  return ` ${name}="${value.replace(/[&<>"]/g, (character) => escapes[character] ?? character)}"`;
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly string[] = [],
): string {
  const head = Object.entries(attributes)
    .map(([key, value]) => attribute(key, value))
    .join("");
  return children.length === 0 ? `<${name}${head}/>` : `<${name}${head}>${children.join("")}</${name}>`;
}
