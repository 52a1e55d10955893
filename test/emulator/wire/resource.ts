/** What a URL below the service root names. It looks only at names; who answers checks the rest. */
import type { Session } from "../environment.ts";
import type { Table } from "../schema/types.ts";
import type { Address, RowAddress, SetAddress } from "./address.ts";
import { decodeUrl, parseAddress } from "./address.ts";
import { unknownSegment } from "./errors.ts";

export type Resource =
  /** The service root itself. */
  | { readonly kind: "serviceDocument" }
  /** `$metadata`. */
  | { readonly kind: "csdl" }
  /** `EntityDefinitions…` and its like, decoded. */
  | { readonly kind: "definitions"; readonly path: string }
  /** `WhoAmI()`, `RetrieveTotalRecordCount(EntityNames=@a)`, `BulkDelete`: `parameters` is what stands in the brackets, decoded. */
  | { readonly kind: "unbound"; readonly name: string; readonly parameters: string }
  | { readonly kind: "set"; readonly address: SetAddress }
  | { readonly kind: "row"; readonly address: RowAddress }
  /** `accounts/$count`. */
  | { readonly kind: "count"; readonly table: Table }
  /** `accounts/Microsoft.Dynamics.CRM.CreateMultiple`: `name` without the namespace. */
  | { readonly kind: "bound"; readonly address: Address; readonly name: string }
  /** Below a row: `name`, `primarycontactid/$ref`, `contact_customer_accounts(<guid>)/$ref`, `new_file/$value`; decoded. */
  | { readonly kind: "member"; readonly address: RowAddress; readonly segments: readonly string[] };

const definitions =
  /^(?:EntityDefinitions|RelationshipDefinitions|GlobalOptionSetDefinitions|ManagedPropertyDefinitions)\b/;
const call = /^([A-Za-z_]\w*)(?:\((.*)\))?$/s;
const namespace = "Microsoft.Dynamics.CRM.";

/** `path` is what follows the service root, without query, still percent-encoded. Throws the service's 404 or 400. */
export function parseResource(session: Session, path: string): Resource {
  if (path === "") {
    return { kind: "serviceDocument" };
  }
  if (path === "$metadata") {
    return { kind: "csdl" };
  }
  if (definitions.test(path)) {
    return { kind: "definitions", path: decodeUrl(path) };
  }
  const [first = "", ...rest] = path.includes("/") ? splitSegments(path) : [path];
  const [, name = "", parameters] = call.exec(first) ?? [];
  if (rest.length === 0 && name !== "" && !session.catalog.hasSet(name)) {
    return { kind: "unbound", name, parameters: decodeUrl(parameters ?? "") };
  }
  const address = parseAddress(session.catalog, first, session.settings);
  return rest.length === 0 ? direct(address) : below(address, rest.map(decodeUrl));
}

function direct(address: Address): Resource {
  return address.kind === "set" ? { kind: "set", address } : { kind: "row", address };
}

function below(address: Address, segments: readonly string[]): Resource {
  const [first = "", ...more] = segments;
  if (first.startsWith(namespace) && more.length === 0) {
    return { kind: "bound", address, name: first.slice(namespace.length).replace(/\(\)$/, "") };
  }
  if (address.kind !== "set") {
    return { kind: "member", address, segments };
  }
  if (first === "$count" && more.length === 0) {
    return { kind: "count", table: address.table };
  }
  throw unknownSegment(first);
}

/** Cut at slashes outside quotes: a key's text may hold one, even where the service then refuses it. */
function splitSegments(path: string): string[] {
  return path.match(/(?:[^/'%]|'(?:[^']|'')*'|%27.*?%27|%)+/gis) ?? [];
}
