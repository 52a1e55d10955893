/** What a request is to the bad wire: a `$batch`, a bulk message, a read of rows, or a read of metadata. */
import type { Request } from "../../server/transport/http.ts";

export type Kind = "batch" | "bulk" | "read" | "metadata";

const delimiter = "--dataverse-flight\r\n";
const ending = "--dataverse-flight--\r\n";

export function kindOf({ path }: Request): Kind {
  if (path === "$batch") return "batch";
  if (/\/Microsoft\.Dynamics\.CRM\.\w+Multiple$/.test(path)) return "bulk";
  return /^(EntityDefinitions|RelationshipDefinitions|GlobalOptionSetDefinitions|sdkmessagefilters|organizations)\b/.test(
    path,
  )
    ? "metadata"
    : "read";
}

export function countParts(request: Request): number {
  return textOf(request).split(delimiter).length - 1;
}

/** The service applied half of the operations of a `$batch` when its connection broke. */
export function firstHalf(request: Request): Request {
  const parts = textOf(request).split(delimiter).slice(1);
  const kept = parts.slice(0, Math.ceil(parts.length / 2)).map((part) => part.replace(ending, ""));
  const body = Buffer.from(`${kept.map((part) => delimiter + part).join("")}${ending}`, "latin1");
  return { ...request, body };
}

function textOf({ body }: Request): string {
  return Buffer.from(body ?? "").toString("latin1");
}
