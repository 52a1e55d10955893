/** What the service says to changes of metadata that it does not make. */
import { SchemaError } from "../schema/schema-error.ts";
import { codes, ServiceError } from "../wire/errors.ts";

export function notUnique(name: string, type: string): ServiceError {
  return new ServiceError(
    400,
    "0x80044363",
    `The schema name ${name} for type ${type} is not unique. An ${name} with same name already exists.`,
  );
}

export function duplicateAttribute(name: string): ServiceError {
  return new ServiceError(400, "0x80047013", `An attribute with the specified name ${name} already exists`);
}

export function duplicateChoice(): ServiceError {
  return new ServiceError(
    400,
    "0x80044345",
    "An OptionSet with the specified name already exists. Please specify a unique name.",
  );
}

export function duplicateEntityKey(name: string, table: string): ServiceError {
  return new ServiceError(400, "0x80060893", `An entity key with the name ${name} already exists on entity ${table}.`);
}

export function sameEntityKey(): ServiceError {
  return new ServiceError(400, "0x80060894", "An entity key with the selected attributes already exists on entity.");
}

export function badEntityKey(reason: string): ServiceError {
  return new ServiceError(400, "0x8006088f", `Invalid EntityKey Operation performed : ${reason}`);
}

export function keyTooLong(): ServiceError {
  return new ServiceError(
    400,
    "0x80060895",
    "The size of the entity key index exceeds 900 bytes. Select fewer columns, or columns with a smaller size.",
  );
}

export function onlyFailedKeys(): ServiceError {
  return new ServiceError(400, "0x80060897", "Reactivate entity key is only supported for failed job");
}

export function duplicateNavigation(name: string): ServiceError {
  return new ServiceError(400, "0x80072551", `NavigationPropertyName ${name} is not unique within an entity`);
}

export function badPrefix(name: string, type: string): ServiceError {
  return new ServiceError(
    400,
    "0x80044366",
    `The schema name ${name} for type ${type} is invalid or missing.Custom attribute, entity, entitykey, option set and relationship names must start with a valid customization prefix.The prefix for a solution component should match the prefix that is specified for the publisher of the solution.`,
  );
}

export function noPrimaryName(table: string): ServiceError {
  return new ServiceError(400, "0x80044355", `PrimaryName attribute not found for Entity: ${table}`);
}

export function primaryAttribute(): ServiceError {
  return new ServiceError(400, "0x80047002", "The Primary UI Attribute is not valid for deletion");
}

/** Other parts of the model need it. */
export function inUse(type: string, name: string, count: number): ServiceError {
  return new ServiceError(
    400,
    "0x8004f01f",
    `The ${type}(${name}) component cannot be deleted because it is referenced by ${count} other components. For a list of referenced components, use the RetrieveDependenciesForDeleteRequest.`,
  );
}

/** The platform's own tables, columns and relationships stay. */
export function notCustom(type: string, name: string): ServiceError {
  return type === "Attribute"
    ? new ServiceError(400, "0x80047009", `The specified attribute is not a custom attribute: ${name}`)
    : badArgument(`The ${type}(${name}) is not a custom component and cannot be deleted.`);
}

export function badArgument(message: string): ServiceError {
  return new ServiceError(400, codes.argument, message);
}

/** Runs what builds tables and columns; what the schema refuses is the caller's mistake. */
export function building<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw error instanceof SchemaError ? badArgument(error.message) : error;
  }
}
