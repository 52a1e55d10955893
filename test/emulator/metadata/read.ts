/** GET of metadata. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import { codes, ServiceError } from "../wire/errors.ts";
import type { Query } from "../wire/query.ts";
import type { PartReply } from "../wire/reply.ts";
import { ok } from "../wire/reply.ts";
import type { MetadataObject } from "./item.ts";
import { metadataJson } from "./item.ts";
import { findPlace } from "./path.ts";
import { showItem, showItems } from "./select.ts";

/** Other options that begin with a dollar sign are refused. */
const known: ReadonlySet<string> = new Set(["$select", "$filter", "$expand", "$count"]);

export function readMetadata(session: Session, path: string, query: Query): PartReply {
  const unknown = [...query.keys()].find((name) => name.startsWith("$") && !known.has(name));
  if (unknown !== undefined) {
    throw new ServiceError(400, codes.query, `The query parameter ${unknown} is not supported`);
  }
  const place = findPlace(session.catalog, path);
  switch (place.kind) {
    case "items": {
      const value = showItems(place.items, place.type, query);
      const count = query.get("$count") === "true" ? { "@odata.count": value.length } : {};
      return answer(session, path, { ...count, value });
    }
    case "item":
      return answer(session, `${path}/$entity`, showItem(place.item, place.type, query));
    case "property":
      return answer(session, path, isObject(place.value) ? place.value : { value: place.value });
  }
}

function isObject(value: unknown): value is MetadataObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function answer(session: Session, path: string, body: MetadataObject): PartReply {
  // A key that is written `LogicalName='x'` stands in the context as `'x'` alone.
  const context = path.replace(/\((?:LogicalName|Name|SchemaName)=/g, "(").replace(/\([^)]*\)\/\$entity$/, "/$entity");
  const url = `${session.settings.url}${serviceRoot}$metadata#${context}`;
  return ok(metadataJson({ "@odata.context": url, ...body }));
}
