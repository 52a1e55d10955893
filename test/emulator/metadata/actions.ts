/** Actions that change metadata: options, lookups to several tables, publishing. */
import type { Session } from "../environment.ts";
import { serviceRoot } from "../environment.ts";
import type { Call } from "../wire/call.ts";
import type { JsonObject } from "../wire/json-value.ts";
import { emptyObject } from "../wire/json-value.ts";
import type { PartReply } from "../wire/reply.ts";
import { noContent, ok } from "../wire/reply.ts";
import { Body } from "./body.ts";
import { createEntities } from "./create-entities.ts";
import { relationshipId } from "./relationship-item.ts";
import { insertOption } from "./write-choice.ts";
import { reactivateKey } from "./write-key.ts";
import { createLookup } from "./write-relationship.ts";

type Action = (session: Session, call: Call, parameters: JsonObject) => PartReply;

export const metadataActions: ReadonlyMap<string, Action> = new Map<string, Action>([
  // Changes are there at once: there is nothing to publish.
  ["PublishXml", (): PartReply => noContent()],
  ["PublishAllXml", (): PartReply => noContent()],
  ["CreateEntities", createTables],
  ["InsertOptionValue", insertOptionValue],
  ["CreatePolymorphicLookupAttribute", createPolymorphicLookup],
  ["ReactivateEntityKey", reactivate],
]);

function createTables(session: Session, _call: Call, parameters: JsonObject): PartReply {
  createEntities(session, new Body(parameters, "ComplexEntityMetadata"));
  return noContent();
}

function insertOptionValue(session: Session, _call: Call, parameters: JsonObject): PartReply {
  const value = insertOption(session, new Body(parameters, "InsertOptionValue"));
  return result(session, "InsertOptionValueResponse", { NewOptionValue: value });
}

function createPolymorphicLookup(session: Session, _call: Call, parameters: JsonObject): PartReply {
  const body = new Body(parameters, "CreatePolymorphicLookupAttribute");
  const relationships = body.list("OneToManyRelationships");
  const attribute = createLookup(session, relationships, body.object("Lookup") ?? new Body(emptyObject, body.type));
  return result(session, "CreatePolymorphicLookupAttributeResponse", {
    RelationshipIds: relationships.map((one) => relationshipId(one.text("SchemaName") ?? "")),
    AttributeId: attribute,
  });
}

function reactivate(session: Session, _call: Call, parameters: JsonObject): PartReply {
  reactivateKey(session, new Body(parameters, "ReactivateEntityKey"));
  return noContent();
}

function result({ settings }: Session, type: string, fields: Readonly<Record<string, unknown>>): PartReply {
  const context = `${settings.url}${serviceRoot}$metadata#Microsoft.Dynamics.CRM.${type}`;
  return ok(JSON.stringify({ "@odata.context": context, ...fields }));
}
