/** Refusals of FetchXML, by the service's own names for them. */
import { ServiceError } from "../../wire/errors.ts";

const refusals = {
  malformed: ["0x80040201", "Invalid XML."],
  element: ["0x80041123", "A required element was not specified."],
  root: [
    "0x80041128",
    "The entity name specified in fetchxml does not match the entity name specified in the Entity or Query Expression.",
  ],
  operator: ["0x80041120", "Unsupported condition operator."],
  value: ["0x80041139", "The attribute value provided is invalid."],
  filterType: ["0x80041122", "Unsupported filter type. Valid values are 'and', or 'or'."],
  join: ["0x80041121", "Unsupported join operator."],
  alias: ["0x80041130", "FetchXML should have unique aliases."],
  noAlias: ["0x8004110b", "No alias for the given entity in the condition was found."],
  invalid: ["0x80040303", "Malformed FetchXml."],
  cookie: ["0x8004112a", "Invalid page number in paging cookie."],
  links: ["0x8004430d", "Number of link entities in query exceeded maximum limit."],
  tooManyRows: ["0x8004e023", "The maximum record limit is exceeded. Reduce the number of records."],
  cookieNeeded: [
    "0x8004430a",
    "Over upper limit of records that can be requested without a paging cookie. A paging cookie is required when retrieving a high page number.",
  ],
  elasticJoin: ["0x80048d0b", "Inner joins are not supported."],
} as const;

export type FetchRefusal = keyof typeof refusals;

export function fetchRefusal(name: FetchRefusal, detail = ""): ServiceError {
  const [code, text] = refusals[name];
  return new ServiceError(400, code, detail === "" ? text : `${text} ${detail}`);
}

export function unknownEntity(name: string): ServiceError {
  return new ServiceError(
    400,
    "0x80041102",
    `The entity with a name = '${name.slice(0, 100)}' with namemapping = 'Logical' was not found in the MetadataCache.`,
  );
}

export function unknownAttribute(entity: string, name: string): ServiceError {
  return new ServiceError(
    400,
    "0x80041103",
    `'${entity}' entity doesn't contain attribute with Name = '${name.slice(0, 100)}' and NameMapping = 'Logical'.`,
  );
}
