/** Types of columns in the entity data model. */
import type { Column } from "./types.ts";

export type Edm =
  | "Edm.String"
  | "Edm.Guid"
  | "Edm.Boolean"
  | "Edm.Int32"
  | "Edm.Int64"
  | "Edm.Decimal"
  | "Edm.Double"
  | "Edm.DateTimeOffset"
  | "Edm.Date"
  | "Edm.Binary";

export const partyCollection = "Collection(mscrm.activityparty)";

export function edmType(column: Column): Edm | typeof partyCollection {
  switch (column.type) {
    case "text":
    case "memo":
    case "multiselect":
      return "Edm.String";
    case "integer":
    case "choice":
    case "state":
    case "status":
      return "Edm.Int32";
    case "bigint":
      return "Edm.Int64";
    case "decimal":
    case "money":
      return "Edm.Decimal";
    case "float":
      return "Edm.Double";
    case "boolean":
      return "Edm.Boolean";
    case "datetime":
      return "Edm.DateTimeOffset";
    case "dateonly":
      return "Edm.Date";
    case "guid":
    case "lookup":
    case "file":
      return "Edm.Guid";
    case "image":
      return "Edm.Binary";
    case "partylist":
      return partyCollection;
  }
}
