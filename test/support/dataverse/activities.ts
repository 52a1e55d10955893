/** A table of mails with parties, and columns of parties. */
import type { Column } from "../../../server/arrow/columns.ts";
import type { Table } from "../../../server/dataverse/metadata/tables.ts";
import { column, int32, list, text } from "../columns.ts";
import { attribute, tableOf } from "./tables.ts";

const targets = ["account", "contact", "systemuser", "unresolvedaddress"];
const party = { typeName: "PartyListType", targets, validForUpdate: true } as const;

export const email: Table = tableOf(
  [
    attribute("subject", "text"),
    attribute("to", "partylist", party),
    attribute("cc", "partylist", party),
    attribute("partners", "partylist", party),
  ],
  { logicalName: "email", entitySetName: "emails", primaryId: "activityid" },
);

const parties: Table = tableOf(
  [
    attribute("partyid", "lookup", { targets: ["account", "contact", "systemuser", "new_site"] }),
    attribute("addressused", "text", { maxLength: 20 }),
    attribute("participationtypemask", "choice"),
    attribute("partyidname", "text", { validForCreate: false }),
  ],
  {
    logicalName: "activityparty",
    entitySetName: "activityparties",
    primaryId: "activitypartyid",
    navigation: new Map([
      ["partyid", new Map(["account", "contact", "systemuser", "new_site"].map((name) => [name, `partyid_${name}`]))],
    ]),
  },
);

function other(logicalName: string): Table {
  return tableOf([], { logicalName, entitySetName: `${logicalName}s`, primaryId: `${logicalName}id` });
}

/** What mails and their parties lead to. */
export const partyRelated: readonly Table[] = [parties, ...["account", "contact", "systemuser"].map(other)];

export interface PartyRow {
  readonly partyid?: string;
  readonly table?: string;
  readonly addressused?: string;
  readonly participationtypemask?: number;
}

type PartyField = keyof PartyRow;

export function partyColumn(
  name: string,
  rows: readonly (readonly (PartyRow | null)[] | null)[],
  fields: readonly PartyField[] = ["partyid", "table", "addressused"],
): Column {
  return list(name, rows, (items) =>
    column("item", { kind: "struct" }, items, {
      children: fields.map((field) =>
        field === "participationtypemask"
          ? int32(
              field,
              items.map((item) => item?.[field] ?? null),
            )
          : text(
              field,
              items.map((item) => item?.[field] ?? null),
            ),
      ),
    }),
  );
}
