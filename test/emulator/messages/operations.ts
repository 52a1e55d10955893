/** How many operations a request is in the eyes of cost and entitlement: a bulk message is one for each of its targets. */
import type { Part } from "../wire/call.ts";

const bulkPath = /\/Microsoft\.Dynamics\.CRM\.(?:Create|Update|Upsert|Delete)Multiple(?:$|[?(])/;
const mark = '"@odata.type"';

/** Cheap enough to be asked before anything is parsed: it looks at the URL, and counts targets by their types. */
export function operationsOf({ method, url, body }: Pick<Part, "method" | "url" | "body">): number {
  return method === "POST" && bulkPath.test(url) ? countTargets(body) : 1;
}

/** At least 1. Rows nested in a target count if they carry a type, as they are operations too. */
function countTargets(body: string): number {
  let count = 0;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    count += 1;
  }
  return Math.max(count, 1);
}
