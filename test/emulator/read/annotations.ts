/** Which annotations a request asks for: `Prefer: odata.include-annotations="*"`, names, or patterns such as `OData.Community.Display.V1.*`. */
import type { Call } from "../wire/call.ts";
import { preferences } from "../wire/http.ts";

export const formattedValue = "OData.Community.Display.V1.FormattedValue";
export const lookupLogicalName = "Microsoft.Dynamics.CRM.lookuplogicalname";
export const associatedNavigation = "Microsoft.Dynamics.CRM.associatednavigationproperty";

export interface Annotations {
  /** What the request said, for `Preference-Applied`; undefined if nothing. */
  readonly asked: string | undefined;
  wants(name: string): boolean;
}

export function annotationsOf({ part }: Pick<Call, "part">): Annotations {
  const asked = preferences(part.headers["prefer"]).get("odata.include-annotations");
  const patterns = (asked ?? "").split(",").map((pattern) => pattern.trim());
  const known = new Map<string, boolean>();
  return {
    asked,
    wants: (name) => {
      const answer = known.get(name) ?? wanted(patterns, name);
      // As many as there are names of annotations.
      known.set(name, answer);
      return answer;
    },
  };
}

/** A minus takes out what the rest would include. */
function wanted(patterns: readonly string[], name: string): boolean {
  const fits = (pattern: string): boolean =>
    pattern === "*" || pattern === name || (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -1)));
  const refused = patterns.some((pattern) => pattern.startsWith("-") && fits(pattern.slice(1)));
  return !refused && patterns.some(fits);
}
