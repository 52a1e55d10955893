/** Reads the filters of FetchXML. */
import type { FetchCondition, FetchFilter } from "./query.ts";
import { fetchRefusal } from "./refusals.ts";
import type { Element } from "./xml.ts";

/** Deeper nesting is no filter that a client writes. */
const depthMax = 30;

export function readFilter(element: Element, depth: number): FetchFilter {
  const type = element.attributes.get("type") ?? "and";
  if ((type !== "and" && type !== "or") || depth > depthMax) {
    throw fetchRefusal("filterType");
  }
  const terms = element.children.map((child) => {
    switch (child.name) {
      case "filter":
        return readFilter(child, depth + 1);
      case "condition":
        return readCondition(child);
      default:
        throw fetchRefusal("invalid", `The node '${child.name.slice(0, 100)}' is not valid in a filter.`);
    }
  });
  return { kind: "filter", type, terms };
}

function readCondition(element: Element): FetchCondition {
  const { attributes, children } = element;
  const [attribute, operator, value] = [
    attributes.get("attribute"),
    attributes.get("operator"),
    attributes.get("value"),
  ];
  if (attribute === undefined || operator === undefined) {
    throw fetchRefusal("element", "A condition has an attribute and an operator.");
  }
  if (children.some(({ name }) => name !== "value")) {
    throw fetchRefusal("invalid", "A condition holds nothing but values.");
  }
  return {
    kind: "condition",
    entity: attributes.get("entityname"),
    attribute,
    operator,
    values: value === undefined ? children.map(({ text }) => text) : [value],
    valueOf: attributes.get("valueof"),
  };
}
