/** Types of columns in the entity data model. */
import type { Column } from "../schema/types.ts";

export function edmType(column: Column): string {
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
      return "Collection(mscrm.activityparty)";
  }
}

/** `code` is the shadow's `AttributeType`. */
export function shadowEdmType(code: string): string {
  switch (code) {
    case "Uniqueidentifier":
      return "Edm.Guid";
    case "BigInt":
      return "Edm.Int64";
    default:
      return "Edm.String";
  }
}
