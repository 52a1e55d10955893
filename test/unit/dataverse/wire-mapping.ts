/** A mapping of the table account, made by hand: what the wire side needs of it and no more. */

import type { Mapping } from "../../../server/dataverse/mapping/mapping.ts";
import type { Attribute } from "../../../server/dataverse/metadata/attributes.ts";
import type { Table } from "../../../server/dataverse/metadata/tables.ts";
import type { Mode } from "../../../server/dataverse/request.ts";
import type { MappedTarget } from "../../../server/dataverse/rows/mapping-context.ts";
import type { PartReply } from "../../../server/dataverse/wire/batch-reply.ts";
import { crlf, emptyHeader, jsonHeader, partHeader } from "../../../server/dataverse/wire/part.ts";
import { attribute, requestOf } from "../../support/dataverse/tables.ts";

export const rowId = "018f2a54-0000-8000-8000-0000000000a1";
export const otherId = "018f2a54-0000-8000-8000-0000000000b2";

function table(logicalName: string, entitySetName: string, attributes: readonly Attribute[]): Table {
  return {
    logicalName,
    entitySetName,
    primaryId: `${logicalName}id`,
    primaryName: "name",
    tableType: "Standard",
    messages: new Set(),
    attributes: new Map(attributes.map((each) => [each.logicalName, each])),
    keys: [],
    navigation: new Map(),
  };
}

const parent = attribute("parentaccountid", "lookup", { targets: ["account"] });
const contact = attribute("primarycontactid", "lookup", { targets: ["contact"] });
const contactOfRegion = attribute("new_contact", "lookup", { targets: ["contact"] });
const region = attribute("new_region", "lookup", { targets: ["new_region"] });

const contacts = table("contact", "contacts", [attribute("contactid", "guid")]);
const regions = table("new_region", "new_regions", [
  attribute("new_regionid", "guid"),
  attribute("new_code", "text"),
  contactOfRegion,
]);
export const accounts = table("account", "accounts", [
  attribute("accountid", "guid"),
  attribute("accountnumber", "text"),
  attribute("name", "text"),
  attribute("description", "memo"),
  attribute("numberofemployees", "integer"),
  attribute("new_serial", "bigint"),
  attribute("new_ratio", "float"),
  attribute("exchangerate", "decimal"),
  attribute("revenue", "money"),
  attribute("creditonhold", "boolean"),
  attribute("industrycode", "choice"),
  attribute("statecode", "state"),
  attribute("statuscode", "status"),
  attribute("lastonholdtime", "datetime"),
  attribute("new_founded", "dateonly"),
  attribute("new_reference", "guid"),
  attribute("new_tags", "other"),
  attribute("new_secret", "text", { validForRead: false }),
  parent,
  contact,
  region,
]);

const plain: readonly MappedTarget[] = Array.from(accounts.attributes.values())
  .filter(({ kind }) => kind !== "lookup")
  .map((each) => ({ attribute: each, property: each.logicalName }));

const key = { logicalName: "by_number", attributes: ["accountnumber"], active: true, indexStatus: "Active" };

export const byContact: MappedTarget = {
  attribute: contact,
  property: "primarycontactid@odata.bind",
  lookup: { table: contacts, by: [attribute("contactid", "guid")] },
};
export const byParent: MappedTarget = {
  attribute: parent,
  property: "parentaccountid@odata.bind",
  lookup: { table: accounts, by: [attribute("accountid", "guid")] },
};
export const byRegion: MappedTarget = {
  attribute: region,
  property: "new_Region@odata.bind",
  lookup: { table: regions, by: [attribute("new_code", "text")] },
};

export interface MappingChanges {
  readonly lookups?: readonly MappedTarget[];
  readonly onMissing?: "ACCEPT" | "FAIL";
  readonly match?: "primary" | "alternate";
}

export function mappingFor(mode: Mode, changes: MappingChanges = {}): Mapping {
  const { lookups = [], onMissing = "ACCEPT", match = "primary" } = changes;
  const matchKey = match === "alternate" ? ({ kind: "alternate", key } as const) : ({ kind: "primary" } as const);
  return {
    request: requestOf({ mode, onMissing, endsExplicitly: true }),
    table: accounts,
    related: new Map([
      ["contact", contacts],
      ["new_region", regions],
    ]),
    steps: 1,
    mintsIds: mode === "INSERT",
    rowKeyColumns: [],
    mappedColumns: [],
    targets: [...plain, ...lookups],
    references: [],
    matchKey: mode === "INSERT" ? { kind: "none" } : matchKey,
    warnings: [],
    strategy: "BATCH",
    encoder: () => {
      throw new RangeError("no rows are encoded here");
    },
  };
}

/** An operation as the encoder writes it. */
export function operation(method: string, path: string, json?: string): Buffer {
  const line = Buffer.from(`${method} /api/data/v9.2/${path}`);
  if (json === undefined) return Buffer.concat([partHeader, line, emptyHeader]);
  return Buffer.concat([partHeader, line, jsonHeader, Buffer.from(json), crlf]);
}

export function reply(status: number, body: unknown = "", headers: Record<string, string> = {}): PartReply {
  return { status, headers, body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) };
}

export function refusal(status: number, code: string, message = "", headers: Record<string, string> = {}): PartReply {
  return reply(status, { error: { code, message } }, headers);
}
