/** The service's description of accounts, as far as publishing to them by number needs it, and of the contacts that they point to. */
import type { Reply, Request } from "../../../server/transport/http.ts";
import { errorBody, jsonReply } from "./scripted-lane.ts";

function attribute(name: string, type: string): unknown {
  return {
    LogicalName: name,
    AttributeTypeName: { Value: `${type}Type` },
    IsValidForCreate: true,
    IsValidForUpdate: true,
    IsValidForRead: true,
    RequiredLevel: { Value: "None" },
  };
}

const account = {
  LogicalName: "account",
  EntitySetName: "accounts",
  PrimaryIdAttribute: "accountid",
  PrimaryNameAttribute: "name",
  TableType: "Standard",
  Attributes: [
    attribute("accountid", "Uniqueidentifier"),
    attribute("accountnumber", "String"),
    attribute("name", "String"),
    attribute("primarycontactid", "Lookup"),
    attribute("new_contactid", "Lookup"),
  ],
  Keys: [{ LogicalName: "by_number", KeyAttributes: ["accountnumber"], EntityKeyIndexStatus: "Active" }],
  ManyToOneRelationships: [
    {
      ReferencingAttribute: "new_contactid",
      ReferencedEntity: "contact",
      ReferencingEntityNavigationPropertyName: "new_contactid",
    },
  ],
};

const contact = {
  LogicalName: "contact",
  EntitySetName: "contacts",
  PrimaryIdAttribute: "contactid",
  TableType: "Standard",
  Attributes: [attribute("contactid", "Uniqueidentifier"), attribute("fullname", "String")],
  Keys: [],
  ManyToOneRelationships: [],
};

const texts = { value: ["accountnumber", "name"].map((LogicalName) => ({ LogicalName, MaxLength: 20 })) };

/**
 * Answers a read of metadata; undefined when the request is none.
 * @param takesBulk whether the table has bulk messages.
 */
export function metadataReply({ path }: Request, takesBulk = false): Reply | undefined {
  if (path.startsWith("sdkmessagefilters")) return jsonReply(200, { value: takesBulk ? [{}] : [] });
  if (!path.startsWith("EntityDefinitions")) return undefined;
  const table = [account, contact].find(({ LogicalName: name }) => path.includes(`'${name}'`));
  if (table === undefined) return jsonReply(404, errorBody("0x80060888"));
  if (!path.includes("/Attributes/")) return jsonReply(200, table);
  return path.includes("StringAttributeMetadata") ? jsonReply(200, texts) : jsonReply(404, errorBody("0x80060888"));
}
