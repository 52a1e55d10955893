/** The targets of a bulk message, and the rows they mean. */
import { partitionColumn, rowIdentity } from "../elastic/identity.ts";
import type { Session } from "../environment.ts";
import type { Stored } from "../rows/values.ts";
import { canonicalGuid, readValue } from "../rows/values.ts";
import type { Table } from "../schema/types.ts";
import type { RowAddress } from "../wire/address.ts";
import { parseAddress } from "../wire/address.ts";
import { codes, conversionError, payloadError, ServiceError } from "../wire/errors.ts";
import type { Json, JsonObject } from "../wire/json-value.ts";
import { isObject } from "../wire/json-value.ts";
import { pathBelowRoot } from "../write/binding.ts";
import { parseBody } from "../write/payload.ts";

const typeName = /^#?Microsoft\.Dynamics\.CRM\.(.*)$/;

/** The rows of a body `{"Targets": […]}`, each of which must say that it is of the table. */
export function readTargets(table: Table, message: string, text: string): readonly JsonObject[] {
  const body = parseBody(table, text);
  for (const name of body.keys()) {
    if (name !== "Targets" && !name.startsWith("@")) {
      throw payloadError(
        table.setName,
        `Microsoft.OData.ODataException: The parameter '${name}' in the request payload is not a valid parameter for the operation '${message}'.`,
      );
    }
  }
  const targets = body.get("Targets");
  if (targets === undefined) {
    throw payloadError(
      table.setName,
      `Microsoft.OData.ODataException: One or more parameters of the operation '${message}' are missing from the request payload. The missing parameters are: Targets.`,
    );
  }
  if (!Array.isArray(targets)) {
    throw payloadError(table.setName, "Microsoft.OData.ODataException: The value of 'Targets' is no collection.");
  }
  if (targets.length === 0) {
    throw new ServiceError(400, codes.argument, `The Targets parameter of ${message} holds no entity.`);
  }
  return (targets as readonly Json[]).map((target) => checkTarget(table, target));
}

function checkTarget(table: Table, target: Json): JsonObject {
  if (!isObject(target)) {
    throw payloadError(table.setName, "Microsoft.OData.ODataException: An entity was expected in 'Targets'.");
  }
  const type = target.get("@odata.type");
  if (typeof type !== "string") {
    throw payloadError(
      table.setName,
      "Microsoft.OData.ODataException: An entity of the abstract type 'Microsoft.Dynamics.CRM.crmbaseentity' needs its type in the annotation '@odata.type'.",
    );
  }
  const [, name] = typeName.exec(type) ?? [];
  if (name === undefined) {
    throw payloadError(
      table.setName,
      `Microsoft.OData.ODataException: A type named '${type}' could not be resolved by the model. When a model is available, each type name must resolve to a valid type.`,
    );
  }
  if (name !== table.name) {
    throw new ServiceError(
      400,
      codes.argument,
      `All entities in Targets must be of the type '${table.name}'; one is of the type '${name}'.`,
    );
  }
  return target;
}

export interface Aim {
  readonly address: RowAddress;
  /** Whether the target repeats in its body a key column by which its `@odata.id` names it. */
  readonly keyInBody: boolean;
}

/** The row that a target means. Throws if it says too little. */
export function aimOf(session: Session, table: Table, target: JsonObject): Aim {
  const uri = target.get("@odata.id");
  if (uri !== undefined) {
    return aimByUri(session, table, { target, uri });
  }
  const id = target.get(table.primaryId.name);
  if (id !== undefined && id !== null) {
    return { address: { kind: "id", table, id: identityOf(table, target, id), echo: "" }, keyInBody: false };
  }
  const byKey = session.settings.keyOnlyTargets === "accept" ? keyInBody(session, table, target) : undefined;
  if (byKey === undefined) {
    throw new ServiceError(
      400,
      codes.argument,
      `An entity in Targets has neither the primary key '${table.primaryId.name}' nor an '@odata.id'.`,
    );
  }
  return { address: byKey, keyInBody: false };
}

function aimByUri(session: Session, table: Table, { target, uri }: { target: JsonObject; uri: Json }): Aim {
  if (typeof uri !== "string") {
    throw payloadError(table.setName, "Microsoft.OData.ODataException: The value of '@odata.id' must be a URI.");
  }
  const address = parseAddress(session.catalog, pathBelowRoot(session, uri), session.settings);
  if (address.kind === "set" || address.table.name !== table.name) {
    throw payloadError(
      table.setName,
      `Microsoft.OData.ODataException: The '@odata.id' ${uri} names no row of '${table.setName}'.`,
    );
  }
  if (address.kind === "key") {
    return { address, keyInBody: address.key.columns.some(({ name }) => target.has(name)) };
  }
  const id = target.get(table.primaryId.name);
  if (typeof id === "string" && id.toLowerCase() !== address.id) {
    throw new ServiceError(400, codes.argument, "Entity Id must be the same as the value set in property bag.");
  }
  return { address, keyInBody: id !== undefined };
}

function identityOf(table: Table, target: JsonObject, given: Json): string {
  const id = typeof given === "string" ? canonicalGuid(given) : undefined;
  if (id === undefined) {
    throw conversionError(table.setName, typeof given === "string" ? given : "a value of another type", "Edm.Guid");
  }
  const partition = table.kind === "elastic" ? target.get(partitionColumn) : undefined;
  return typeof partition === "string" && partition !== "" ? rowIdentity(id, partition) : id;
}

/** The address by the first key whose columns the target all has. */
function keyInBody(session: Session, table: Table, target: JsonObject): RowAddress | undefined {
  const key = table.keys.find(
    ({ columns, status }) =>
      status === "Active" &&
      columns.every(({ name, type }) => type !== "lookup" && (target.get(name) ?? null) !== null),
  );
  const parts = key?.columns.map(
    (column): Stored => readValue({ table, column }, target.get(column.name) ?? null, session.settings),
  );
  return key === undefined || parts === undefined || parts.includes(null)
    ? undefined
    : { kind: "key", table, key, parts, echo: "" };
}
