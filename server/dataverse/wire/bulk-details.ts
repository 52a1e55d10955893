/** Which targets of a bulk message failed, as an elastic table tells it within its error. */
import { asObject, parseObject } from "./operation.ts";

/** A list of failures names as many rows as a request has, at some hundred bytes each. */
const detailsBytesMax = 1 << 20;
/** The annotation before it is not documented; software development kits know the rest. */
const detailsName = /Plugin\.BulkApiErrorDetails$/;

/** The list, as an array or as a text of JSON; undefined where the body holds none. Never throws. */
export function targetDetails(body: Buffer): readonly unknown[] | undefined {
  if (body.length > detailsBytesMax) return undefined;
  const error = asObject(parseObject(body.toString("utf8"))?.["error"]) ?? {};
  const [, details] = Object.entries(error).find(([name]) => detailsName.test(name)) ?? [];
  const list = typeof details === "string" ? parseObject(`{"list":${details}}`)?.["list"] : details;
  return Array.isArray(list) && list.length > 0 ? list : undefined;
}
