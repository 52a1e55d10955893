/** Which messages a table takes, as rows that clients ask before they send any (`sdkmessages`, `sdkmessagefilters`). */
import { stableGuid } from "../core/stable-guid.ts";
import type { Table } from "../schema/types.ts";
import type { SeedRow } from "./seed-row.ts";

const everywhere = ["Create", "Update", "Delete", "Retrieve", "RetrieveMultiple"];
const inBulk = ["CreateMultiple", "UpdateMultiple"];
// The service lists these for elastic tables only; on standard ones UpsertMultiple is there without.
const elastic = ["UpsertMultiple", "DeleteMultiple"];

export function messageRows(): readonly SeedRow[] {
  return [...everywhere, ...inBulk, ...elastic].map((name) => ({
    table: "sdkmessage",
    id: stableGuid(`message:${name}`),
    values: { name, isprivate: false, isactive: true },
  }));
}

export function messageFilterRows(table: Table): readonly SeedRow[] {
  return messagesOf(table).map((name) => ({
    table: "sdkmessagefilter",
    id: stableGuid(`message:${name}:${table.name}`),
    values: {
      primaryobjecttypecode: table.name,
      secondaryobjecttypecode: "none",
      isvisible: true,
      sdkmessageid: { table: "sdkmessage", id: stableGuid(`message:${name}`) },
    },
  }));
}

function messagesOf({ kind, bulk }: Table): readonly string[] {
  if (kind === "intersect") {
    return ["Retrieve", "RetrieveMultiple"];
  }
  return [...everywhere, ...(bulk ? inBulk : []), ...(kind === "elastic" ? elastic : [])];
}
